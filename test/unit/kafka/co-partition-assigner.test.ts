import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import kafkajs, { type Cluster, type PartitionAssigner } from 'kafkajs'
import { createCoPartitionAssigner } from '../../../src/kafka/co-partition-assigner.ts'

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

const counts = { in: 6, side: 6, log: 6 }

/** The assigner of a member that holds stores for these partitions. */
function holding(held: Readonly<Record<number, number>>): PartitionAssigner {
  const entries = Object.entries(held).map(([partition, usedAt]): [number, number] => [
    Number(partition),
    usedAt,
  ])
  return createCoPartitionAssigner({ joining: () => undefined, held: () => new Map(entries) })
}

/** What a member with such an assigner sends to the leader. */
function subscriptionOf(assigner: PartitionAssigner): Buffer {
  return create(assigner, counts).protocol({ topics }).metadata
}

/** What each member gets, as kafkajs decodes it on the member's side. */
async function assign(
  leader: PartitionAssigner,
  subscriptions: readonly Buffer[],
  partitionCounts: Readonly<Record<string, number>>,
): Promise<readonly Readonly<Record<string, readonly number[]>>[]> {
  const members = subscriptions.map((memberMetadata, index) => ({
    memberId: `member-${index}`,
    memberMetadata,
  }))
  const shares = await create(leader, partitionCounts).assign({
    members,
    topics: Object.keys(partitionCounts),
  })
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
      const stores = Array.from({ length: members }, (_, member) => holding({ [member]: 5, 1: member }))
      const uniform = Object.fromEntries(topics.map((topic) => [topic, partitions]))
      const shares = await assign(holding({}), stores.map(subscriptionOf), uniform)
      expect(shares).toHaveLength(members)
      expect(keepsTogether(shares)).toBe(true)
      const dealt = shares.flatMap((share) => share['in'] ?? []).sort((a, b) => a - b)
      expect(dealt).toEqual(Array.from({ length: partitions }, (_, partition) => partition))
    },
  )

  it.each(groups)(
    'closes a hole of kafkajs: its own keeps $partitions partitions together over $members members only if they divide',
    async ({ members, partitions }) => {
      const subscriptions = Array.from({ length: members }, () => Buffer.alloc(0))
      const uniform = Object.fromEntries(topics.map((topic) => [topic, partitions]))
      const shares = await assign(kafkajs.PartitionAssigners.roundRobin, subscriptions, uniform)
      expect(keepsTogether(shares)).toBe(partitions % members === 0)
    },
  )

  it('refuses topics whose partition counts differ, in a way that ends the consumer', async () => {
    const subscriptions = [holding({}), holding({ 7: 1 })].map(subscriptionOf)
    const refused = assign(holding({}), subscriptions, { in: 12, side: 6 })
    await expect(refused).rejects.toThrow(
      'the topics that are read together must have the same number of partitions, but "in" has 12, "side" has 6',
    )
    await expect(refused).rejects.toBeInstanceOf(kafkajs.KafkaJSNonRetriableError)
  })

  it('tells each time that a member is about to ask for an assignment, and then asks what it holds', () => {
    const asked: string[] = []
    const assigner = create(
      createCoPartitionAssigner({
        joining: () => asked.push('joining'),
        held: () => new Map([[3, asked.push('held')]]),
      }),
      counts,
    )
    const requests = [assigner.protocol({ topics }), assigner.protocol({ topics })]
    expect(asked).toEqual(['joining', 'held', 'joining', 'held'])
    expect(requests.map((request) => request.name)).toEqual([assigner.name, assigner.name])
    const decoded = requests.map(({ metadata }) => kafkajs.AssignerProtocol.MemberMetadata.decode(metadata))
    expect(decoded.map((request) => request?.topics)).toEqual([topics, topics])
    expect(decoded.map((request) => String(request?.userData))).toEqual([
      '{"v":1,"held":{"3":2}}',
      '{"v":1,"held":{"3":4}}',
    ])
  })

  it('is for members of other releases what it always was: they join a group by its name and version', () => {
    const { name, version } = create(holding({}), counts)
    expect({ name, version }).toEqual({ name: 'zendesk-activation-co-partitioned', version: 1 })
  })

  it('gives partitions to the members that hold stores for them, of several to the one that used it last', async () => {
    const usedAt = 1_764_100_000_000
    const shares = await assign(
      holding({}),
      [
        holding({ 0: usedAt - 9, 1: usedAt, 5: usedAt }),
        holding({}),
        holding({ 0: usedAt - 1, 1: usedAt - 3, 2: usedAt - 2 }),
      ].map(subscriptionOf),
      counts,
    )
    const both = [[1, 5], [3, 4], [0, 2]] // prettier-ignore
    expect(shares).toEqual(both.map((share) => ({ in: share, side: share, log: share })))
  })
})

describe('what a member says to hold', () => {
  const encode = (userData: Buffer): Buffer =>
    kafkajs.AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData })
  const oddities = [
    '', 'null', '7', '"held"', '[]', '{}', '{"v":1', '{"held":{"5":9}}', '{"v":2,"held":{"5":9}}',
    '{"v":"1","held":{"5":9}}', '{"v":1}', '{"v":1,"held":null}', '{"v":1,"held":"5"}', '{"v":1,"held":{"5":"9"}}',
    '{"v":1,"held":{"5":-9}}', '{"v":1,"held":{"5":9.5}}', '{"v":1,"held":{"5":1e99}}', '{"v":1,"held":{"5":null}}',
    '{"v":1,"held":{"05":9,"5.0":9," 5":9,"":9,"-5":9,"6":9,"length":9,"__proto__":{"5":9}}}',
  ].map((said) => ({ said, metadata: encode(Buffer.from(said)) })) // prettier-ignore
  const withoutUserData = Buffer.concat([
    encode(Buffer.alloc(0)).subarray(0, -4),
    Buffer.from([255, 255, 255, 255]),
  ])
  const broken = [
    { said: 'no metadata', metadata: Buffer.alloc(0) },
    { said: 'metadata that is cut', metadata: encode(Buffer.from('{}')).subarray(0, 9) },
    { said: 'metadata with null for user data', metadata: withoutUserData },
    { said: 'bytes that are no UTF-8', metadata: encode(Buffer.from([0xff, 0xfe, 0x00])) },
  ]

  it.each([...oddities, ...broken])(
    'counts as nothing if it is not known here: $said',
    async ({ metadata }) => {
      // Nobody holds 5, so one that said so, at whatever time, would get it.
      const other = subscriptionOf(holding({ 0: 1, 4: 1 }))
      const shares = await assign(holding({}), [metadata, other], counts)
      expect(shares.map((share) => share['in'])).toEqual([[1, 2, 3], [0, 4, 5]]) // prettier-ignore
    },
  )

  it('never keeps the others from getting an assignment, whatever the bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array))
    const said = fc.oneof(fc.json(), fc.json().map((json) => `{"v":1,"held":${json}}`)) // prettier-ignore
    const metadata = fc.oneof(bytes, bytes.map(encode), said.map((text) => encode(Buffer.from(text)))) // prettier-ignore
    await fc.assert(
      fc.asyncProperty(fc.array(metadata, { minLength: 1, maxLength: 5 }), async (subscriptions) => {
        const shares = await assign(holding({}), subscriptions, counts)
        expect(shares.flatMap((share) => share['in'] ?? []).sort()).toEqual([0, 1, 2, 3, 4, 5])
      }),
    )
  })
})
