import type { Clock } from '../../../src/runtime/ports.ts'

/** Time that stands still until it is moved: for Kafka, Zendesk and every process alike. */
export interface WorldTime {
  /** Epoch milliseconds, whole as those of `Date.now`. */
  nowMs(): number
  /** Calls `then` once, `delayMs` from now, rounded as Node rounds; the returned function cancels it. */
  setTimer(delayMs: number, then: () => void): () => void
  /** When the next timer fires, in epoch milliseconds. */
  nextTimerMs(): number | undefined
  /** Moves to the next timer and fires it alone, as Node lets promises settle between two timers. */
  fireNext(): void
  moveTo(timeMs: number): void
}

interface Timer {
  readonly atMs: number
  readonly then: () => void
}

/** World time that begins at `startMs`. */
export function createWorldTime(startMs: number): WorldTime {
  let nowMs = startMs
  const timers = new Set<Timer>()

  function next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of timers) if (first === undefined || timer.atMs < first.atMs) first = timer
    return first
  }

  return {
    nowMs: () => nowMs,
    setTimer(delayMs, then) {
      const timer = { atMs: nowMs + Math.max(1, Math.trunc(delayMs)), then }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    nextTimerMs: () => next()?.atMs,
    fireNext() {
      const timer = next()
      if (timer === undefined) return
      timers.delete(timer)
      nowMs = Math.max(nowMs, timer.atMs)
      timer.then()
    },
    moveTo(timeMs) {
      nowMs = Math.max(nowMs, timeMs)
    },
  }
}

/** The clock of one process: monotonic time has another origin than the wall clock, and timers end with the process. */
export interface ProcessClock extends Clock {
  /** Cancels every timer; sets no more. */
  stop(): void
}

/** A process clock that begins now. Timers fire up to `latenessMs()` late. */
export function createProcessClock(time: WorldTime, latenessMs: () => number): ProcessClock {
  const bootMs = time.nowMs() - 137
  const cancels = new Set<() => void>()
  let stopped = false
  return {
    nowMs: () => time.nowMs(),
    monotonicMs: () => time.nowMs() - bootMs,
    setTimer(delayMs, then) {
      if (stopped) return () => undefined
      const cancelTimer = time.setTimer(delayMs + latenessMs(), () => {
        cancels.delete(cancel)
        then()
      })
      const cancel = (): void => {
        cancels.delete(cancel)
        cancelTimer()
      }
      cancels.add(cancel)
      return cancel
    },
    stop() {
      stopped = true
      for (const cancel of [...cancels]) cancel()
    },
  }
}
