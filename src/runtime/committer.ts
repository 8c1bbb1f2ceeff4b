import { createSerial } from '../domain/serial.ts'
import type { GroupConsumer, PartitionOffset, StageMetrics } from './ports.ts'

/** Commits offsets that moved. */
export interface Committer {
  /**
   * Commits what moved since the last time, with `note` beside it, or all of it where the note is another than then. False
   * where the group moved on. One after another: an older note must not come to stand over a newer one.
   */
  commit(positions: () => readonly PartitionOffset[], note: () => string): Promise<boolean>
  /** After a new assignment nothing is known of what is committed. */
  reset(): void
  /** From here on commits these partitions alone: the positions of others are of an assignment that is over. */
  restrictTo(partitions: readonly number[]): void
}

/** A committer of one stage's group; `metrics` hears of what the broker acknowledged. */
export function createCommitter(consumer: GroupConsumer, stage: string, metrics: StageMetrics): Committer {
  const committed = new Map<string, { readonly offset: number; readonly note: string }>()
  const serially = createSerial()
  let isKept = (partition: number): boolean => partition >= 0
  const keyOf = ({ topic, partition }: PartitionOffset): string => `${topic}/${partition}`

  async function commit(positions: readonly PartitionOffset[], note: string): Promise<boolean> {
    const moved = positions.filter((position) => {
      const before = committed.get(keyOf(position))
      if (!isKept(position.partition)) return false
      return before?.offset !== position.offset || before.note !== note
    })
    if (moved.length === 0) return true
    if ((await consumer.commit(moved, note)) === 'stale') return false
    for (const position of moved) {
      committed.set(keyOf(position), { offset: position.offset, note })
      metrics.committed(stage, position)
    }
    return true
  }

  return {
    commit: async (positions, note) => serially(async () => commit(positions(), note())),
    reset: () => committed.clear(),
    restrictTo(partitions) {
      isKept = (partition) => partitions.includes(partition)
    },
  }
}
