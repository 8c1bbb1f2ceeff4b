import type { OffsetReader, PartitionOffset, TopicPartition } from '../runtime/ports.ts'

/** Where reading stands and where the log ends, of some partitions; a partition without a commit has no `committed`. */
export interface Lag {
  readonly committed: readonly PartitionOffset[]
  readonly ends: readonly PartitionOffset[]
}

/** Asks the brokers how far `groupId` is in `partitions`. */
export async function readLag(
  offsets: OffsetReader,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<Lag> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  const committed = await offsets.committedOffsets(groupId, topics)
  const bounds = new Map(
    await Promise.all(topics.map(async (topic) => [topic, await offsets.logBounds(topic)] as const)),
  )
  const at = (offsetOf: (place: TopicPartition) => number | undefined): PartitionOffset[] =>
    partitions.flatMap(({ topic, partition }) => {
      const offset = offsetOf({ topic, partition })
      return offset === undefined ? [] : [{ topic, partition, offset }]
    })
  return {
    committed: at(({ topic, partition }) => committed.get(topic)?.get(partition)),
    ends: at(({ topic, partition }) => bounds.get(topic)?.get(partition)?.endOffset),
  }
}
