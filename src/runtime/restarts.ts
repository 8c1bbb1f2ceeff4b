import type { Clock } from './ports.ts'

/** Partitions whose task ended and begins anew after a while. */
export interface Restarts {
  /** Waits twice as long each time, up to {@link longestFactor} times the first pause, until the task has run. */
  add(partition: number): void
  /** The task of `partition` runs: its next end is its first. */
  ran(partition: number): void
  isEmpty(): boolean
  /** Forgets all of them, and returns their partitions. */
  cancel(): readonly number[]
}

/** What an attempt leaves behind adds up: a store that does not open leaks a little in its binding. */
const longestFactor = 12

/** No restarts yet; `begin` is called `afterMs` after each was added, later where it fails again and again. */
export function createRestarts(clock: Clock, afterMs: number, begin: (partition: number) => void): Restarts {
  const cancels = new Map<number, () => void>()
  const attempts = new Map<number, number>()
  return {
    add(partition) {
      const attempt = attempts.get(partition) ?? 0
      attempts.set(partition, attempt + 1)
      const cancel = clock.setTimer(afterMs * Math.min(2 ** attempt, longestFactor), () => {
        cancels.delete(partition)
        begin(partition)
      })
      cancels.set(partition, cancel)
    },
    ran: (partition) => void attempts.delete(partition),
    isEmpty: () => cancels.size === 0,
    cancel() {
      for (const cancel of cancels.values()) cancel()
      const partitions = [...cancels.keys()]
      cancels.clear()
      attempts.clear()
      return partitions
    },
  }
}
