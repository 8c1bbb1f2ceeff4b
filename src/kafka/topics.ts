import { setTimeout as pause } from 'node:timers/promises'
import kafkajs, { type Admin } from 'kafkajs'

/** A topic that the program needs. */
export interface RequiredTopic {
  readonly name: string
  readonly partitions: number
  /** Settings to create it with. */
  readonly config: Readonly<Record<string, string>>
}

const dayMs = 24 * 60 * 60 * 1000
const deleteRetention = 'delete.retention.ms'
const maxMessage = 'max.message.bytes'
/** Kafka's own default for what a topic takes. */
const usualMessageBytes = 1_048_588

/**
 * Settings of a topic that holds the last record per key. Tombstones stay for a week, which a reader must be quicker
 * than; an erased value is gone from the log after a day.
 */
export function compactedTopic(name: string, partitions: number, maxMessageBytes: number): RequiredTopic {
  return {
    name,
    partitions,
    config: {
      'cleanup.policy': 'compact',
      [deleteRetention]: String(7 * dayMs),
      'max.compaction.lag.ms': String(dayMs),
      'min.cleanable.dirty.ratio': '0.2',
      'segment.ms': String(dayMs / 4),
      [maxMessage]: String(maxMessageBytes),
    },
  }
}

/** Settings of a topic whose records expire. */
export function expiringTopic(name: string, partitions: number, maxMessageBytes: number): RequiredTopic {
  return {
    name,
    partitions,
    config: {
      'cleanup.policy': 'delete',
      'retention.ms': String(14 * dayMs),
      [maxMessage]: String(maxMessageBytes),
    },
  }
}

/** A topic as it is. */
export interface TopicFacts {
  readonly name: string
  readonly partitions: number
  /** The smallest number of replicas of any of its partitions, whether or not they are in sync. */
  readonly replicationFactor: number
  /** Every setting that the broker tells, defaults included. */
  readonly settings: Readonly<Record<string, string>>
}

/** What the start of the program asks and does about topics. */
export interface TopicAdmin {
  /** Those of `names` that exist, as they are. */
  describe(names: readonly string[]): Promise<readonly TopicFacts[]>
  /** How many brokers there are now. */
  brokerCount(): Promise<number>
  /** Partition counts of those of `names` that exist. */
  partitionCounts(names: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** The shortest time for which one of these topics, which exist, remembers deletions, in milliseconds. */
  deleteRetentionMs(names: readonly string[]): Promise<number>
  /** The largest record that a topic, which exists, takes, in bytes. */
  maxMessageBytes(name: string): Promise<number>
  /** Creates topics and waits for their leaders. A topic that appeared meanwhile is fine. */
  create(topics: readonly RequiredTopic[], replicationFactor: number): Promise<void>
}

/** A {@link TopicAdmin} over an admin client that is connected already. */
export function createTopicAdmin(admin: Admin): TopicAdmin {
  return {
    describe: async (names) => describeTopics(admin, names),
    brokerCount: async () => (await admin.describeCluster()).brokers.length,
    async partitionCounts(names) {
      const existing = new Set(await admin.listTopics())
      const topics = names.filter((name) => existing.has(name))
      if (topics.length === 0) return new Map()
      const metadata = await admin.fetchTopicMetadata({ topics })
      return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]))
    },
    // Where a broker does not say, its own default is the shortest that is likely.
    deleteRetentionMs: async (names) => smallestSetting(admin, names, deleteRetention, dayMs),
    maxMessageBytes: async (name) => smallestSetting(admin, [name], maxMessage, usualMessageBytes),
    async create(topics, replicationFactor) {
      if (topics.length === 0) return
      try {
        await admin.createTopics({
          waitForLeaders: true,
          topics: topics.map(({ name, partitions, config }) => ({
            topic: name,
            numPartitions: partitions,
            replicationFactor,
            configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
          })),
        })
      } catch (error) {
        if (isUnknownYet(error)) await waitUntilKnown(admin, topics)
        else if (!(error instanceof kafkajs.KafkaJSAggregateError) || !error.errors.every(isExisting))
          throw error
      }
    },
  }
}

async function describeTopics(admin: Admin, names: readonly string[]): Promise<readonly TopicFacts[]> {
  const existing = new Set(await admin.listTopics())
  const found = names.filter((name) => existing.has(name))
  if (found.length === 0) return []
  const [metadata, { resources }] = await Promise.all([
    admin.fetchTopicMetadata({ topics: found }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: found.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
    }),
  ])
  return metadata.topics.map(({ name, partitions }) => {
    const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []
    return {
      name,
      partitions: partitions.length,
      replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      settings: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
    }
  })
}

/** The smallest number that a setting has in any of these topics; `usual` where the broker does not say. */
async function smallestSetting(
  admin: Admin,
  names: readonly string[],
  setting: string,
  usual: number,
): Promise<number> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: [setting],
    })),
  })
  const values = resources.flatMap(({ configEntries }) =>
    configEntries
      .filter(({ configName }) => configName === setting)
      .map(({ configValue }) => Number(configValue) || usual),
  )
  return values.length === 0 ? usual : Math.min(...values)
}

const looks = 100
const lookEveryMs = 100

/**
 * The topics are there, but the broker that kafkajs asked for their leaders has not heard of them. kafkajs waits for
 * leaders and not for that, so a first start would fail on a busy cluster.
 */
async function waitUntilKnown(admin: Admin, topics: readonly RequiredTopic[]): Promise<void> {
  for (let look = 1; ; look += 1) {
    try {
      await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) })
      return
    } catch (error) {
      if (!isUnknownYet(error) || look === looks) throw error
    }
    await pause(lookEveryMs)
  }
}

function isUnknownYet(error: unknown): boolean {
  return (error as { type?: unknown }).type === 'UNKNOWN_TOPIC_OR_PARTITION'
}

function isExisting(error: unknown): boolean {
  return (error as { type?: unknown }).type === 'TOPIC_ALREADY_EXISTS'
}
