/**
 * What is known after one request was tried, before anyone judges it.
 * - `failed`: no answer began. `code` is the transport's error code. `dispatched` tells whether the request was handed
 *   to a connected socket: if not, no byte of it can have arrived.
 * - `answered`: status and headers arrived. The body may still have broken off.
 */
export type Exchange =
  | { readonly type: 'failed'; readonly dispatched: boolean; readonly code: string }
  | ({ readonly type: 'answered' } & Answer)

/** A status line, the headers of interest, and as much of the body as could be read. */
export interface Answer {
  readonly status: number
  /** `Retry-After` as sent, or `null`. */
  readonly retryAfter: string | null
  /** `X-Request-Id`, which Zendesk's support asks for, or `null` where absent or not a plain id. */
  readonly requestId: string | null
  readonly body: AnswerBody
}

/** The text of a body that was read to its end, or the transport's error code that ended it early. */
export type AnswerBody =
  { readonly type: 'whole'; readonly text: string } | { readonly type: 'broken'; readonly code: string }

/** Transport error code of a request that did not finish within its total deadline. */
export const deadlineCode = 'DEADLINE'

const reasons: Readonly<Record<string, string>> = {
  [deadlineCode]: 'deadline',
  UND_ERR_ABORTED: 'aborted',
  UND_ERR_BODY_TIMEOUT: 'body_timeout',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_HEADERS_OVERFLOW: 'headers_too_large',
  UND_ERR_HEADERS_TIMEOUT: 'headers_timeout',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'body_too_large',
  UND_ERR_SOCKET: 'socket_closed',
}

/** A transport error code as a short reason without data: `headers_timeout`, `econnrefused`, or `unknown`. */
export function reasonOf(code: string): string {
  const known = Object.hasOwn(reasons, code) ? reasons[code] : undefined
  return known ?? (/^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code.toLowerCase() : 'unknown')
}
