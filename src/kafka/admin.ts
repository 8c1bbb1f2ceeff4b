import type { Kafka } from 'kafkajs'
import type { OffsetReader } from '../runtime/ports.ts'
import { createGroupReader, type GroupReader } from './groups.ts'
import { createLogReader, type ReadLog } from './log-reader.ts'
import { createOffsetReader, offsetsAtTime } from './offset-reader.ts'
import { createTopicAdmin, type TopicAdmin } from './topics.ts'

/** Everything of Kafka that needs no membership in a group of the program and no producer. */
export interface KafkaAdmin {
  readonly offsets: OffsetReader
  readonly topics: TopicAdmin
  /** As {@link offsetsAtTime}. */
  readonly offsetsAtTime: (topic: string, timeMs: number) => Promise<ReadonlyMap<number, number>>
  readonly readLog: ReadLog
  readonly groups: GroupReader
  disconnect(): Promise<void>
}

/** Connects an admin client. Rejects where no broker answers. Logs are read in groups `<readerPrefix>.<random>`. */
export async function connectKafkaAdmin(kafka: Kafka, readerPrefix: string): Promise<KafkaAdmin> {
  const admin = kafka.admin()
  await admin.connect()
  const offsets = createOffsetReader(admin)
  return {
    offsets,
    topics: createTopicAdmin(admin),
    offsetsAtTime: async (topic, timeMs) => offsetsAtTime(admin, topic, timeMs),
    readLog: createLogReader({ kafka, admin, offsets, groupPrefix: readerPrefix }),
    groups: createGroupReader(admin),
    disconnect: async () => admin.disconnect(),
  }
}
