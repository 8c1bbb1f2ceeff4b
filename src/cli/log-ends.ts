import type { OffsetReader, PartitionOffset } from '../runtime/ports.ts'

/** The offsets after the last record of the partitions that `positions` lie in: with what is committed, the lag. */
export async function readLogEnds(
  offsets: OffsetReader,
  positions: readonly PartitionOffset[],
): Promise<readonly PartitionOffset[]> {
  const topics = [...new Set(positions.map(({ topic }) => topic))]
  const bounds = new Map(
    await Promise.all(topics.map(async (topic) => [topic, await offsets.logBounds(topic)] as const)),
  )
  return positions.flatMap(({ topic, partition }) => {
    const end = bounds.get(topic)?.get(partition)?.endOffset
    return end === undefined ? [] : [{ topic, partition, offset: end }]
  })
}
