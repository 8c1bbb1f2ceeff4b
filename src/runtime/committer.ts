import type { GroupConsumer, PartitionOffset, StageMetrics } from './ports.ts'

/** Commits offsets that moved. */
export interface Committer {
  commit(positions: readonly PartitionOffset[]): Promise<void>
  /** After a new assignment nothing is known of what is committed. */
  reset(): void
}

/** A committer of one stage's group; `metrics` hears of what the broker acknowledged. */
export function createCommitter(consumer: GroupConsumer, stage: string, metrics: StageMetrics): Committer {
  const committed = new Map<string, number>()
  const keyOf = ({ topic, partition }: PartitionOffset): string => `${topic}/${partition}`

  return {
    async commit(positions) {
      const moved = positions.filter((position) => committed.get(keyOf(position)) !== position.offset)
      if (moved.length === 0 || (await consumer.commit(moved)) === 'stale') return
      for (const position of moved) {
        committed.set(keyOf(position), position.offset)
        metrics.committed(stage, position)
      }
    },
    reset: () => committed.clear(),
  }
}
