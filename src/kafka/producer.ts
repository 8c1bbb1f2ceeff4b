import { setTimeout } from 'node:timers/promises'
import kafkajs, { type Kafka, type Message, type RecordMetadata } from 'kafkajs'
import type { OutputRecord } from '../domain/record.ts'
import { LeaseLost, type PartitionOffset, type Produce } from '../runtime/ports.ts'
import { partsOf } from './record-size.ts'

/** Produces records, acknowledged by all in-sync replicas. */
export interface RecordProducer {
  connect(): Promise<void>
  /** Records of one topic and partition keep their order. */
  readonly produce: Produce
  disconnect(): Promise<void>
}

/** How long records are tried to be written. */
const patienceMs = 5 * 60_000
const pauseMs = 500

/**
 * Most bytes that are sent to a topic at once, but for a single record that is larger. kafkajs makes one batch of all that goes
 * to a partition, and a broker refuses a batch above the topic's `max.message.bytes`, of which 1 MB is the default: without
 * this, many records that each fit would be refused together, and again after every restart.
 */
const maxBatchBytes = 512 * 1024

/**
 * A {@link RecordProducer} on kafkajs. It keeps trying through an outage of five minutes and rejects then: the caller
 * stops the process with its offsets uncommitted.
 */
export function createRecordProducer(kafka: Kafka): RecordProducer {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    // None of its own: they do not ask whether they may go.
    retry: { retries: 0 },
  })
  return {
    connect: async () => producer.connect(),
    async produce(records, mayGo) {
      const ends = new Map<string, PartitionOffset>()
      for (const part of partsOf(records, maxBatchBytes)) {
        const topicMessages = byTopic(part)
        const appended = await throughOutages(
          async () => producer.sendBatch({ topicMessages, acks: -1 }),
          mayGo,
        )
        for (const end of endsOf(appended, part)) ends.set(`${end.topic}/${end.partition}`, end)
      }
      return [...ends.values()]
    },
    disconnect: async () => producer.disconnect(),
  }
}

function byTopic(records: readonly OutputRecord[]): { topic: string; messages: Message[] }[] {
  const messages = new Map<string, Message[]>()
  for (const record of records) {
    const ofTopic = messages.get(record.topic) ?? []
    ofTopic.push(toMessage(record))
    messages.set(record.topic, ofTopic)
  }
  return [...messages].map(([topic, ofTopic]) => ({ topic, messages: ofTopic }))
}

/**
 * Repeats what an outage made fail, as long as it may. kafkajs' own retries end sooner than it is told: where no broker can
 * be connected to, its pool gives up after some ten seconds, with an error that its producer takes for a final one.
 */
async function throughOutages<T>(send: () => Promise<T>, mayGo: () => boolean): Promise<T> {
  const untilMs = performance.now() + patienceMs
  for (;;) {
    if (!mayGo()) throw new LeaseLost('the records may be for another member to write')
    try {
      return await send()
    } catch (error) {
      if (!isOutage(error) || performance.now() > untilMs) throw error
    }
    await setTimeout(pauseMs)
  }
}

/** Where the partitions end that records named; the others' records were dealt by their keys. */
function endsOf(appended: readonly RecordMetadata[], records: readonly OutputRecord[]): PartitionOffset[] {
  return appended.flatMap(({ topicName: topic, partition, baseOffset }) => {
    const count = records.filter((record) => record.topic === topic && record.partition === partition).length
    return baseOffset === undefined || count === 0
      ? []
      : [{ topic, partition, offset: Number(baseOffset) + count }]
  })
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof kafkajs.KafkaJSError)) return false
  return error.retriable || isOutage((error as { cause?: unknown }).cause)
}

function toMessage({ partition, key, value, headers }: OutputRecord): Message {
  return {
    ...(partition === undefined ? {} : { partition }),
    key: toBuffer(key),
    value: toBuffer(value),
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).map(([name, header]) => [name, toBuffer(header) ?? Buffer.alloc(0)]),
    ),
  }
}

function toBuffer(bytes: Uint8Array | string | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes)
}
