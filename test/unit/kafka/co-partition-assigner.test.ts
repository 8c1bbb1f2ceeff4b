import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import kafkajs, { type Cluster, type PartitionAssigner } from 'kafkajs'
import { createCoPartitionAssigner, dealPartitions } from '../../../src/kafka/co-partition-assigner.ts'

const topics = ['in', 'side', 'log']

/** As much of kafkajs' cluster as assigners use. */
function cluster(counts: Readonly<Record<string, number>>): Cluster {
  return {
    findTopicPartitionMetadata: (topic: string) =>
      Array.from({ length: counts[topic] ?? 0 }, (_, partitionId) => ({ partitionId })),
  } as unknown as Cluster
}

function create(assigner: PartitionAssigner, counts: Readonly<Record<string, number>>) {
  const logger = {} as never
  return assigner({ cluster: cluster(counts), groupId: 'group', logger })
}

/** What each member gets, as kafkajs decodes it on the member's side. */
async function assign(
  assigner: PartitionAssigner,
  members: number,
  counts: Readonly<Record<string, number>>,
): Promise<readonly Readonly<Record<string, readonly number[]>>[]> {
  const memberMetadata = Buffer.alloc(0)
  const group = Array.from({ length: members }, (_, member) => ({
    memberId: `member-${member}`,
    memberMetadata,
  }))
  const shares = await create(assigner, counts).assign({ members: group, topics: Object.keys(counts) })
  return shares.map(({ memberAssignment }) => {
    const decoded = kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)
    if (decoded === null) throw new Error('kafkajs cannot decode the assignment')
    return decoded.assignment
  })
}

function keepsTogether(shares: readonly Readonly<Record<string, readonly number[]>>[]): boolean {
  return shares.every((share) => {
    const lists = topics.map((topic) => [...(share[topic] ?? [])].sort((a, b) => a - b).join())
    return new Set(lists).size === 1
  })
}

const groups = [2, 3, 5, 7].flatMap((members) => [6, 12, 24].map((partitions) => ({ members, partitions })))

describe('the assigner of a stage', () => {
  it.each(groups)(
    'keeps $partitions partitions together over $members members',
    async ({ members, partitions }) => {
      const counts = Object.fromEntries(topics.map((topic) => [topic, partitions]))
      const shares = await assign(
        createCoPartitionAssigner(() => undefined),
        members,
        counts,
      )
      expect(shares).toHaveLength(members)
      expect(keepsTogether(shares)).toBe(true)
      const dealt = shares.flatMap((share) => share['in'] ?? []).sort((a, b) => a - b)
      expect(dealt).toEqual(Array.from({ length: partitions }, (_, partition) => partition))
    },
  )

  it.each(groups)(
    'closes a hole of kafkajs: its own keeps $partitions partitions together over $members members only if they divide',
    async ({ members, partitions }) => {
      const counts = Object.fromEntries(topics.map((topic) => [topic, partitions]))
      const shares = await assign(kafkajs.PartitionAssigners.roundRobin, members, counts)
      expect(keepsTogether(shares)).toBe(partitions % members === 0)
    },
  )

  it('refuses topics whose partition counts differ, in a way that ends the consumer', async () => {
    const assigner = createCoPartitionAssigner(() => undefined)
    const refused = assign(assigner, 2, { in: 12, side: 6 })
    await expect(refused).rejects.toThrow(
      'the topics that are read together must have the same number of partitions, but "in" has 12, "side" has 6',
    )
    await expect(refused).rejects.toBeInstanceOf(kafkajs.KafkaJSNonRetriableError)
  })

  it('tells each time that a member is about to ask for an assignment, in a request that kafkajs decodes', () => {
    let joins = 0
    const assigner = create(
      createCoPartitionAssigner(() => (joins += 1)),
      {},
    )
    const asked = [assigner.protocol({ topics }), assigner.protocol({ topics })]
    expect(joins).toBe(2)
    expect(asked.map((request) => request.name)).toEqual([assigner.name, assigner.name])
    const decoded = kafkajs.AssignerProtocol.MemberMetadata.decode(asked[0]?.metadata ?? Buffer.alloc(0))
    expect(decoded?.topics).toEqual(topics)
  })
})

describe('dealing partitions', () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 40 })
  const numbers = fc.uniqueArray(fc.nat(500), { maxLength: 120 })

  it('gives every partition to exactly one member, and shares that differ by one at most', () => {
    fc.assert(
      fc.property(ids, numbers, (members, partitions) => {
        const shares = dealPartitions(members, partitions)
        expect([...shares.keys()].sort()).toEqual([...members].sort())
        expect([...shares.values()].flat().sort((a, b) => a - b)).toEqual(
          [...partitions].sort((a, b) => a - b),
        )
        const sizes = [...shares.values()].map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('does not depend on the order of members and partitions: every leader deals the same', () => {
    fc.assert(
      fc.property(ids, numbers, fc.nat(), (members, partitions, seed) => {
        const turn = <T>(list: readonly T[]): T[] => {
          const at = seed % Math.max(1, list.length)
          return [...list.slice(at), ...list.slice(0, at)].reverse()
        }
        expect([...dealPartitions(turn(members), turn(partitions))]).toEqual([
          ...dealPartitions(members, partitions),
        ])
      }),
    )
  })

  it('to nobody deals nothing', () => {
    expect([...dealPartitions([], [0, 1])]).toEqual([])
  })
})
