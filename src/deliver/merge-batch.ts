import { type DesiredContact, mergeContacts } from '../domain/contact.ts'
import type { LedgerEntry } from '../domain/plan.ts'
import type { ContactStates } from './contact-state.ts'
import type { ReadContact } from './read-contact.ts'

/** What one record makes of a contact, after all records of the batch before it. */
export interface MergedContact {
  readonly email: string
  /** `null` where the record forgets the contact. */
  readonly desired: DesiredContact | null
  readonly ledger: LedgerEntry | null
  /** The e-mail was another person's until now. */
  readonly isConflict: boolean
}

/** Records of the contacts topic that say something of a contact. */
export type UsableContact = Exclude<ReadContact, { type: 'dead_letter' }>

/** Merges the records of one batch, in their order, into what is stored. Stores nothing. */
export async function mergeBatch(
  states: Pick<ContactStates, 'readMany'>,
  batch: readonly UsableContact[],
): Promise<readonly MergedContact[]> {
  const emails = [...new Set(batch.map(emailOf))]
  const stored = await states.readMany(emails)
  const desired = new Map(emails.map((email, at) => [email, stored[at]?.desired ?? null]))
  const ledgers = new Map(emails.map((email, at) => [email, stored[at]?.ledger ?? null]))
  return batch.map((read) => {
    const email = emailOf(read)
    const known = desired.get(email) ?? null
    const merged = read.type === 'contact' ? mergeInto(known, read.contact) : null
    desired.set(email, merged)
    const isConflict =
      known !== null &&
      merged !== null &&
      read.type === 'contact' &&
      known.personKey !== read.contact.personKey
    return { email, desired: merged, ledger: ledgers.get(email) ?? null, isConflict }
  })
}

function emailOf(read: UsableContact): string {
  return read.type === 'contact' ? read.contact.email : read.email
}

function mergeInto(known: DesiredContact | null, incoming: DesiredContact): DesiredContact {
  return known === null ? incoming : mergeContacts(known, incoming)
}
