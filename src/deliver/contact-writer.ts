import type { Send } from '../domain/plan.ts'
import type { FieldValues } from '../domain/sell-fields.ts'

/** One error of Sell's `errors[]`, without its message: that can quote a value. */
export interface SellError {
  /** Sell's code, for example `unknown`, `invalid_type`, `incorrect_value`. */
  readonly code: string
  /** JSON pointer or name of the field as Sell gave it, or `null`. */
  readonly field: string | null
}

/**
 * How one write ended, told apart by what the caller does next (facts: outcome classification).
 * - `written`: acknowledged for `contactId`; goes to the ledger. `tags` are all that the contact has then, where the answer
 *   shows them.
 * - `throttled`: 429. Systemic: the whole flusher slows down, no attempt of the contact. `retryAfterMs` where the answer
 *   carried a usable `Retry-After`, already clamped.
 * - `unauthorised`: 401, 403, or a refused header. Systemic: nothing can be written until the token is replaced.
 * - `unreachable`: no byte of the request was accepted (refused, DNS, TLS), or it was to change nothing. Safe to repeat.
 * - `ambiguous`: timeout, reset, 5xx or an unreadable answer after the request was sent. It may have been applied, or
 *   may still be.
 * - `missing`: 404 for a known id. The contact was deleted or merged in Zendesk.
 * - `rejected`: Sell refused this content (400, 422 and the like), or the configuration says to refuse it, with status 0.
 *   Repeating it is no use.
 *
 * The others mean that nothing was written, and that the request was about which contact the e-mail is of:
 * - `undecided`: the next request of this contact goes on with that.
 * - `found`: it is `contactId`, which goes to the ledger, so that the next write is by id.
 * - `chosen`: likewise, and there are others with the same e-mail.
 * - `absent`: somebody deleted the contact, and the configuration says to leave it at that.
 *
 * - `looked`: nothing was to be written; `fields` is what the contact holds of those that were asked for, `null` where it
 *   holds nothing there, of tags where the answer does not show them. Without leave to read, it is empty.
 */
export type WriteOutcome =
  | { readonly type: 'written'; readonly contactId: number; readonly tags?: readonly string[] }
  | { readonly type: 'throttled'; readonly retryAfterMs: number | null }
  | { readonly type: 'unauthorised'; readonly status: number; readonly code: string }
  | { readonly type: 'unreachable'; readonly reason: string }
  | { readonly type: 'ambiguous'; readonly reason: string }
  | { readonly type: 'missing' }
  | { readonly type: 'rejected'; readonly status: number; readonly errors: readonly SellError[] }
  | { readonly type: 'undecided' }
  | { readonly type: 'found'; readonly contactId: number }
  | { readonly type: 'chosen'; readonly contactId: number }
  | { readonly type: 'absent' }
  | { readonly type: 'looked'; readonly fields: FieldValues }

/**
 * Sends one request to the CRM: the write, what has to be known before it, or the look. Resolves with the outcome, whatever it is;
 * rejects only on a fault of the program.
 */
export type WriteContact = (send: Send) => Promise<WriteOutcome>
