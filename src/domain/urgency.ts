import { audienceField, type Audience, type StatusWords } from './audience.ts'
import { type ContactCause, contactCauses, type DesiredContact, mergeContacts } from './contact.ts'
import type { Digest, LedgerEntry } from './ledger.ts'
import { planWrite } from './plan.ts'
import type { FieldValues } from './sell-fields.ts'

/**
 * How urgent what waits for a contact is, the most urgent first. `erasure`: the person was erased. `exit`: an audience ended,
 * or the person left the e-mail. `entry`: an audience began. `attribute`: anything else that an event changed. `retry`: the
 * last attempt failed. `backfill`: what no event caused.
 */
export const urgencies = ['erasure', 'exit', 'entry', 'attribute', 'retry', 'backfill'] as const

/** One of {@link urgencies}. */
export type Urgency = (typeof urgencies)[number]

/** One value for each of {@link urgencies}. */
export function byUrgency<T>(make: (urgency: Urgency) => T): Record<Urgency, T> {
  return Object.fromEntries(urgencies.map((urgency) => [urgency, make(urgency)])) as Record<Urgency, T>
}

/** The more urgent of two. */
export function moreUrgent(a: Urgency, b: Urgency): Urgency {
  return urgencies.indexOf(a) <= urgencies.indexOf(b) ? a : b
}

/** The fields that hold statuses, and the words that stand in them. */
export interface StatusFields {
  readonly names: ReadonlySet<string>
  readonly words: StatusWords
}

/** The status fields of these audiences. */
export function statusFields(audiences: readonly Audience[], words: StatusWords): StatusFields {
  return { names: new Set(audiences.map(audienceField)), words }
}

/** The urgency of a contact of which `changes` are to be written: the most urgent of them counts. */
export function urgencyOf(
  { cause, state }: Pick<DesiredContact, 'cause' | 'state'>,
  changes: FieldValues,
  { names, words }: StatusFields,
): Urgency {
  if (cause !== 'change') return cause
  const statuses = Object.entries(changes).flatMap(([name, value]) => (names.has(name) ? [value] : []))
  if (state === 'released' || statuses.includes(words.exited)) return 'exit'
  return statuses.includes(words.realized) ? 'entry' : 'attribute'
}

/**
 * The urgency after an attempt that failed. An erasure or an exit stays what it is, since people were promised it: that it
 * rests after a failure keeps it from taking the places of others. Anything else waits as a retry from then on.
 */
export function urgencyAfterFailure(urgency: Urgency): Urgency {
  return urgency === 'erasure' || urgency === 'exit' ? urgency : 'retry'
}

/**
 * {@link mergeContacts}, knowing what was written last: where `known` is not written yet, it stays as urgent as it was,
 * whatever less urgent comes on top of it. Once it is written, the cause of what comes is the cause of all that differs.
 */
export function mergePending(
  known: DesiredContact,
  incoming: DesiredContact,
  ledger: LedgerEntry | null,
  digest: Digest,
): DesiredContact {
  const merged = mergeContacts(known, incoming)
  // Comparing takes a digest per field, so only where it can make a difference.
  if (!isMoreUrgent(known.cause, merged.cause)) return merged
  const isWritten = ['none', 'look'].includes(planWrite(known, ledger, digest).type)
  return isWritten ? merged : { ...merged, cause: known.cause }
}

function isMoreUrgent(a: ContactCause, b: ContactCause): boolean {
  return contactCauses.indexOf(a) < contactCauses.indexOf(b)
}
