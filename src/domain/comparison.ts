import type { DesiredContact } from './contact.ts'
import { type Digest, hashOf, isDoubted, type LedgerEntry } from './ledger.ts'
import { planWrite } from './plan.ts'
import { addressParts, type FieldValue, type FieldValues, listIn, tagsField } from './sell-fields.ts'

/** Where a contact stands before anybody looks at what Zendesk holds. */
export interface Standing {
  /**
   * `written`: all that it should hold was written. `pending`: something is not written yet, or nobody knows whether it was.
   * `rejected`: Sell refused what is left to write, and it is not tried again. `without_contact`: it needs none (the person
   * left the e-mail before there was one).
   */
  readonly state: 'written' | 'pending' | 'rejected' | 'without_contact'
  /** Sell's id of the contact, or `null` where it is not known. */
  readonly contactId: number | null
  /** What the contact holds if nobody else changed it: the fields of which the value to be was written last, for certain. */
  readonly written: FieldValues
}

/** What becomes of the comparison with Zendesk: `state` as above where nothing differs. */
export interface Verdict {
  readonly state: Standing['state'] | 'drifted' | 'missing'
  /** The fields that hold something else than was written, `email` among them. */
  readonly drifted: readonly string[]
}

/** A contact as Zendesk has it. */
export interface FoundContact {
  readonly email: string | null
  /** Of every field that was asked for; `null` where it is empty. */
  readonly fields: FieldValues
}

/** Compares what a contact should hold with what was written, by the same plan as a write. */
export function standingOf(desired: DesiredContact, ledger: LedgerEntry | null, digest: Digest): Standing {
  const plan = planWrite(desired, ledger, digest)
  const contactId = ledger?.contactId ?? null
  const written = contactId === null ? {} : writtenFields(desired, ledger, digest)
  if (plan.type !== 'none') return { state: 'pending', contactId, written }
  if (plan.reason === 'rejected') return { state: 'rejected', contactId, written }
  return { state: contactId === null ? 'without_contact' : 'written', contactId, written }
}

function writtenFields(desired: DesiredContact, ledger: LedgerEntry | null, digest: Digest): FieldValues {
  return Object.fromEntries(
    Object.entries(desired.fields)
      .filter(([name, { value }]) => {
        const last = ledger?.fields[name]
        return last?.hash === hashOf(value, digest) && !isDoubted(last)
      })
      .map(([name, { value }]) => [name, value]),
  )
}

/** What Zendesk makes of a standing; `found` is `null` where Zendesk has no contact of the id. */
export function compareWithFound(
  email: string,
  { state, contactId, written }: Standing,
  found: FoundContact | null,
): Verdict {
  if (contactId === null) return { state, drifted: [] }
  if (found === null) return { state: 'missing', drifted: [] }
  const drifted = Object.keys(written)
    .filter((name) => name !== 'email' && !holds(name, found.fields[name] ?? null, written[name] ?? null))
    .sort()
  // Written with the contact's first write, whatever the mapping says.
  if (found.email?.trim().toLowerCase() !== email) drifted.unshift('email')
  return drifted.length === 0 ? { state, drifted } : { state: 'drifted', drifted }
}

/** Beside the tags that were written, a contact may have any of others. */
function holds(name: string, found: FieldValue, wanted: FieldValue): boolean {
  if (name !== tagsField) return holdsSame(found, wanted)
  return listIn(wanted).every((tag) => listIn(found).includes(tag))
}

/**
 * True where `found`, as Sell gives it, is what writing `wanted` leaves (facts: types of custom fields): numbers come back as
 * texts, what is empty in many forms, the choices of a multi-select field in any order.
 */
export function holdsSame(found: FieldValue, wanted: FieldValue): boolean {
  if (isNothing(found) || isNothing(wanted)) return isNothing(found) && isNothing(wanted)
  if (isList(found) || isList(wanted))
    return isList(found) && isList(wanted) && JSON.stringify(sorted(found)) === JSON.stringify(sorted(wanted))
  if (isAddress(found) || isAddress(wanted))
    return (
      isAddress(found) &&
      isAddress(wanted) &&
      addressParts.every((part) => partOf(found, part) === partOf(wanted, part))
    )
  if (typeof wanted === 'number') return Number(found) === wanted
  return String(found) === String(wanted)
}

type Address = Readonly<Record<string, string>>

function isNothing(value: FieldValue): value is null {
  if (value === null || value === '') return true
  return typeof value === 'object' && Object.values(value).every((member) => member === '')
}

function isList(value: FieldValue): value is readonly string[] {
  return Array.isArray(value)
}

function isAddress(value: FieldValue): value is Address {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sorted(list: readonly string[]): readonly string[] {
  return [...new Set(list)].sort()
}

function partOf(address: Address, part: string): string {
  return Object.hasOwn(address, part) ? (address[part] ?? '') : ''
}
