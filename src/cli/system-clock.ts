import type { Clock } from '../runtime/ports.ts'

/** The machine's time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, then) {
    const timer = setTimeout(then, Math.min(delayMs, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}
