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
 * The assigner of a stage. `joining` is called each time this member is about to ask for a new assignment: until it has
 * one, another member may own its partitions. It is the only such hook that kafkajs has on every path.
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
      const together = (numbers[0] ?? []).filter((partition) =>
        numbers.every((others) => others.includes(partition)),
      )
      const shares = dealPartitions(
        members.map(({ memberId }) => memberId),
        together,
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
