import type { KafkaConnection } from '../../src/cli/outside.ts'
import type { Clock } from '../../src/runtime/ports.ts'
import type { LoadKafka } from '../load.ts'
import { createMemoryOffsetReader, createMemoryTopicAdmin } from '../memory-kafka/admin.ts'
import { createMemoryGroupConsumer } from '../memory-kafka/group-consumer.ts'
import { directLink } from '../memory-kafka/link.ts'
import { createMemoryKafka, type MemoryKafka } from '../memory-kafka/memory-kafka.ts'
import { createMemoryProduce } from '../memory-kafka/producer.ts'

/** The machine's time. */
const clock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, then) {
    const timer = setTimeout(then, delayMs)
    return () => clearTimeout(timer)
  },
}

/** A Kafka in this process, without topics. */
export function startMemoryKafka(): MemoryKafka {
  return createMemoryKafka(clock, { initialRebalanceDelayMs: 0 })
}

/** The program's connection to a Kafka in this process. */
export function connectMemoryKafka(kafka: MemoryKafka): KafkaConnection {
  return {
    offsets: createMemoryOffsetReader(kafka, directLink),
    topics: createMemoryTopicAdmin(kafka, directLink),
    produce: createMemoryProduce(kafka, directLink, clock, { patienceMs: 60_000, pauseMs: 500 }),
    createConsumer: (options, held) =>
      createMemoryGroupConsumer(kafka, directLink, clock, { ...options, clientId: options.groupId, held }),
    close: async () => Promise.resolve(),
  }
}

/** Where the loader puts records of a Kafka in this process. */
export function memoryLoadKafka(kafka: MemoryKafka): LoadKafka {
  return {
    async prepareTopics(topics, partitions, report) {
      const missing = topics.filter((name) => kafka.topics.partitionCount(name) === undefined)
      for (const name of missing) kafka.topics.create({ name, partitions, config: {} })
      if (missing.length > 0) report(`kafka: created ${missing.join(' and ')} with ${partitions} partitions`)
      return Promise.resolve()
    },
    async send({ topic, key, value, timestampMs }) {
      const record = { topic, key, value, timestampMs }
      kafka.append([record], kafka.partitionOf(record))
      return Promise.resolve()
    },
  }
}
