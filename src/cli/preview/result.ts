import type { Person } from '../../domain/person.ts'
import type { LedgerEntry } from '../../domain/ledger.ts'
import type { FieldValue } from '../../domain/sell-fields.ts'
import { formatTable } from '../table.ts'
import { type ExplainedField, isoTime } from './explain.ts'

/** A contact that something comes to, and what would be sent for it now. */
export interface PreviewedContact {
  readonly email: string
  readonly state: 'active' | 'released'
  readonly contactId: number | null
  /** What would be sent. */
  readonly send: string
}

/** What `preview` shows. A part that there is nothing of is absent. */
export interface Preview {
  /** What is said of the record: how it was read, or what is wrong with it. */
  readonly record?: string
  readonly person?: { readonly key: string; readonly person: Person }
  /** Why the person has no contact. */
  readonly excluded?: string
  readonly contacts: readonly PreviewedContact[]
  readonly fields: readonly ExplainedField[]
  /** What was last written to the contact; `null` for nothing. Only where an e-mail was asked for. */
  readonly ledger?: LedgerEntry | null
}

/** For a person: sections with a headline each, lines with their ends. */
export function previewText({ record, person, excluded, contacts, fields, ledger }: Preview): string {
  const none = excluded === undefined ? 'none' : `none: excluded, ${excluded}`
  return [
    section('record', record === undefined ? [] : [record]),
    section('person', person === undefined ? [] : personLines(person.key, person.person)),
    section(
      'contact',
      contacts.length === 0
        ? [none]
        : formatTable(
            ['e-mail', 'state', 'Zendesk id'],
            contacts.map(({ email, state, contactId }) => [email, state, String(contactId ?? 'not known')]),
          ),
    ),
    section(
      'fields',
      formatTable(
        ['target', 'value', 'from', 'why'],
        fields.map(({ target, value, from, why }) => [target, valueText(value), from, why]),
      ),
    ),
    section('last written', ledger === undefined ? [] : ledgerLines(ledger)),
    section(
      'what would be sent',
      contacts.map(({ email, send }) => (contacts.length > 1 ? `${email}: ${send}` : send)),
    ),
  ]
    .filter((text) => text !== '')
    .join('\n')
}

/** As JSON; a field that is left as it is has no `value`. */
export function previewJson(preview: Preview): string {
  return JSON.stringify(preview)
}

function section(name: string, lines: readonly string[]): string {
  return lines.length === 0
    ? ''
    : [name, ...lines.map((line) => `  ${line}`)].map((line) => `${line}\n`).join('')
}

function personLines(key: string, { profile, memberships, erasedAtMs }: Person): readonly string[] {
  return [
    `key      ${key}`,
    `profile  ${profile === null ? 'none' : `of ${isoTime(profile.version.timeMs)}`}`,
    ...(erasedAtMs === null ? [] : [`erased   at ${isoTime(erasedAtMs)}`]),
    ...formatTable(
      ['segment', 'status', 'since', 'valid until'],
      memberships.map(({ namespace, segmentId, status, version, validUntilMs }) => [
        `${namespace}/${segmentId}`,
        status,
        isoTime(version.timeMs),
        validUntilMs === null ? '' : isoTime(validUntilMs),
      ]),
    ),
  ]
}

function ledgerLines(ledger: LedgerEntry | null): readonly string[] {
  if (ledger === null) return ['nothing']
  const { contactId, writtenAtMs, rejected, deleted } = ledger
  return [
    `contact ${contactId ?? 'not known'}, recorded at ${isoTime(writtenAtMs)}`,
    ...(rejected === null ? [] : ['Zendesk refused the last write; the reason is in the dead-letter topic']),
    ...(deleted === true ? ['somebody deleted the contact'] : []),
  ]
}

/** In quotes, so that space and emptiness show, and control characters do nothing to a terminal. */
function valueText(value: FieldValue | undefined): string {
  return value === undefined ? '-' : value === null ? '(empty)' : JSON.stringify(value)
}
