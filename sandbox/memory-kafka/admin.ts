import type { CommittedOffset, LogBounds, OffsetReader } from '../../src/runtime/ports.ts'
import type { TopicAdmin } from '../../src/kafka/topics.ts'
import type { Link } from './link.ts'
import type { MemoryKafka } from './memory-kafka.ts'

/** Reads of the log and the groups. */
export function createMemoryOffsetReader(kafka: MemoryKafka, link: Link): OffsetReader {
  return {
    logBounds: async (topic) =>
      link(
        { type: 'offsets' },
        () =>
          new Map(
            kafka.topics.logs(topic).map((log, partition): [number, LogBounds] => [partition, log.bounds()]),
          ),
      ),
    committedOffsets: async (groupId, topics) =>
      link({ type: 'offsets' }, () => {
        const group = kafka.group(groupId)
        return new Map(
          topics.map((topic) => {
            const offsets = kafka.topics.logs(topic).map((_, partition) => group.committed(topic, partition))
            const known = [...offsets.entries()].filter(
              (entry): entry is [number, CommittedOffset] => entry[1] !== undefined,
            )
            return [topic, new Map(known)] as const
          }),
        )
      }),
  }
}

/** Looks for topics, and makes them. There is one copy of each, whatever replication is asked for. */
export function createMemoryTopicAdmin(kafka: MemoryKafka, link: Link): TopicAdmin {
  return {
    describe: async (names) =>
      link({ type: 'admin' }, () =>
        names.flatMap((name) => {
          const partitions = kafka.topics.partitionCount(name)
          if (partitions === undefined) return []
          return [{ name, partitions, replicationFactor: 1, settings: kafka.topics.settings(name) }]
        }),
      ),
    brokerCount: async () => link({ type: 'admin' }, () => 1),
    partitionCounts: async (names) =>
      link(
        { type: 'admin' },
        () =>
          new Map(
            names
              .map((name) => [name, kafka.topics.partitionCount(name)] as const)
              .filter((entry): entry is [string, number] => entry[1] !== undefined),
          ),
      ),
    deleteRetentionMs: async (names) =>
      link({ type: 'admin' }, () => Math.min(...names.map((name) => kafka.topics.deleteRetentionMs(name)))),
    maxMessageBytes: async (name) => link({ type: 'admin' }, () => kafka.topics.maxMessageBytes(name)),
    create: async (topics) =>
      link({ type: 'admin' }, () => {
        for (const topic of topics) kafka.topics.create(topic)
      }),
  }
}
