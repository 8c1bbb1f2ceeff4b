import type { SeenRequest } from '../emulator.ts'

/** The writes that Zendesk carried out although they changed nothing, told by what was written before. */
export function uselessWrites(writes: readonly SeenRequest[]): readonly SeenRequest[] {
  const contacts = new Map<string, Map<string, string>>()
  const carriedOut = writes
    .filter(({ applied, email }) => applied && email !== null)
    .sort((a, b) => (a.appliedAtMs ?? 0) - (b.appliedAtMs ?? 0))
  return carriedOut.filter(({ email, body }) => {
    const known = contacts.get(email ?? '')
    const contact = known ?? new Map<string, string>()
    contacts.set(email ?? '', contact)
    const changes = flat(body).filter(([name, value]) => contact.get(name) !== value)
    for (const [name, value] of changes) contact.set(name, value)
    return known !== undefined && changes.length === 0
  })
}

/** The members of `data`, those of addresses and custom fields with both names; values as JSON. */
function flat(body: unknown): readonly (readonly [string, string])[] {
  const data = (body as { readonly data?: Readonly<Record<string, unknown>> } | null)?.data ?? {}
  return Object.entries(data).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([part, inner]) => [`${name}.${part}`, JSON.stringify(inner)] as const)
      : [[name, JSON.stringify(value)] as const],
  )
}
