import type { SubjectReader } from '../avro/latest-schema.ts'
import { createSchemaRegistry, type SchemaRegistryAdapter } from '../avro/registry.ts'
import type { Config } from '../config/config.ts'
import { connectKafkaAdmin } from '../kafka/admin.ts'
import { createKafkaClient } from '../kafka/client.ts'
import type { MembershipHooks } from '../kafka/co-partition-assigner.ts'
import { createGroupConsumer, type GroupConsumerOptions } from '../kafka/group-consumer.ts'
import type { GroupReader } from '../kafka/groups.ts'
import type { ReadLog } from '../kafka/log-reader.ts'
import { createRecordProducer } from '../kafka/producer.ts'
import type { TopicAdmin } from '../kafka/topics.ts'
import type { GroupConsumer, OffsetReader, Produce } from '../runtime/ports.ts'
import { createKafkaLog } from '../telemetry/kafka-log.ts'
import type { Logger } from '../telemetry/logger.ts'
import { readFileSync } from 'node:fs'

/** A Kafka cluster, connected to. */
export interface KafkaConnection {
  readonly offsets: OffsetReader
  readonly topics: TopicAdmin
  readonly produce: Produce
  /** A member of a group, not started. */
  createConsumer(options: GroupConsumerOptions, held: MembershipHooks['held']): GroupConsumer
  close(): Promise<void>
}

/** A Kafka cluster as the commands beside `run` need it. */
export interface KafkaTools extends KafkaConnection {
  /**
   * By partition, the offset of the first record with this time (epoch milliseconds) or a later one; the end of the log where
   * there is none.
   */
  offsetsAtTime(topic: string, timeMs: number): Promise<ReadonlyMap<number, number>>
  readonly readLog: ReadLog
  readonly groups: GroupReader
}

/** What the program finds outside of itself, beside Zendesk. */
export interface Outside {
  /** Rejects where no broker answers. */
  connectKafka(config: Config, logger: Logger): Promise<KafkaConnection>
  createRegistry(config: Config): SchemaRegistryAdapter & SubjectReader
}

/** Real parts, at the addresses of the configuration. */
export const realOutside = {
  async connectKafka(config: Config, logger: Logger): Promise<KafkaTools> {
    const kafka = createKafkaClient(config.kafka, createKafkaLog(logger))
    const admin = await connectKafkaAdmin(kafka, `${config.applicationId}.reader`)
    const producer = createRecordProducer(kafka)
    await producer.connect()
    return {
      offsets: admin.offsets,
      topics: admin.topics,
      offsetsAtTime: admin.offsetsAtTime,
      readLog: admin.readLog,
      groups: admin.groups,
      produce: producer.produce,
      createConsumer: (options, held) => createGroupConsumer(kafka, options, held),
      async close() {
        await producer.disconnect()
        await admin.disconnect()
      },
    }
  },
  createRegistry({ schemaRegistry }: Config) {
    const { url, credentials, timeoutMs, unknownSchemaCacheMs } = schemaRegistry
    const read = (file: string): string => readFileSync(file, 'utf8').trim()
    const auth =
      credentials === null
        ? {}
        : { auth: { username: read(credentials.usernameFile), password: read(credentials.passwordFile) } }
    return createSchemaRegistry({ url, ...auth, timeoutMs, negativeCacheMs: unknownSchemaCacheMs })
  },
} satisfies Outside
