import { audiences } from '../../../sandbox/demo/setup.ts'
import type { SeenContact } from '../../../sandbox/demo/zendesk-view.ts'
import { type Change, isBad, type MembershipChange, type ProfileChange } from './changes.ts'

/**
 * What is wrong with Zendesk, given everything that was ever said; empty where nothing is. It knows the rules as sentences
 * and nothing of the program: the newest profile and the newest status of each audience count, by their own times; at an
 * e-mail that a person left nothing is realized any more; no e-mail has two contacts, and nobody else has any.
 */
export function faultsIn(changes: readonly Change[], contacts: readonly SeenContact[]): readonly string[] {
  const byPerson = new Map<string, Change[]>()
  for (const change of changes) {
    const known = byPerson.get(change.personKey)
    if (known === undefined) byPerson.set(change.personKey, [change])
    else known.push(change)
  }
  const byEmail = new Map<string, SeenContact[]>()
  for (const contact of contacts) byEmail.set(contact.email, [...(byEmail.get(contact.email) ?? []), contact])
  const twice = [...byEmail].filter(([, same]) => same.length > 1)
  const faults = twice.map(([email, { length }]) => `${email}: ${length} contacts`)
  const known = new Set<string>()
  for (const said of byPerson.values()) {
    const profiles = said.filter((change) => 'person' in change)
    for (const profile of profiles) known.add(emailOf(profile))
    faults.push(...personFaults(said, profiles, byEmail))
  }
  const strangers = [...byEmail.keys()].filter((email) => !known.has(email))
  return [...faults, ...strangers.map((email) => `${email}: nobody has it`)]
}

function personFaults(
  said: readonly Change[],
  profiles: readonly ProfileChange[],
  byEmail: ReadonlyMap<string, readonly SeenContact[]>,
): readonly string[] {
  const profile = newest(profiles, ({ _repo }) => _repo.modifyDate)
  if (profile === undefined) return []
  const email = emailOf(profile)
  const faults: string[] = []
  const contact = byEmail.get(email)?.[0]
  if (contact === undefined) faults.push(`${email}: no contact`)
  else faults.push(...differences(contact, { ...attributesOf(profile), ...statusesOf(said) }))
  for (const other of new Set(profiles.map(emailOf))) {
    if (other === email) continue
    const left = byEmail.get(other)?.[0]
    for (const { mappingId } of audiences)
      if (left?.fields.get(mappingId) === 'realized')
        faults.push(`${other}: left, but ${mappingId} is realized`)
  }
  return faults
}

function differences(contact: SeenContact, expected: Readonly<Record<string, string | null>>): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => (contact.fields.get(name) ?? null) !== value)
    .map(([name, value]) => {
      return `${contact.email}: ${name} is ${String(contact.fields.get(name) ?? null)}, not ${String(value)}`
    })
}

function attributesOf(profile: ProfileChange): Record<string, string> {
  return {
    first_name: profile.person.name.firstName,
    last_name: profile.person.name.lastName,
    title: profile.extendedWorkDetails.jobTitle,
    'address.city': profile.homeAddress.city,
  }
}

function statusesOf(said: readonly Change[]): Record<string, string | null> {
  const memberships = said.filter(
    (change): change is MembershipChange => 'segmentMembership' in change && !isBad(change),
  )
  return Object.fromEntries(
    audiences.map(({ namespace, segmentId, mappingId }) => {
      const ofAudience = memberships.flatMap(
        ({ segmentMembership }) => segmentMembership[namespace]?.[segmentId] ?? [],
      )
      const last = newest(ofAudience, ({ lastQualificationTime }) => lastQualificationTime)
      return [mappingId, last === undefined ? null : last.status === 'exited' ? 'exited' : 'realized']
    }),
  )
}

function emailOf({ identityMap }: ProfileChange): string {
  return identityMap.Email[0]?.id ?? ''
}

/** By ISO times, which order as texts. */
function newest<T>(items: readonly T[], timeOf: (item: T) => string): T | undefined {
  return items.reduce<T | undefined>(
    (best, item) => (best === undefined || timeOf(item) > timeOf(best) ? item : best),
    undefined,
  )
}
