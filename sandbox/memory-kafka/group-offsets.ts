import type { CommittedOffset, PartitionOffset } from '../../src/runtime/ports.ts'

/** The committed offsets of one group. */
export interface GroupOffsets {
  get(topic: string, partition: number): CommittedOffset | undefined
  /** `note` of the member that committed them, `null` where none did. */
  set(offsets: readonly PartitionOffset[], note: string | null): void
  clear(): void
}

/** No offsets. */
export function createGroupOffsets(): GroupOffsets {
  const offsets = new Map<string, CommittedOffset>()
  const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`
  return {
    get: (topic, partition) => offsets.get(placeOf(topic, partition)),
    set(positions, note) {
      for (const { topic, partition, offset } of positions)
        offsets.set(placeOf(topic, partition), { offset, ours: note !== null, note: note ?? '' })
    },
    clear: () => offsets.clear(),
  }
}
