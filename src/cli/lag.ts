import { every } from '../runtime/interval.ts'
import type { OffsetReader, PartitionOffset, TopicPartition } from '../runtime/ports.ts'
import type { Stage } from '../runtime/stage.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { systemClock } from './system-clock.ts'

/** How often the brokers are asked, for the lag: more often than Prometheus looks, and seldom enough to cost an idle process nothing. */
const lagIntervalMs = 10_000

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
    committed: at(({ topic, partition }) => committed.get(topic)?.get(partition)?.offset),
    ends: at(({ topic, partition }) => bounds.get(topic)?.get(partition)?.endOffset),
  }
}

/** Keeps the metrics of `stages` told how far reading is and where the logs end, until the returned function is called. */
export function watchLag(
  offsets: OffsetReader,
  stages: readonly Stage[],
  metrics: Metrics['stage'],
  logger: Logger,
): () => void {
  const warn = (error: unknown): void => logger.warn({ error }, 'the lag could not be read')

  async function recordLag(): Promise<void> {
    for (const stage of stages) {
      const { committed, ends } = await readLag(offsets, stage.groupId, stage.owned())
      for (const offset of committed) metrics.committed(stage.name, offset)
      for (const end of ends) metrics.logEnd(stage.name, end)
    }
  }

  // Caught in here, since a step that fails is not repeated: one broker that is slow to answer would end it for good.
  return every(systemClock, lagIntervalMs, async () => recordLag().catch(warn), warn)
}
