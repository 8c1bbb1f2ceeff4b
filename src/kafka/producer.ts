import { setTimeout } from 'node:timers/promises'
import kafkajs, { type Kafka, type Message } from 'kafkajs'
import type { OutputRecord } from '../domain/record.ts'

/** Produces records, acknowledged by all in-sync replicas. */
export interface RecordProducer {
  connect(): Promise<void>
  /** Resolves when every record is acknowledged; records of one topic and partition keep their order. */
  produce(records: readonly OutputRecord[]): Promise<void>
  disconnect(): Promise<void>
}

/** How long records are tried to be written. */
const patienceMs = 5 * 60_000
const pauseMs = 500

/**
 * A {@link RecordProducer} on kafkajs. It keeps trying through an outage of five minutes and rejects then: the caller
 * stops the process with its offsets uncommitted.
 */
export function createRecordProducer(kafka: Kafka): RecordProducer {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: { initialRetryTime: 200, maxRetryTime: 20_000, retries: 15 },
  })
  return {
    connect: async () => producer.connect(),
    async produce(records) {
      const messages = new Map<string, Message[]>()
      for (const record of records) {
        const ofTopic = messages.get(record.topic) ?? []
        ofTopic.push(toMessage(record))
        messages.set(record.topic, ofTopic)
      }
      const topicMessages = [...messages].map(([topic, ofTopic]) => ({ topic, messages: ofTopic }))
      await throughOutages(async () => producer.sendBatch({ topicMessages, acks: -1 }))
    },
    disconnect: async () => producer.disconnect(),
  }
}

/**
 * Repeats what an outage made fail. kafkajs' own retries end sooner than it is told: where no broker can be connected to,
 * its pool gives up after some ten seconds, with an error that its producer takes for a final one.
 */
async function throughOutages(send: () => Promise<unknown>): Promise<void> {
  const untilMs = performance.now() + patienceMs
  for (;;) {
    try {
      await send()
      return
    } catch (error) {
      if (!isOutage(error) || performance.now() > untilMs) throw error
    }
    await setTimeout(pauseMs)
  }
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
