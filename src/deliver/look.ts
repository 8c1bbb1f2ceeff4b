import { type LedgerEntry, recordLook, recordMissing } from '../domain/ledger.ts'
import { planWrite } from '../domain/plan.ts'
import type { DeliverContext } from './context.ts'
import { saveLedger } from './save-ledger.ts'
import { endWithoutEffect, type PlannedLook, type SendResult } from './send-result.ts'

/**
 * Reads a contact that is as it should be, as far as its answers say, after a request whose end nobody knew. Sell has neither
 * idempotency keys nor conditional requests, so such a request may be carried out after the newer ones. Writing again just in
 * case would cost a request for each, and could undo what an agent did since; a look shows whether it is needed. What Sell
 * carries out later than that, twice the hold after it was sent, stays until the contact changes.
 */
export async function sendLook(
  context: DeliverContext,
  planned: PlannedLook,
  mayGo: () => Promise<boolean>,
): Promise<SendResult> {
  const { ports, dirty } = context
  const { taken, look } = planned
  if (!(await mayGo()) || context.isClosed()) {
    dirty.release(taken)
    return { type: 'avoided' }
  }
  const outcome = await ports.writeContact(look)
  ports.metrics.outcome(outcome.type)
  switch (outcome.type) {
    case 'looked':
      await settleLook(context, planned, recordLook(look.ledger, outcome.fields, ports.digest))
      return { type: 'settled' }
    case 'missing':
      await settleLook(context, planned, recordMissing(look.ledger))
      return { type: 'settled' }
    case 'throttled':
    case 'unauthorised':
    case 'unreachable':
      return endWithoutEffect(context, planned, outcome)
    default:
      throw new Error(`a look ended as ${outcome.type}`)
  }
}

/** The look failed too often: what is in doubt stays as it is, like what Sell carries out even later. */
export async function giveUpLook(context: DeliverContext, planned: PlannedLook): Promise<void> {
  await settleLook(context, planned, recordLook(planned.look.ledger, {}, context.ports.digest))
}

async function settleLook(
  context: DeliverContext,
  { taken, desired, look }: PlannedLook,
  entry: LedgerEntry,
): Promise<void> {
  const isDone = planWrite(desired, entry, context.ports.digest).type === 'none'
  await saveLedger(context, look.email, entry, isDone ? taken : undefined)
  if (!isDone) context.dirty.release(taken)
}
