import { type DesiredContact, mergeContacts } from '../domain/contact.ts'
import type { LedgerEntry } from '../domain/ledger.ts'
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

/** How a contact comes on top of the one that is known, of which `ledger` was last written. */
export type MergeContacts = (
  known: DesiredContact,
  incoming: DesiredContact,
  ledger: LedgerEntry | null,
) => DesiredContact

/**
 * Merges the records of one batch, in their order, into what is stored. Stores nothing. Without `merge` the ledger makes no
 * difference: a restore reads it at the same time, so what it says so far may be long out of date.
 */
export async function mergeBatch(
  states: Pick<ContactStates, 'readMany'>,
  batch: readonly UsableContact[],
  merge: MergeContacts = mergeContacts,
): Promise<readonly MergedContact[]> {
  const emails = [...new Set(batch.map(emailOf))]
  const stored = await states.readMany(emails)
  const desired = new Map(emails.map((email, at) => [email, stored[at]?.desired ?? null]))
  const ledgers = new Map(emails.map((email, at) => [email, stored[at]?.ledger ?? null]))
  return batch.map((read) => {
    const email = emailOf(read)
    const known = desired.get(email) ?? null
    const ledger = ledgers.get(email) ?? null
    const merged =
      read.type !== 'contact' ? null : known === null ? read.contact : merge(known, read.contact, ledger)
    desired.set(email, merged)
    const isConflict =
      known !== null &&
      merged !== null &&
      read.type === 'contact' &&
      known.personKey !== read.contact.personKey
    return { email, desired: merged, ledger, isConflict }
  })
}

function emailOf(read: UsableContact): string {
  return read.type === 'contact' ? read.contact.email : read.email
}
