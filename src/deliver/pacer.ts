/**
 * Spaces requests evenly (GCRA). It never sleeps: the caller does, and can be interrupted. Spacing rather than a bucket
 * of tokens, since a bucket of b lets rate + b requests into one second, and Sell counts in short windows.
 */
export interface Pacer {
  /** Takes the next place if it has come and returns 0; else takes nothing and returns the milliseconds until then. */
  reserve(nowMs: number): number
  /** Gives back the place taken last, when it turned out that no request was needed. */
  giveBack(): void
  /** Changes the rate. The first place comes one full interval later: a share that changes hands starts empty. */
  setRate(perSecond: number, nowMs: number): void
}

/**
 * How much of an interval a place may be taken early, to make up for timers that fire late. At 9.5/s this keeps any
 * sliding second at 10 requests: floor((1 + 0.2 / 9.5) * 9.5) + 1.
 */
const earlyShare = 0.2

/** A pacer that starts at rate 0: nothing may be sent until a rate is set. Times are monotonic milliseconds. */
export function createPacer(): Pacer {
  let intervalMs = Infinity
  let nextMs = Infinity
  return {
    reserve(nowMs) {
      const waitMs = nextMs - intervalMs * earlyShare - nowMs
      if (!(waitMs <= 0)) return Number.isNaN(waitMs) ? Infinity : waitMs
      nextMs = Math.max(nowMs, nextMs) + intervalMs
      return 0
    },
    giveBack() {
      nextMs -= intervalMs
    },
    setRate(perSecond, nowMs) {
      intervalMs = perSecond > 0 ? 1000 / perSecond : Infinity
      nextMs = nowMs + intervalMs * (1 + earlyShare)
    },
  }
}
