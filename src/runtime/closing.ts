import type { StageLog } from './ports.ts'

/** What opens or closes the store of a partition and is under way: a successor waits for it. */
export interface Closing {
  has(partition: number): boolean
  /** Resolves when nothing of the partition that was added so far is under way any more. */
  of(partition: number): Promise<void>
  /** What `work` rejects with goes to the log. */
  add(partition: number, work: Promise<void>): void
  all(): Promise<void>
}

/** Nothing is under way. */
export function createClosing(stage: string, log: StageLog): Closing {
  const works = new Map<number, Promise<void>>()
  const of = async (partition: number): Promise<void> => works.get(partition)

  return {
    of,
    has: (partition) => works.has(partition),
    add(partition, work) {
      const before = of(partition)
      const closed: Promise<void> = work
        .catch((error: unknown) => {
          const message = error instanceof Error ? error.message : String(error)
          log.warn({ stage, partition, error: message }, 'a store was not closed')
        })
        .then(async () => before)
        .finally(() => (works.get(partition) === closed ? works.delete(partition) : undefined))
      works.set(partition, closed)
    },
    async all() {
      await Promise.all(works.values())
    },
  }
}
