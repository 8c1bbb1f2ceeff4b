/**
 * Knows whether Zendesk as a whole is in trouble, as opposed to one contact: it throttles, refuses the token, or does not
 * answer. Then everything pauses, longer each time, and one request at a time probes whether it is over.
 */
export interface Breaker {
  /** Milliseconds for which nothing may be sent, 0 where sending is allowed. */
  pausedForMs(nowMs: number): number
  /** True from the first systemic failure to the next success: one request at a time. */
  isTroubled(): boolean
  /** False from a refused token to the next accepted request. */
  isAuthorised(): boolean
  succeeded(): void
  /** 429; `retryAfterMs` where the answer named a time. */
  throttled(nowMs: number, retryAfterMs: number | null): void
  /** The token was refused. */
  refused(nowMs: number): void
  /** A request failed without an answer that blames its content. */
  failed(nowMs: number): void
}

/** Failures in a row, of whatever contacts, that mean an outage. */
const outageFailures = 5
const pauseInitialMs = 1000
const pauseMaxMs = 60_000

/** A breaker that saw no trouble yet. `random` is at least 0 and below 1; times are monotonic milliseconds. */
export function createBreaker(random: () => number): Breaker {
  let authorised = true
  let failures = 0
  /** Pauses since the last success. */
  let pauses = 0
  let pausedUntilMs = 0

  /** One pause for all requests that fail together: those that were in flight when it began do not lengthen it. */
  function pause(nowMs: number): void {
    if (nowMs < pausedUntilMs) return
    const pauseMs = Math.min(pauseMaxMs, pauseInitialMs * 2 ** pauses) * (0.5 + random() / 2)
    pauses = Math.min(pauses + 1, 16)
    pausedUntilMs = nowMs + pauseMs
  }

  return {
    pausedForMs: (nowMs) => Math.max(0, pausedUntilMs - nowMs),
    isTroubled: () => pauses > 0,
    isAuthorised: () => authorised,
    succeeded() {
      authorised = true
      failures = 0
      pauses = 0
    },
    throttled(nowMs, retryAfterMs) {
      pause(nowMs)
      if (retryAfterMs !== null) pausedUntilMs = Math.max(pausedUntilMs, nowMs + retryAfterMs)
    },
    refused(nowMs) {
      authorised = false
      pause(nowMs)
    },
    failed(nowMs) {
      failures += 1
      if (failures >= outageFailures) pause(nowMs)
    },
  }
}
