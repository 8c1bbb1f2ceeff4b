import type { PartitionOffset, RecordBatch, TopicPartition } from '../../src/runtime/ports.ts'

/** Where a consumer stands in its partitions, and which of them it leaves alone: kafkajs' rules. */
export interface FetchPositions {
  /** A new assignment: nothing is known of where to read. Pauses, and seeks that nothing was read from yet, stay. */
  assign(partitions: readonly TopicPartition[]): void
  /** Forgets everything, as a consumer that starts anew. */
  clear(): void
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** The next fetch begins here, whatever a batch that still runs says. */
  seek(position: PartitionOffset): void
  /** Lets the seeks take effect. */
  applySeeks(): void
  /** Partitions to be fetched of which nobody knows where they begin. */
  unknown(): readonly TopicPartition[]
  set(position: PartitionOffset): void
  /** What to fetch next. */
  toFetch(): readonly PartitionOffset[]
  /** True for a batch that was fetched before a seek or a pause of its partition. */
  isOutdated(batch: TopicPartition): boolean
  /** True once its partition was told to go on elsewhere. */
  isSought(batch: TopicPartition): boolean
  /** A batch was handled; `nextOffset` is where its partition goes on, `null` for where it is. */
  handled(batch: RecordBatch, nextOffset: number | null, assignment: number): void
  /** Number of the assignment: a batch that outlives its own moves no position of the next. */
  assignment(): number
}

/** No assignment, no pauses. */
export function createFetchPositions(): FetchPositions {
  const assigned = new Map<string, TopicPartition>()
  const offsets = new Map<string, number>()
  const seeks = new Map<string, number>()
  const paused = new Set<string>()
  let assignments = 0
  const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`
  const active = (): [string, TopicPartition][] => [...assigned].filter(([place]) => !paused.has(place))

  return {
    assign(partitions) {
      assignments += 1
      offsets.clear()
      assigned.clear()
      for (const partition of partitions) assigned.set(placeOf(partition), partition)
    },
    clear() {
      for (const known of [assigned, offsets, seeks, paused]) known.clear()
    },
    pause(partitions) {
      for (const partition of partitions) paused.add(placeOf(partition))
    },
    resume(partitions) {
      for (const partition of partitions) paused.delete(placeOf(partition))
    },
    seek: (position) => void seeks.set(placeOf(position), position.offset),
    applySeeks() {
      for (const [place, offset] of seeks) {
        if (!assigned.has(place)) continue
        seeks.delete(place)
        offsets.set(place, offset)
      }
    },
    unknown: () => active().flatMap(([place, partition]) => (offsets.has(place) ? [] : [partition])),
    set: (position) => void offsets.set(placeOf(position), position.offset),
    toFetch: () =>
      active().flatMap(([place, { topic, partition }]) => {
        const offset = offsets.get(place)
        return offset === undefined ? [] : [{ topic, partition, offset }]
      }),
    isOutdated: (batch) => seeks.has(placeOf(batch)) || paused.has(placeOf(batch)),
    isSought: (batch) => seeks.has(placeOf(batch)),
    handled(batch, nextOffset, assignment) {
      if (nextOffset !== null && assignment === assignments) offsets.set(placeOf(batch), nextOffset)
    },
    assignment: () => assignments,
  }
}
