/**
 * Spaces requests evenly (GCRA). It never sleeps: the caller does, and can be interrupted. Spacing rather than a bucket
 * of tokens, since a bucket of b lets rate + b requests into one second, and Sell counts in short windows.
 */
export interface Pacer {
  /** Takes the next place if it has come and returns 0; else takes nothing and returns the milliseconds until then. */
  reserve(nowMs: number): number
  /** Number of the place that was taken last, to give it back. */
  lastPlace(): number
  /**
   * Gives a place back when it turned out that no request was needed. It is lost where another place was taken or the rate
   * was set since: handed out again then, it would let two requests go at once.
   */
  giveBack(place: number): void
  /** Starts empty, as a share that changes hands must: the first place comes one full interval after `fromMs`. */
  setRate(rate: Rate, fromMs: number): void
  /** Goes on at another rate, counted from the last place. */
  adjust(rate: Rate): void
}

/** How fast, and how dense at most. */
export interface Rate {
  readonly perSecond: number
  /** Most requests in any sliding second, at least `perSecond`. */
  readonly windowMax: number
}

/**
 * How much of an interval a place may be taken early, to make up for timers that fire late. A sliding second then has at
 * most ceil(rate + share) requests, so near the most that is allowed the share shrinks to nothing.
 */
const earlyShareMax = 0.2

/** A pacer that starts at rate 0: nothing may be sent until a rate is set. Times are monotonic milliseconds. */
export function createPacer(): Pacer {
  let intervalMs = Infinity
  let earlyMs = 0
  /** When the last place came, or would have for a share that starts empty. */
  let lastMs = -Infinity
  let places = 0
  let refundable = 0

  function space({ perSecond, windowMax }: Rate): void {
    const earlyShare = Math.max(0, Math.min(earlyShareMax, windowMax - perSecond))
    intervalMs = perSecond > 0 ? 1000 / perSecond : Infinity
    earlyMs = perSecond > 0 ? intervalMs * earlyShare : 0
    refundable = 0
  }

  return {
    reserve(nowMs) {
      if (intervalMs === Infinity) return Infinity
      const dueMs = lastMs + intervalMs
      const waitMs = dueMs - earlyMs - nowMs
      if (waitMs > 0) return waitMs
      lastMs = Math.max(nowMs, dueMs)
      places += 1
      refundable = places
      return 0
    },
    lastPlace: () => places,
    giveBack(place) {
      if (place !== refundable) return
      refundable = 0
      lastMs -= intervalMs
    },
    setRate(rate, fromMs) {
      space(rate)
      lastMs = fromMs + earlyMs
    },
    adjust: space,
  }
}
