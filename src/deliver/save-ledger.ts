import { awaitsLook, type LedgerEntry } from '../domain/ledger.ts'
import type { DeliverContext } from './context.ts'
import type { TakenContact } from './dirty-set.ts'

/**
 * Changelog, then store; `settled` is the contact that is clean once both are done, unless it was marked meanwhile. Where a
 * request whose end nobody knew may yet be carried out it is not clean: it rests as long as after such a request, for a look.
 */
export async function saveLedger(
  context: DeliverContext,
  email: string,
  entry: LedgerEntry,
  settled?: TakenContact,
): Promise<void> {
  const { ports, states, dirty } = context
  const value = ports.ledgerCodec.encode(entry)
  const logged = await ports.store.log([ports.ledgerRecord(email, value)])
  await context.serial(async () => {
    const writes = [states.ledgerWrite(email, value)]
    const isDone = settled !== undefined && dirty.isCurrent(settled)
    const rests = isDone && awaitsLook(entry)
    if (settled !== undefined) writes.push(states.retryWrite(email, null))
    if (isDone) writes.push(states.dirtyWrite(email, rests))
    await ports.store.batch(writes, logged)
    if (settled !== undefined) dirty.settle(settled)
    const nowMs = context.monotonicMs()
    if (rests) dirty.rest(email, nowMs, nowMs + context.ambiguousHoldMs, 'retry')
  })
  if (settled !== undefined) await endRetries(context, settled)
}

/**
 * The attempts are over. Said in the retry topic too, or a task that restores from there would count on with them. A crash
 * before it is said costs no more than that: the ledger says when the contact was written since.
 */
async function endRetries({ ports }: DeliverContext, { email, attempt }: TakenContact): Promise<void> {
  if (attempt > 0) await ports.produce([ports.retryRecord(email, null)])
}

/** The contact needs no request: it is clean, unless it was marked meanwhile. */
export async function settleUnsent(context: DeliverContext, taken: TakenContact): Promise<void> {
  const { ports, states, dirty, serial } = context
  await serial(async () => {
    const writes = [states.retryWrite(taken.email, null)]
    if (dirty.isCurrent(taken)) writes.push(states.dirtyWrite(taken.email, false))
    await ports.store.batch(writes)
    dirty.settle(taken)
  })
  await endRetries(context, taken)
}
