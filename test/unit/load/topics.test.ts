import { describe, expect, it } from '@jest/globals'
import { ensureTopics, type TopicAdmin } from '../../../sandbox/load/topics.ts'

interface FakeCluster {
  readonly admin: TopicAdmin
  readonly created: unknown[]
}

/** A cluster that holds topics by name and number of partitions. */
function createCluster(topics: Readonly<Record<string, number>>): FakeCluster {
  const created: unknown[] = []
  const admin: TopicAdmin = {
    listTopics: async () => await Promise.resolve(Object.keys(topics)),
    fetchTopicMetadata: async (asked) =>
      await Promise.resolve({
        topics: (asked?.topics ?? []).map((name) => ({
          name,
          partitions: Array.from({ length: topics[name] ?? 0 }, (_, partitionId) => ({
            partitionErrorCode: 0,
            partitionId,
            leader: 1,
            replicas: [1],
            isr: [1],
          })),
        })),
      }),
    createTopics: async (wanted) => {
      created.push(...wanted.topics)
      return await Promise.resolve(true)
    },
  }
  return { admin, created }
}

const configEntries = [{ name: 'max.message.bytes', value: '8388608' }]

describe('ensureTopics', () => {
  it.each<[Record<string, number>, number | undefined, object]>([
    [{}, undefined, { p: 4, m: 4 }],
    [{}, 7, { p: 7, m: 7 }],
    [{ p: 6 }, undefined, { m: 6 }],
    [{ p: 6, other: 3 }, 6, { m: 6 }],
    [{ p: 6, m: 6 }, undefined, {}],
  ])(
    'where there is %j and %s partitions are asked for, creates %j',
    async (topics, partitions, expected) => {
      const { admin, created } = createCluster(topics)
      const reported: string[] = []
      await ensureTopics(admin, ['p', 'm'], partitions, (line) => reported.push(line))
      expect(created).toEqual(
        Object.entries(expected).map(([topic, numPartitions]) => ({
          topic,
          numPartitions: numPartitions as unknown,
          configEntries,
        })),
      )
      expect(reported).toHaveLength(created.length === 0 ? 0 : 1)
    },
  )

  it.each<[Record<string, number>, number | undefined, string]>([
    [{ p: 6, m: 4 }, undefined, 'partitions differ: p is 6, m 4; '],
    [{ p: 6 }, 4, 'partitions differ: the number asked for is 4, p 6; '],
    [{ p: 6, m: 6 }, 4, 'partitions differ: the number asked for is 4, p 6; '],
  ])('refuses %j where %s are asked for', async (topics, partitions, message) => {
    const { admin, created } = createCluster(topics)
    await expect(ensureTopics(admin, ['p', 'm'], partitions, () => undefined)).rejects.toThrow(message)
    expect(created).toEqual([])
  })
})
