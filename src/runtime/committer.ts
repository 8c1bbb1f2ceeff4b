import { createSerial } from '../domain/serial.ts'
import type { GroupConsumer, PartitionOffset, StageMetrics } from './ports.ts'

/** Commits offsets that moved. */
export interface Committer {
  /**
   * Commits what moved since the last time, with `note` beside it, or all of it where the note is another than then. False
   * where the group moved on. One after another: an older note must not come to stand over a newer one.
   */
  commit(positions: () => readonly PartitionOffset[], note: () => string): Promise<boolean>
  /**
   * Commits these positions, which lie before what was committed. Not past this committer, or what was committed before would
   * pass for committed still, and not be committed again once it is reached again. False where the group moved on.
   */
  moveBack(positions: readonly PartitionOffset[]): Promise<boolean>
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
    return moved.length === 0 || send(moved, note)
  }

  async function send(positions: readonly PartitionOffset[], note: string): Promise<boolean> {
    if ((await consumer.commit(positions, note)) === 'stale') return false
    for (const position of positions) {
      committed.set(keyOf(position), { offset: position.offset, note })
      metrics.committed(stage, position)
    }
    return true
  }

  return {
    commit: async (positions, note) => serially(async () => commit(positions(), note())),
    moveBack: async (positions) => serially(async () => send(positions, '')),
    reset: () => committed.clear(),
    restrictTo(partitions) {
      isKept = (partition) => partitions.includes(partition)
    },
  }
}
