import type { CommittedOffset, PartitionOffset } from '../../src/runtime/ports.ts'

/** The committed offsets of one group. */
export interface GroupOffsets {
  get(topic: string, partition: number): CommittedOffset | undefined
  /** `ours` where a member committed them. */
  set(offsets: readonly PartitionOffset[], ours: boolean): void
  clear(): void
}

/** No offsets. */
export function createGroupOffsets(): GroupOffsets {
  const offsets = new Map<string, CommittedOffset>()
  const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`
  return {
    get: (topic, partition) => offsets.get(placeOf(topic, partition)),
    set(positions, ours) {
      for (const { topic, partition, offset } of positions)
        offsets.set(placeOf(topic, partition), { offset, ours })
    },
    clear: () => offsets.clear(),
  }
}
