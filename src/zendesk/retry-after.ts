/** Longest wait that a `Retry-After` may ask for; beyond it the header is taken for a mistake (15 minutes). */
export const maxRetryAfterMs = 15 * 60_000

/** `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that senders may still generate (RFC 9110 5.6.7). */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * Milliseconds to wait according to the value of a `Retry-After` header: seconds or an HTTP date, clamped to
 * 0..{@link maxRetryAfterMs}; a date that has passed is 0. `null` where there is no header or it is neither form (a
 * negative number, for one), so that the caller's own back-off decides. Sell documents no such header
 * (facts: rate limits); a proxy in front of it may still send one.
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | null {
  const text = value?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), maxRetryAfterMs)
  if (!httpDate.test(text)) return null
  const waitMs = Date.parse(text) - nowMs
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), maxRetryAfterMs)
}
