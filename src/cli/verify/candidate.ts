import { compareWithFound, type FoundContact, type Standing, standingOf } from '../../domain/comparison.ts'
import type { DesiredContact } from '../../domain/contact.ts'
import type { Digest, LedgerEntry } from '../../domain/ledger.ts'
import type { ComparedContact } from './tally.ts'

/** A contact that is to be compared, as it was known when Zendesk was asked. */
export interface Candidate {
  readonly email: string
  readonly desired: DesiredContact
  readonly ledger: LedgerEntry | null
  readonly standing: Standing
}

/** A candidate that looks different. */
export interface Suspect extends Candidate {
  readonly compared: ComparedContact
}

/** A contact that should hold something, as a candidate. */
export function candidateOf(contact: Omit<Candidate, 'standing'>, digest: Digest): Candidate {
  return { ...contact, standing: standingOf(contact.desired, contact.ledger, digest) }
}

/** A candidate beside what Zendesk has; `null` for nothing. */
export function compareCandidate(
  { email, desired, standing }: Candidate,
  found: FoundContact | null,
): ComparedContact {
  const verdict = compareWithFound(email, standing, found)
  return { email, desired, contactId: standing.contactId, verdict, found }
}

/** True where Zendesk has something else than was written last, or nothing. */
export function isDifferent({ verdict: { state } }: ComparedContact): boolean {
  return state === 'drifted' || state === 'missing'
}

/** True where the program said and wrote nothing of the contact since it was read. */
export function isUntouched(
  { desired, ledger }: Candidate,
  now: { readonly desired: DesiredContact | null; readonly ledger: LedgerEntry | null },
): boolean {
  return JSON.stringify([desired, ledger]) === JSON.stringify([now.desired, now.ledger])
}
