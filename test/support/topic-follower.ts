import type { Kafka } from 'kafkajs'

/** A record of a topic, as it was read. */
export interface FollowedRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
  readonly partition: number
  /** When it was read, in monotonic milliseconds. */
  readonly seenAtMs: number
}

/** Reads a topic from its beginning on, for as long as it is not stopped. */
export interface TopicFollower {
  records(): readonly FollowedRecord[]
  stop(): Promise<void>
}

/** Follows `topic`, which must exist. Resolves once it reads. */
export async function followTopic(kafka: Kafka, topic: string): Promise<TopicFollower> {
  const records: FollowedRecord[] = []
  const consumer = kafka.consumer({ groupId: `follower-of-${topic}`, maxWaitTimeInMs: 50 })
  const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    async eachMessage({ partition, message: { key, value, headers } }) {
      const texts = Object.entries(headers ?? {}).map(([name, header]) => [name, String(header)] as const)
      const seenAtMs = performance.now()
      records.push({ key, value, headers: Object.fromEntries(texts), partition, seenAtMs })
      await Promise.resolve()
    },
  })
  await joined
  return { records: () => records, stop: async () => consumer.disconnect() }
}
