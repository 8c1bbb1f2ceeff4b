import type { RecordBatch, TopicPartition } from '../../src/runtime/ports.ts'
import type { FetchPositions } from './fetch-positions.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { Link } from './link.ts'
import type { FetchLimits, MemoryKafka } from './memory-kafka.ts'
import type { Waits } from './waits.ts'

/** The next batch of every partition that is not paused and has one; waits where none has. */
export type Fetch = (limits: FetchLimits) => Promise<readonly RecordBatch[]>

/** Fetches from where `positions` say, and tells them where partitions begin of which they do not know. */
export function createFetch(
  kafka: MemoryKafka,
  group: GroupCoordinator,
  link: Link,
  positions: FetchPositions,
  waits: Waits,
): Fetch {
  /** Partitions that were not sought begin where the group is, or at the start of the log. */
  async function locate(unknown: readonly TopicPartition[]): Promise<void> {
    if (unknown.length === 0) return
    const during = positions.assignment()
    const found = await link({ type: 'offsets' }, () =>
      unknown.map(({ topic, partition }) => {
        const committed = group.committed(topic, partition)?.offset
        return {
          topic,
          partition,
          offset: committed ?? kafka.topics.log(topic, partition).bounds().startOffset,
        }
      }),
    )
    if (during === positions.assignment()) for (const position of found) positions.set(position)
  }

  return async function fetch(limits) {
    positions.applySeeks()
    await locate(positions.unknown())
    const wanted = positions.toFetch()
    if (wanted.length === 0) {
      await waits.pause(limits.maxWaitMs)
      return []
    }
    const fetched = await waits.unlessInterrupted(
      link({ type: 'fetch' }, async () => kafka.fetch(wanted, limits)),
    )
    for (const position of fetched?.outOfRange ?? []) positions.set(position)
    return (fetched?.batches ?? []).filter((batch) => !positions.isOutdated(batch))
  }
}
