import kafkajs from 'kafkajs'
import type { RequiredTopic } from '../../src/kafka/topics.ts'
import { BrokerError } from './errors.ts'
import { createPartitionLog, type PartitionLog } from './partition-log.ts'

/** The topics of a Kafka, each with its logs and settings. */
export interface TopicTable {
  /** Creates a topic; one that is there already stays as it is. */
  create(topic: RequiredTopic): void
  delete(name: string): void
  partitionCount(name: string): number | undefined
  /** The settings that a topic was created with. Throws where there is no such topic. */
  settings(name: string): RequiredTopic['config']
  /** The log of one partition. Throws a {@link BrokerError} where there is none. */
  log(name: string, partition: number): PartitionLog
  /** All logs of a topic, by partition number. Throws where there is no such topic. */
  logs(name: string): readonly PartitionLog[]
  /** The partition that Java's default partitioner chooses; records without a key go round. */
  partitionFor(name: string, key: Uint8Array | null): number
  /** How long deletions stay in the log of a compacted topic, in milliseconds. Throws where there is no such topic. */
  deleteRetentionMs(name: string): number
  /** The largest record that a topic takes, in bytes. Throws where there is no such topic. */
  maxMessageBytes(name: string): number
  /** Compacts every log of a topic, if its policy is to compact. */
  compact(name: string, nowMs: number): void
}

interface Topic {
  readonly logs: readonly PartitionLog[]
  readonly config: RequiredTopic['config']
}

const choose = kafkajs.Partitioners.DefaultPartitioner()
const dayMs = 24 * 60 * 60 * 1000

/** No topics yet. */
export function createTopicTable(): TopicTable {
  const topics = new Map<string, Topic>()
  let withoutKey = 0

  function find(name: string): Topic {
    const topic = topics.get(name)
    if (topic === undefined) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION')
    return topic
  }

  function deleteRetentionMs(name: string): number {
    return Number(find(name).config['delete.retention.ms'] ?? dayMs)
  }

  return {
    create({ name, partitions, config }) {
      if (topics.has(name)) return
      const logs = Array.from({ length: partitions }, (_, partition) => createPartitionLog(name, partition))
      topics.set(name, { logs, config })
    },
    delete: (name) => void topics.delete(name),
    partitionCount: (name) => topics.get(name)?.logs.length,
    settings: (name) => find(name).config,
    log(name, partition) {
      const log = find(name).logs[partition]
      if (log === undefined) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION')
      return log
    },
    logs: (name) => find(name).logs,
    partitionFor(name, key) {
      const { logs } = find(name)
      if (key === null) return (withoutKey += 1) % logs.length
      const partitionMetadata = logs.map((_, partitionId) => metadata(partitionId))
      return choose({ topic: name, partitionMetadata, message: { key: Buffer.from(key), value: null } })
    },
    deleteRetentionMs,
    maxMessageBytes: (name) => Number(find(name).config['max.message.bytes'] ?? Infinity),
    compact(name, nowMs) {
      const { logs, config } = find(name)
      if (!(config['cleanup.policy'] ?? 'delete').includes('compact')) return
      for (const log of logs) log.compact(nowMs, deleteRetentionMs(name))
    },
  }
}

/** The partitioner counts the partitions and looks no further. */
function metadata(partitionId: number) {
  return { partitionErrorCode: 0, partitionId, leader: 0, replicas: [0], isr: [0] }
}
