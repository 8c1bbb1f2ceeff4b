/** Things that were started and have to be stopped, last first. */
export interface Lifecycle {
  /** Stops `started` when its turn comes. */
  onStop(stop: () => Promise<unknown>): void
  /** Stops everything, last started first; goes on where one fails, and rejects with the first failure then. */
  stop(): Promise<void>
}

/** An empty lifecycle. A start that fails half way stops what it had started. */
export function createLifecycle(): Lifecycle {
  const stops: (() => Promise<unknown>)[] = []
  return {
    onStop: (stop) => stops.push(stop),
    async stop() {
      const failures: unknown[] = []
      for (const stop of stops.splice(0).reverse()) {
        try {
          await stop()
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
