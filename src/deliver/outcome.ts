import type { DesiredContact } from '../domain/contact.ts'
import type { DeadLetterReason } from '../domain/record.ts'
import { recordAttempt, recordFound, recordMissing, recordRejection, recordWrite } from '../domain/ledger.ts'
import { planWrite } from '../domain/plan.ts'
import type { AvoidedReason } from './ports.ts'
import type { SellError, WriteOutcome } from './contact-writer.ts'
import type { DeliverContext } from './context.ts'
import { saveLedger } from './save-ledger.ts'
import {
  endWithoutEffect,
  type PlannedWrite,
  type SendFailure,
  type SendResult,
  type Unfinished,
} from './send-result.ts'

/** Makes durable, before a write is sent, that Zendesk may hold it from then on. */
export async function announceWrite(
  context: DeliverContext,
  { desired, ledger, write }: PlannedWrite,
): Promise<void> {
  await saveLedger(
    context,
    write.email,
    recordAttempt(desired, write, ledger, context.ports.digest, context.ports.nowMs()),
  )
}

/** Makes what Zendesk answered durable, ledger first, and says what is done next. */
export async function recordOutcome(
  context: DeliverContext,
  planned: PlannedWrite,
  outcome: WriteOutcome,
): Promise<SendResult | Unfinished> {
  switch (outcome.type) {
    case 'written':
      context.ports.metrics.outcome(outcome.type)
      return recordWritten(context, planned, outcome)
    case 'looked':
      throw new Error('a write ended as a look')
    default:
      return recordUnwritten(context, planned, outcome)
  }
}

/** {@link recordOutcome} of a request after which nothing, or nobody knows what, was written. */
export async function recordUnwritten(
  context: DeliverContext,
  planned: PlannedWrite,
  outcome: Exclude<WriteOutcome, { type: 'written' | 'looked' }>,
): Promise<SendResult> {
  const { taken, write, ledger } = planned
  context.ports.metrics.outcome(outcome.type)
  switch (outcome.type) {
    case 'rejected':
      await recordRefusal(context, planned, outcome)
      return { type: 'settled' }
    case 'found':
    case 'chosen':
      await saveLedger(
        context,
        write.email,
        recordFound(write, outcome.contactId, ledger, context.ports.nowMs()),
      )
      context.dirty.release(taken)
      return { type: 'settled' }
    case 'undecided':
      context.dirty.release(taken)
      return { type: 'settled' }
    case 'absent':
      // As for a refusal: the same state is not asked for again, a newer one is.
      await saveLedger(context, write.email, recordRejection(write, ledger, context.ports.nowMs()), taken)
      return { type: 'settled' }
    case 'missing':
      // Somebody deleted or merged the contact: forget its id and let the next turn create it, once.
      if (ledger !== null) await saveLedger(context, write.email, recordMissing(ledger))
      context.dirty.release(taken)
      return { type: 'settled' }
    case 'throttled':
    case 'unauthorised':
    case 'unreachable':
      return endWithoutEffect(context, planned, outcome)
    case 'ambiguous':
      return { type: 'failed', ambiguous: true, reason: outcome.reason, planned }
  }
}

async function recordWritten(
  context: DeliverContext,
  planned: PlannedWrite,
  { contactId, tags }: Extract<WriteOutcome, { type: 'written' }>,
): Promise<SendResult | Unfinished> {
  const { taken, desired, ledger, write } = planned
  const { ports } = context
  const nowMs = ports.nowMs()
  const entry = recordWrite(desired, write, contactId, ledger, ports.digest, nowMs)
  // The tags of a contact that was not known can be written once it is.
  const isDone = write.type === 'update' || planWrite(desired, entry, ports.digest).type !== 'update'
  await saveLedger(context, write.email, entry, isDone ? taken : undefined)
  const newestMs = Math.max(0, ...Object.keys(write.fields).map((name) => desired.fields[name]?.timeMs ?? 0))
  ports.metrics.identityActivated(write.type, taken.urgency, Math.max(0, nowMs - newestMs))
  return isDone ? { type: 'settled' } : { type: 'unfinished', tags }
}

/** What was to be written turned out to be there: the ledger says so without a request. */
export async function recordUnsent(
  context: DeliverContext,
  { taken, desired, ledger, write }: PlannedWrite,
  contactId: number,
): Promise<SendResult> {
  const { ports } = context
  const entry = recordWrite(desired, write, contactId, ledger, ports.digest, ports.nowMs())
  await saveLedger(context, write.email, entry, taken)
  ports.metrics.requestAvoided('noop')
  return { type: 'settled' }
}

async function recordRefusal(
  context: DeliverContext,
  planned: PlannedWrite,
  { status, errors }: Extract<WriteOutcome, { type: 'rejected' }>,
): Promise<void> {
  if (saysAbsent(planned, errors)) await recordAbsent(context, planned)
  else await recordRejected(context, planned, status, errors)
}

/** A released contact is sent without its last name, for lack of which Sell refuses to create one: there is none. */
function saysAbsent({ desired, write }: PlannedWrite, errors: readonly SellError[]): boolean {
  return (
    desired.state === 'released' &&
    write.type === 'upsert' &&
    errors.length > 0 &&
    errors.every(({ field }) => /(^|\/)(last_)?name$/.test(field ?? ''))
  )
}

async function recordAbsent(context: DeliverContext, { taken, ledger, write }: PlannedWrite): Promise<void> {
  if (ledger !== null) await saveLedger(context, write.email, recordMissing(ledger), taken)
}

async function recordRejected(
  context: DeliverContext,
  planned: PlannedWrite,
  status: number,
  errors: readonly SellError[],
): Promise<void> {
  const { taken, desired, ledger, write } = planned
  const { ports } = context
  const causes = errors.map(({ code, field }) => (field === null ? code : `${field} ${code}`)).join(', ')
  // Status 0: Sell was not asked to write, the configuration refuses to.
  const detail = status === 0 ? causes : `HTTP ${status}${causes === '' ? '' : `: ${causes}`}`
  const errorClass = errors[0]?.code ?? `http-${status}`
  await putAside(context, desired, { disposition: 'rejected', stage: 'deliver', errorClass, detail })
  await saveLedger(context, write.email, recordRejection(write, ledger, ports.nowMs()), taken)
  ports.metrics.identityFailed(errorClass)
}

/**
 * Puts a contact aside that failed too often: this content is not tried again, a newer one is. Of an attempt that may have
 * been carried out, what was sent stays in doubt.
 */
export async function recordExhaustion(
  context: DeliverContext,
  planned: PlannedWrite,
  { ambiguous, reason }: SendFailure,
): Promise<void> {
  const { taken, desired, ledger, write } = planned
  const nowMs = context.ports.nowMs()
  const detail = `failed ${taken.attempt + 1} times, the last time with ${reason}`
  await putAside(context, desired, { disposition: 'exhausted', stage: 'deliver', errorClass: reason, detail })
  const known = ambiguous ? recordAttempt(desired, write, ledger, context.ports.digest, nowMs) : ledger
  const entry = { ...recordRejection(write, known, nowMs), writtenAtMs: nowMs }
  await saveLedger(context, write.email, entry, taken)
}

async function putAside(
  { ports }: DeliverContext,
  desired: DesiredContact,
  reason: DeadLetterReason,
): Promise<void> {
  const contact = { key: new TextEncoder().encode(desired.email), value: ports.contactCodec.encode(desired) }
  await ports.produce([ports.deadLetter(contact, reason)])
}

/** The metric word for a plan that needed no request. */
export function avoidedReason(reason: 'unchanged' | 'rejected' | 'no_contact'): AvoidedReason {
  switch (reason) {
    case 'unchanged':
      return 'noop'
    case 'rejected':
      return 'rejected_before'
    case 'no_contact':
      return 'no_contact'
  }
}
