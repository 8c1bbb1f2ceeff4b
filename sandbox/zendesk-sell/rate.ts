/** Counts events in the second that ends now: those at `(now - 1000 ms, now]`. Times must not run backwards. */
export interface SlidingSecond {
  count(nowMs: number): number
  add(nowMs: number): void
}

/** An empty window. It holds one number per event of the last second. */
export function createSlidingSecond(): SlidingSecond {
  let times: number[] = []
  let first = 0
  const forget = (nowMs: number) => {
    while (first < times.length && (times[first] ?? 0) <= nowMs - 1000) first += 1
    if (first < 1024 || first * 2 < times.length) return
    times = times.slice(first)
    first = 0
  }
  return {
    count(nowMs) {
      forget(nowMs)
      return times.length - first
    },
    add(nowMs) {
      forget(nowMs)
      times.push(nowMs)
    },
  }
}

/** Decides request by request whether a token may pass. */
export interface RateLimiter {
  /** True when fewer than the limit were admitted in the last second; then this one counts as admitted. */
  admit(nowMs: number): boolean
}

/**
 * A limiter of one token: no sliding second ever admits more than `perSecond` (facts: 10 requests per second per
 * token). Refused requests do not count. 0 or Infinity admits everything.
 */
export function createRateLimiter(perSecond: number): RateLimiter {
  const admitted = createSlidingSecond()
  if (perSecond === 0 || perSecond === Infinity) return { admit: () => true }
  return {
    admit(nowMs) {
      if (admitted.count(nowMs) >= perSecond) return false
      admitted.add(nowMs)
      return true
    },
  }
}
