import type { DesiredContact } from '../domain/contact.ts'
import type { LedgerEntry } from '../domain/ledger.ts'
import type { Look, Write } from '../domain/plan.ts'
import type { WriteOutcome } from './contact-writer.ts'
import type { DeliverContext } from './context.ts'
import type { TakenContact } from './dirty-set.ts'

/**
 * How a send ended, told apart by what the flusher does next: go on (`settled`, `avoided`), slow down (`throttled`), stop
 * until the token is replaced (`unauthorised`), or try this contact again later (`failed`).
 */
export type SendResult =
  | { readonly type: 'settled' }
  | { readonly type: 'avoided' }
  | { readonly type: 'throttled'; readonly retryAfterMs: number | null }
  | { readonly type: 'unauthorised' }
  | SendFailure

/** A write was acknowledged, and the contact needs another, for which `tags` are those that it has now, where that is known. */
export interface Unfinished {
  readonly type: 'unfinished'
  readonly tags: readonly string[] | undefined
}

/** A write and the state that it was planned from. */
export interface PlannedWrite {
  readonly taken: TakenContact
  readonly desired: DesiredContact
  readonly ledger: LedgerEntry | null
  readonly write: Write
}

/** A look and the state that it was planned from. */
export interface PlannedLook {
  readonly taken: TakenContact
  readonly desired: DesiredContact
  readonly look: Look
}

/** An attempt that failed without an answer that blames its content. What becomes of the contact is not decided yet. */
export interface SendFailure {
  readonly type: 'failed'
  /** It may have been carried out, or may still be. */
  readonly ambiguous: boolean
  /** Short and stable: `http_503`, `deadline`. */
  readonly reason: string
  readonly planned: PlannedWrite | PlannedLook
}

/** What the flusher does after a request that surely changed nothing, and says nothing of the contact. */
export function endWithoutEffect(
  { dirty }: Pick<DeliverContext, 'dirty'>,
  planned: PlannedWrite | PlannedLook,
  outcome: Extract<WriteOutcome, { type: 'throttled' | 'unauthorised' | 'unreachable' }>,
): SendResult {
  if (outcome.type === 'unreachable')
    return { type: 'failed', ambiguous: false, reason: outcome.reason, planned }
  dirty.release(planned.taken)
  return outcome.type === 'throttled'
    ? { type: 'throttled', retryAfterMs: outcome.retryAfterMs }
    : { type: 'unauthorised' }
}
