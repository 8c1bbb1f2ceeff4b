import type { DesiredContact } from '../domain/contact.ts'
import { isInDoubt, type LedgerEntry } from '../domain/ledger.ts'
import type { WritePlan } from '../domain/plan.ts'
import { type Urgency, urgencyOf } from '../domain/urgency.ts'
import type { DeliverContext } from './context.ts'

/** A contact that was compared with what was last written. */
export interface ComparedContact {
  readonly email: string
  readonly desired: DesiredContact
  readonly ledger: LedgerEntry | null
  /** What Zendesk would need for it. */
  readonly plan: WritePlan
}

/**
 * Marks a contact dirty, as urgent as what it needs. If a write to it was under way when its ledger entry was recorded, it
 * rests until that one is over: the process that sent it may have ended since, but Sell may carry it out after a newer one
 * all the same. One that needs a look alone rests as long, unless something newer comes.
 */
export function markDirty(context: DeliverContext, contact: ComparedContact): 'marked' | 'coalesced' {
  const { dirty, ports, ambiguousHoldMs } = context
  const { email, ledger, plan } = contact
  const inDoubt = ledger !== null && isInDoubt(ledger)
  const sentMs = ledger !== null && (inDoubt || plan.type === 'look') ? ledger.writtenAtMs : -Infinity
  const restMs = Math.min(sentMs + ambiguousHoldMs - ports.nowMs(), ambiguousHoldMs)
  const nowMs = context.monotonicMs()
  const urgency = urgencyOfNeed(context, contact)
  if (restMs <= 0) return dirty.mark(email, nowMs, urgency)
  return inDoubt
    ? dirty.markHeld(email, nowMs, nowMs + restMs, urgency)
    : dirty.rest(email, nowMs, nowMs + restMs, urgency)
}

/**
 * One that needs nothing is marked while a send is under way of something that it takes back. What the ledger will say
 * then is not known yet, so any field may differ: an entry that is taken back is an exit.
 */
function urgencyOfNeed({ statuses }: DeliverContext, { desired, plan }: ComparedContact): Urgency {
  if (plan.type === 'look') return 'retry'
  if (plan.type !== 'none') return urgencyOf(desired, plan.fields, statuses)
  const all = Object.entries(desired.fields).map(([name, { value }]) => [name, value] as const)
  return urgencyOf(desired, Object.fromEntries(all), statuses)
}
