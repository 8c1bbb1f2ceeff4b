import type { Clock } from './ports.ts'

/** Partitions whose task ended and begins anew after a while. */
export interface Restarts {
  add(partition: number): void
  isEmpty(): boolean
  /** Forgets all of them, and returns their partitions. */
  cancel(): readonly number[]
}

/** No restarts yet; `begin` is called `afterMs` after each was added. */
export function createRestarts(clock: Clock, afterMs: number, begin: (partition: number) => void): Restarts {
  const cancels = new Map<number, () => void>()
  return {
    add(partition) {
      const cancel = clock.setTimer(afterMs, () => {
        cancels.delete(partition)
        begin(partition)
      })
      cancels.set(partition, cancel)
    },
    isEmpty: () => cancels.size === 0,
    cancel() {
      for (const cancel of cancels.values()) cancel()
      const partitions = [...cancels.keys()]
      cancels.clear()
      return partitions
    },
  }
}
