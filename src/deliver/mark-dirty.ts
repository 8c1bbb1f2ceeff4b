import { isInDoubt, type LedgerEntry } from '../domain/plan.ts'
import type { DeliverContext } from './context.ts'

/**
 * Marks a contact dirty. If a write to it was under way when `ledger` was recorded, it rests until that one is over: the
 * process that sent it may have ended since, but Sell may carry it out after a newer one all the same.
 */
export function markDirty(
  context: DeliverContext,
  email: string,
  ledger: LedgerEntry | null,
): 'marked' | 'coalesced' {
  const { dirty, ports, ambiguousHoldMs } = context
  const sentMs = ledger !== null && isInDoubt(ledger) ? ledger.writtenAtMs : -Infinity
  const restMs = Math.min(sentMs + ambiguousHoldMs - ports.nowMs(), ambiguousHoldMs)
  const nowMs = context.monotonicMs()
  return restMs > 0 ? dirty.markHeld(email, nowMs, nowMs + restMs) : dirty.mark(email, nowMs)
}
