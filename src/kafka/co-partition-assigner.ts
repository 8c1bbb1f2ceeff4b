import kafkajs, {
  type Assigner,
  type GroupMember,
  type GroupMemberAssignment,
  type PartitionAssigner,
} from 'kafkajs'

/** Members and the partition numbers that each gets, of every topic. */
export type PartitionShares = ReadonlyMap<string, readonly number[]>

/**
 * Deals partition numbers to members so that a number goes to one member with all its topics: the join of a person needs
 * the same partition of each. (kafkajs' own assigner deals topics and partitions together and breaks that unless the
 * members divide the partitions.) Shares differ by one at most.
 */
export function dealPartitions(memberIds: readonly string[], partitions: readonly number[]): PartitionShares {
  const members = [...memberIds].sort()
  const shares = new Map<string, number[]>(members.map((member) => [member, []]))
  ;[...partitions]
    .sort((a, b) => a - b)
    .forEach((partition, index) => {
      const member = members[index % members.length]
      if (member !== undefined) shares.get(member)?.push(partition)
    })
  return shares
}

const name = 'zendesk-activation-co-partitioned'
const version = 1

/**
 * The assigner of a stage, whose topics must have the same number of partitions. `joining` is called each time this member
 * is about to ask for a new assignment: until it has one, another member may own its partitions. It is the only such hook
 * that kafkajs has on every path.
 */
export function createCoPartitionAssigner(joining: () => void): PartitionAssigner {
  return ({ cluster }): Assigner => ({
    name,
    version,
    protocol({ topics }) {
      joining()
      const userData = Buffer.alloc(0)
      return { name, metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({ version, topics, userData }) }
    },
    async assign({
      members,
      topics,
    }: {
      members: GroupMember[]
      topics: string[]
    }): Promise<GroupMemberAssignment[]> {
      const numbers = topics.map((topic) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
      )
      if (new Set(numbers.map(({ length }) => length)).size > 1) throw unevenTopics(topics, numbers)
      const shares = dealPartitions(
        members.map(({ memberId }) => memberId),
        numbers[0] ?? [],
      )
      return Promise.resolve(
        [...shares].map(([memberId, partitions]) => ({
          memberId,
          memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
            version,
            assignment: Object.fromEntries(topics.map((topic) => [topic, [...partitions]])),
            userData: Buffer.alloc(0),
          }),
        })),
      )
    },
  })
}

/**
 * The start checked the counts, so partitions were added since. Records of one person would lie in different partitions
 * from then on, and nobody would read those of the new ones. kafkajs ends the consumer for this kind of error alone.
 */
function unevenTopics(topics: readonly string[], numbers: readonly (readonly number[])[]): Error {
  const counts = topics.map((topic, index) => `"${topic}" has ${numbers[index]?.length ?? 0}`)
  return new kafkajs.KafkaJSNonRetriableError(
    `the topics that are read together must have the same number of partitions, but ${counts.join(', ')}`,
  )
}
