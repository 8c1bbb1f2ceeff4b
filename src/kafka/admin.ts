import type { Kafka } from 'kafkajs'
import type { OffsetReader } from '../runtime/ports.ts'
import { createOffsetReader } from './offset-reader.ts'
import { createTopicAdmin, type TopicAdmin } from './topics.ts'

/** Everything of Kafka that needs no consumer and no producer. */
export interface KafkaAdmin {
  readonly offsets: OffsetReader
  readonly topics: TopicAdmin
  disconnect(): Promise<void>
}

/** Connects an admin client. Rejects where no broker answers. */
export async function connectKafkaAdmin(kafka: Kafka): Promise<KafkaAdmin> {
  const admin = kafka.admin()
  await admin.connect()
  return {
    offsets: createOffsetReader(admin),
    topics: createTopicAdmin(admin),
    disconnect: async () => admin.disconnect(),
  }
}
