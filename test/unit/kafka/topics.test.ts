import { describe, expect, it } from '@jest/globals'
import kafkajs, { type Admin } from 'kafkajs'
import { compactedTopic, createTopicAdmin, expiringTopic } from '../../../src/kafka/topics.ts'

type TopicRequest = Parameters<Admin['createTopics']>[0]

/**
 * An admin client over topics with these partition counts. Creating fails with `failure`, if there is one; reads of
 * metadata fail first with `unknown`, one each.
 */
function createAdmin(
  counts: Readonly<Record<string, number>>,
  failure: Error | null = null,
  unknown: Error[] = [],
) {
  const created: TopicRequest[] = []
  const asked: string[][] = []
  const admin = {
    listTopics: async () => Promise.resolve(Object.keys(counts)),
    async fetchTopicMetadata({ topics }: { topics: string[] }) {
      asked.push(topics)
      const error = unknown.shift()
      if (error !== undefined) throw error
      return Promise.resolve({
        topics: topics.map((name) => ({
          name,
          partitions: Array.from({ length: counts[name] ?? 0 }, () => ({})),
        })),
      })
    },
    async createTopics(request: TopicRequest) {
      created.push(request)
      if (failure !== null) throw failure
      return Promise.resolve(true)
    },
  }
  return { topics: createTopicAdmin(admin as unknown as Admin), created, asked }
}

function topicError(type: string): Error {
  return Object.assign(new Error(type), { type })
}

describe('settings of topics', () => {
  it('that hold the last record per key: compacted, and erased within a day', () => {
    expect(compactedTopic('za.ledger', 12, 4096)).toEqual({
      name: 'za.ledger',
      partitions: 12,
      config: {
        'cleanup.policy': 'compact',
        'delete.retention.ms': '604800000',
        'max.compaction.lag.ms': '86400000',
        'min.cleanable.dirty.ratio': '0.2',
        'segment.ms': '21600000',
        'max.message.bytes': '4096',
      },
    })
  })

  it('whose records expire: after two weeks', () => {
    expect(expiringTopic('za.dead-letter', 12, 8192)).toEqual({
      name: 'za.dead-letter',
      partitions: 12,
      config: { 'cleanup.policy': 'delete', 'retention.ms': '1209600000', 'max.message.bytes': '8192' },
    })
  })
})

describe('partition counts', () => {
  it('are those of the topics that exist; metadata of others is not asked for, which could create them', async () => {
    const { topics, asked } = createAdmin({ a: 3, b: 12, other: 1 })
    expect([...(await topics.partitionCounts(['a', 'b', 'missing']))]).toEqual([
      ['a', 3],
      ['b', 12],
    ])
    expect(asked).toEqual([['a', 'b']])
  })

  it('of topics that do not exist ask nothing: no names would mean all topics', async () => {
    const { topics, asked } = createAdmin({ other: 1 })
    expect((await topics.partitionCounts(['missing'])).size).toBe(0)
    expect(asked).toEqual([])
  })
})

describe('how long deletions are remembered', () => {
  function configured(values: Readonly<Record<string, string>>) {
    const asked: unknown[] = []
    const admin = {
      async describeConfigs(request: { resources: readonly { name: string; configNames: string[] }[] }) {
        asked.push(request)
        return Promise.resolve({
          resources: request.resources.map(({ name }) => ({
            configEntries: [
              { configName: 'cleanup.policy', configValue: 'compact' },
              { configName: 'delete.retention.ms', configValue: values[name] ?? '' },
              { configName: 'max.message.bytes', configValue: values[name] ?? '' },
            ],
          })),
        })
      },
    }
    return { topics: createTopicAdmin(admin as unknown as Admin), asked }
  }

  it('is the shortest time of all: a store must not miss what any of them has forgotten', async () => {
    const { topics } = configured({ a: '604800000', b: '86400000', c: '90000000' })
    expect(await topics.deleteRetentionMs(['a', 'b', 'c'])).toBe(86_400_000)
  })

  it('is, as is the largest record that a topic takes, what Kafka has by default where the broker does not say', async () => {
    const { topics } = configured({ a: '' })
    expect(await topics.deleteRetentionMs(['a'])).toBe(86_400_000)
    expect(await topics.maxMessageBytes('a')).toBe(1_048_588)
    expect(await configured({ a: '5000' }).topics.maxMessageBytes('a')).toBe(5000)
  })

  it('is asked of these topics and for this setting alone', async () => {
    const { topics, asked } = configured({ a: '1', b: '2' })
    await topics.deleteRetentionMs(['a', 'b'])
    const resource = (name: string) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['delete.retention.ms'],
    })
    expect(asked).toEqual([{ includeSynonyms: false, resources: [resource('a'), resource('b')] }])
  })
})

describe('creating topics', () => {
  it('asks for partitions, replicas and settings, and waits for leaders', async () => {
    const { topics, created } = createAdmin({})
    await topics.create([expiringTopic('za.dead-letter', 6, 8192)], 3)
    expect(created).toEqual([
      {
        waitForLeaders: true,
        topics: [
          {
            topic: 'za.dead-letter',
            numPartitions: 6,
            replicationFactor: 3,
            configEntries: [
              { name: 'cleanup.policy', value: 'delete' },
              { name: 'retention.ms', value: '1209600000' },
              { name: 'max.message.bytes', value: '8192' },
            ],
          },
        ],
      },
    ])
  })

  it('of none asks nothing', async () => {
    const { topics, created } = createAdmin({})
    await topics.create([], 3)
    expect(created).toEqual([])
  })

  it('that another replica created meanwhile is fine', async () => {
    const exists = topicError('TOPIC_ALREADY_EXISTS')
    const { topics, created } = createAdmin({}, new kafkajs.KafkaJSAggregateError('no', [exists, exists]))
    await topics.create([compactedTopic('a', 1, 1), compactedTopic('b', 1, 1)], 1)
    expect(created).toHaveLength(1)
  })

  it('waits until they are known where a broker has not heard of them yet: kafkajs gives up then', async () => {
    const unknown = topicError('UNKNOWN_TOPIC_OR_PARTITION')
    const { topics, created, asked } = createAdmin({}, unknown, [unknown, unknown])
    await topics.create([compactedTopic('a', 1, 1), compactedTopic('b', 1, 1)], 1)
    expect(created).toHaveLength(1)
    expect(asked).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  it('rejects where something else goes wrong while it waits', async () => {
    const refused = topicError('TOPIC_AUTHORIZATION_FAILED')
    const { topics } = createAdmin({}, topicError('UNKNOWN_TOPIC_OR_PARTITION'), [refused])
    await expect(topics.create([compactedTopic('a', 1, 1)], 1)).rejects.toBe(refused)
  })

  it.each([
    {
      name: 'one of several cannot be created',
      failure: new kafkajs.KafkaJSAggregateError('Topic creation errors', [
        topicError('TOPIC_ALREADY_EXISTS'),
        topicError('INVALID_REPLICATION_FACTOR'),
      ]),
    },
    { name: 'the broker refuses all of it', failure: topicError('TOPIC_AUTHORIZATION_FAILED') },
    { name: 'a single topic is refused outside an aggregate', failure: topicError('TOPIC_ALREADY_EXISTS') },
  ])('rejects where $name', async ({ failure }) => {
    const { topics } = createAdmin({}, failure)
    await expect(topics.create([compactedTopic('a', 1, 1)], 9)).rejects.toBe(failure)
  })
})
