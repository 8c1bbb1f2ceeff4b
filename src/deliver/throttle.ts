/**
 * The part of its rate that this process uses: halved when Sell answers 429, grown again bit by bit while it does not
 * (additive increase, multiplicative decrease). Several processes that are throttled together get out of each other's way
 * like this, without a word between them.
 */
export interface Throttle {
  /** Sell answered 429; nothing is sent before `resumeMs`. All that it refuses within a second count as one. */
  throttled(nowMs: number, resumeMs: number): void
  /** Between 0.05 and 1, in steps of 0.05. */
  factor(nowMs: number): number
}

const steps = 20
const decrease = 0.5
const cleanSecondMs = 1000

/** Not throttled. Times are monotonic milliseconds. */
export function createThrottle(): Throttle {
  /** Twentieths of the rate, as of `sinceMs`; one more for each second since. */
  let twentieths = steps
  let sinceMs = -Infinity
  let throttledMs = -Infinity

  function now(nowMs: number): number {
    if (twentieths === steps) return steps
    return Math.min(steps, twentieths + Math.floor(Math.max(0, nowMs - sinceMs) / cleanSecondMs))
  }

  return {
    throttled(nowMs, resumeMs) {
      if (nowMs - throttledMs >= cleanSecondMs) {
        twentieths = Math.max(1, Math.floor(now(nowMs) * decrease))
        throttledMs = nowMs
      }
      sinceMs = Math.max(resumeMs, nowMs)
    },
    factor: (nowMs) => now(nowMs) / steps,
  }
}
