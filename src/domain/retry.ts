import { isInDoubt, type LedgerEntry } from './ledger.ts'

/** When a contact whose attempts keep failing is tried again: the value of the `retry` topic, whose key is the e-mail. */
export interface RetryPointer {
  readonly email: string
  /** Failed attempts since the last that did not fail. */
  readonly attempt: number
  /** Epoch milliseconds of the first pointer of this row of failures, and of the last failure. */
  readonly firstFailedAtMs: number
  readonly failedAtMs: number
  /** Epoch milliseconds before which it is not tried again. */
  readonly notBeforeMs: number
  /** How the last attempt failed. */
  readonly errorClass: string
}

/** How attempts are repeated. Times in milliseconds. */
export interface RetryRules {
  /** First and longest of the growing pauses. */
  readonly initialMs: number
  readonly maxMs: number
  /** The shortest pause after an attempt that may still be carried out. */
  readonly ambiguousHoldMs: number
  /** From this attempt on the next is written down in the retry topic. */
  readonly localAttempts: number
  /** After so many the contact goes to the dead-letter topic. */
  readonly maxAttempts: number
}

/**
 * What becomes of a contact after an attempt that failed: it rests in this process, or its rest is written down first
 * (`schedule`), or it was the last attempt. `counts` says whether it was an attempt of the contact at all.
 */
export type NextAttempt =
  | { readonly type: 'rest'; readonly restMs: number; readonly counts: boolean }
  | { readonly type: 'schedule'; readonly restMs: number }
  | { readonly type: 'give_up' }

/**
 * The next attempt after one that failed and `attempt` before it. The pause is exponential with jitter; `random` is at least 0
 * and below 1. What fails because Zendesk as a whole is in trouble, or because this process stops, is no attempt of the contact
 * (`counts`): it must not end among the dead letters for that. It rests for `pauseMs` at least, so that the next probe is
 * another contact's.
 */
export function nextAttempt(
  attempt: number,
  failure: { readonly ambiguous: boolean; readonly counts: boolean; readonly pauseMs: number },
  rules: RetryRules,
  random: number,
): NextAttempt {
  const backoffMs = Math.min(rules.maxMs, rules.initialMs * 2 ** Math.min(attempt, 30))
  const jitteredMs = backoffMs * (0.5 + random / 2)
  const restMs = Math.max(jitteredMs, failure.pauseMs, failure.ambiguous ? rules.ambiguousHoldMs : 0)
  if (!failure.counts) return { type: 'rest', restMs, counts: false }
  if (attempt + 1 >= rules.maxAttempts) return { type: 'give_up' }
  return attempt + 1 >= rules.localAttempts
    ? { type: 'schedule', restMs }
    : { type: 'rest', restMs, counts: true }
}

/** True where the contact was written since the pointer was: it is of failures that are over. */
export function isSuperseded(pointer: RetryPointer, ledger: LedgerEntry | null): boolean {
  return ledger !== null && !isInDoubt(ledger) && ledger.writtenAtMs >= pointer.failedAtMs
}
