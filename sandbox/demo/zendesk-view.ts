import type { ExpectedContact } from './expectation.ts'
import { audiences } from './setup.ts'

/** A contact as the emulator's control endpoint gives it, flat: `address.city`, custom fields by their name. */
export interface SeenContact {
  readonly email: string
  readonly fields: ReadonlyMap<string, string>
}

/** What was asked of Zendesk so far. */
export interface SeenRequests {
  readonly writes: number
  readonly throttled: number
}

/** All contacts in Zendesk. */
export async function readContacts(sellUrl: string): Promise<readonly SeenContact[]> {
  const { contacts } = (await getJson(`${sellUrl}/_control/contacts`)) as {
    contacts: Record<string, unknown>[]
  }
  return contacts.map((contact) => ({ email: String(contact['email']), fields: flatten(contact) }))
}

/** The writes that the emulator received. */
export async function readRequests(sellUrl: string): Promise<SeenRequests> {
  const { requests } = (await getJson(`${sellUrl}/_control/requests`)) as {
    requests: { method: string; status: number }[]
  }
  return {
    writes: requests.filter(({ method }) => method !== 'GET').length,
    throttled: requests.filter(({ status }) => status === 429).length,
  }
}

function flatten(contact: Record<string, unknown>): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const [name, value] of Object.entries(contact)) {
    if (typeof value === 'string' && value !== '') fields.set(name, value)
    if (typeof value !== 'object' || value === null) continue
    const prefix = name === 'custom_fields' ? '' : `${name}.`
    for (const [part, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && inner !== '') fields.set(prefix + part, inner)
    }
  }
  return fields
}

/** Every way in which Zendesk is not what the sample says, in words; empty where they are equal. */
export function differences(
  expected: ReadonlyMap<string, ExpectedContact>,
  contacts: readonly SeenContact[],
): readonly string[] {
  const found: string[] = []
  for (const [email, { fields, mayBeMissing }] of expected) {
    const same = contacts.filter((contact) => contact.email === email)
    if (same.length > 1) found.push(`${email}: ${same.length} contacts instead of one`)
    const [contact] = same
    if (contact === undefined) {
      if (!mayBeMissing) found.push(`${email}: no contact`)
      continue
    }
    for (const [name, value] of Object.entries(fields)) {
      const seen = contact.fields.get(name) ?? null
      // Of a contact that was left, only its audiences are ours to say anything about.
      if (seen !== value && !(mayBeMissing && value === null)) {
        found.push(`${email}: ${name} is ${JSON.stringify(seen)} instead of ${JSON.stringify(value)}`)
      }
      if (mayBeMissing && seen === 'realized') found.push(`${email}: ${name} is still realized`)
    }
  }
  const unexpected = contacts.filter(({ email }) => !expected.has(email))
  return [...found, ...unexpected.map(({ email }) => `${email}: a contact that the sample does not ask for`)]
}

/** The contacts as a table: e-mail, name, and a column per audience. */
export function contactTable(contacts: readonly SeenContact[]): string {
  const head = ['e-mail', 'name', ...audiences.map(({ mappingId }) => mappingId)]
  const rows = [...contacts]
    .sort((a, b) => (a.email < b.email ? -1 : 1))
    .map(({ email, fields }) => [
      email,
      [fields.get('first_name'), fields.get('last_name')].filter((name) => name !== undefined).join(' '),
      ...audiences.map(({ mappingId }) => fields.get(mappingId) ?? '-'),
    ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => width(row[column] ?? ''))))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((columns) => '-'.repeat(columns)).join('  '), ...rows.map(line)].join('\n')
}

/** Columns that a terminal gives a text: two for wide (East Asian) characters, none for combining ones. */
function width(cell: string): number {
  let columns = 0
  for (const character of cell.normalize('NFC')) {
    if (/\p{M}/u.test(character)) continue
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u.test(
        character,
      )
        ? 2
        : 1
  }
  return columns
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.json()
}
