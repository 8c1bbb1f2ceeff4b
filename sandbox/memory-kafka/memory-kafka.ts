import type { OutputRecord } from '../../src/domain/record.ts'
import type { Clock, PartitionOffset, RecordBatch, TopicPartition } from '../../src/runtime/ports.ts'
import { createGroupCoordinator, type GroupCoordinator } from './group-coordinator.ts'
import type { ReadLimits } from './partition-log.ts'
import { createTopicTable, type TopicTable } from './topic-table.ts'

/** How long a fetch may wait, and how much it may bring of each partition. */
export interface FetchLimits extends ReadLimits {
  readonly maxWaitMs: number
}

/** What a fetch brings. */
export interface Fetched {
  readonly batches: readonly RecordBatch[]
  /** For positions outside of their log: where the log starts. */
  readonly outOfRange: readonly PartitionOffset[]
}

/** A record to append. Without `timestampMs` it has the time of the append. */
export type NewRecord = OutputRecord & { readonly timestampMs?: number }

/**
 * A Kafka in this process, as its brokers see it: what clients ask for happens at once, and what takes time is up to their
 * links. It keeps everything in memory, for as long as the process runs.
 */
export interface MemoryKafka {
  readonly topics: TopicTable
  readonly clock: Clock
  /** The partition that a record belongs to. Throws where it has no such topic. */
  partitionOf(record: NewRecord): number
  /** Appends records of one partition, all or (where the topic is not there) none; returns the offset behind the last. */
  append(records: readonly NewRecord[], partition: number): number
  /** What there is at these positions, one batch for each partition that has any; waits where none has. */
  fetch(positions: readonly PartitionOffset[], limits: FetchLimits): Promise<Fetched>
  /** The coordinator of a group; a group is there from its first use on. */
  group(groupId: string): GroupCoordinator
}

/** How a Kafka in memory is set up. */
export interface MemoryKafkaOptions {
  /** How long an empty group waits for more members when the first comes (`group.initial.rebalance.delay.ms`). */
  readonly initialRebalanceDelayMs: number
}

/** A Kafka without topics and groups. */
export function createMemoryKafka(clock: Clock, options: MemoryKafkaOptions): MemoryKafka {
  const topics = createTopicTable()
  const groups = new Map<string, GroupCoordinator>()
  /** By place, those who wait for a record. */
  const waiting = new Map<string, Set<() => void>>()
  const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

  function readAll(positions: readonly PartitionOffset[], limits: FetchLimits): Fetched {
    const batches: RecordBatch[] = []
    const outOfRange: PartitionOffset[] = []
    for (const { topic, partition, offset } of positions) {
      const log = topics.log(topic, partition)
      const slice = log.read(offset, limits)
      if (slice === null) outOfRange.push({ topic, partition, offset: log.bounds().startOffset })
      else if (slice.nextOffset !== offset) batches.push({ topic, partition, ...slice })
    }
    return { batches, outOfRange }
  }

  async function waitForRecords(positions: readonly TopicPartition[], maxWaitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const places = positions.map((position) => {
        const place = placeOf(position)
        const waiters = waiting.get(place) ?? new Set()
        waiting.set(place, waiters.add(end))
        return waiters
      })
      const cancel = clock.setTimer(maxWaitMs, end)
      function end(): void {
        cancel()
        for (const waiters of places) waiters.delete(end)
        resolve()
      }
    })
  }

  return {
    topics,
    clock,
    partitionOf: ({ topic, partition, key }) => partition ?? topics.partitionFor(topic, bytesOf(key)),
    append(records, partition) {
      const topic = records[0]?.topic ?? ''
      const nowMs = clock.nowMs()
      const endOffset = topics.log(topic, partition).append(
        records.map(({ key, value, headers, timestampMs }) => ({
          key: bytesOf(key),
          value: value === null ? null : new Uint8Array(value),
          headers: headerBytes(headers ?? {}),
          timestampMs: timestampMs ?? nowMs,
        })),
        nowMs,
      )
      for (const end of [...(waiting.get(placeOf({ topic, partition })) ?? [])]) end()
      return endOffset
    },
    async fetch(positions, limits) {
      const fetched = readAll(positions, limits)
      if (fetched.batches.length + fetched.outOfRange.length > 0) return fetched
      await waitForRecords(positions, limits.maxWaitMs)
      return readAll(positions, limits)
    },
    group(groupId) {
      const group = groups.get(groupId) ?? createGroupCoordinator(clock, options.initialRebalanceDelayMs)
      groups.set(groupId, group)
      return group
    },
  }
}

const utf8 = new TextEncoder()

function bytesOf(text: Uint8Array | string | null): Uint8Array | null {
  return typeof text === 'string' ? utf8.encode(text) : text
}

function headerBytes(headers: NonNullable<OutputRecord['headers']>): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? utf8.encode(value) : value,
    ]),
  )
}
