import type { Clock } from '../../src/runtime/ports.ts'

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves time forward and fires what falls due, one timer after another; promises settle in between. */
  advance(durationMs: number): Promise<void>
  /** Moves time forward without firing anything: the process was busy or frozen. */
  freeze(durationMs: number): void
  /** Timers that are set and neither fired nor cancelled. */
  pendingTimers(): number
  /** Timers that were ever set. */
  timersSet(): number
}

interface Timer {
  readonly atMs: number
  readonly then: () => void
}

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** A clock at 1,000,000 ms after boot. Timers fire `latenessMs()` late, and never in the same turn they are set. */
export function createManualClock(latenessMs: () => number = () => 0): ManualClock {
  let nowMs = 1_000_000
  let set = 0
  const timers = new Set<Timer>()

  function nextDue(untilMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of timers) {
      if (timer.atMs <= untilMs && (next === undefined || timer.atMs < next.atMs)) next = timer
    }
    return next
  }

  return {
    nowMs: () => 1_700_000_000_000 + nowMs,
    monotonicMs: () => nowMs,
    setTimer(delayMs, then) {
      set += 1
      const timer = { atMs: nowMs + Math.max(delayMs, 0) + latenessMs(), then }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async advance(durationMs) {
      const untilMs = nowMs + durationMs
      await settle()
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer)
        nowMs = Math.max(nowMs, timer.atMs)
        timer.then()
        await settle()
      }
      nowMs = Math.max(nowMs, untilMs)
    },
    freeze(durationMs) {
      nowMs += durationMs
    },
    pendingTimers: () => timers.size,
    timersSet: () => set,
  }
}
