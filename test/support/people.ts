/** One person as a line for the loader. */
export interface PersonLine {
  readonly personKey: string
  readonly person: { readonly name: { readonly firstName: string; readonly lastName: string } }
  readonly identityMap: { readonly Email: readonly { readonly id: string }[] }
  readonly _repo: { readonly modifyDate: string }
}

/** A person with a profile alone: one record, hence one state of one contact. Pass `more` to change the profile. */
export function personOf(name: string, more: Partial<PersonLine> & object = {}): PersonLine {
  return {
    personKey: `crm-${name}`,
    person: { name: { firstName: 'Test', lastName: `Person-${name}` } },
    identityMap: { Email: [{ id: emailOf(name) }] },
    _repo: { modifyDate: '2025-03-01T00:00:00Z' },
    ...more,
  }
}

/** The e-mail of `personOf(name)`. */
export function emailOf(name: string): string {
  return `${name}@example.com`
}

/** `count` persons named `<prefix>1` and so on. */
export function peopleOf(prefix: string, count: number): readonly PersonLine[] {
  return Array.from({ length: count }, (_, index) => personOf(`${prefix}${index + 1}`))
}

/** Newline-delimited JSON. */
export function ndjson(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}
