import kafkajs, {
  type Assigner,
  type GroupMember,
  type GroupMemberAssignment,
  type PartitionAssigner,
} from 'kafkajs'
import { dealPartitions, type StoreHolder } from './deal-partitions.ts'

/**
 * Name and version stay as they are although the user data of a member was once empty and now says what it holds. A group
 * only takes members that share a name with all others, so a new one would keep a new release out until the last member of
 * the old one has gone. A leader of the old release does not read the user data and deals without it; a leader of this one
 * takes a member that says nothing for one that holds nothing.
 */
const name = 'zendesk-activation-co-partitioned'
const version = 1

/** Of the user data, which is UTF-8 JSON: `{"v":1,"held":{"<partition>":<last used, epoch ms>}}`. */
const userDataVersion = 1

/** What an assigner asks the member that it belongs to, each time that the member is about to ask for an assignment. */
export interface MembershipHooks {
  /** Called first: until the member has the new assignment, another may own its partitions. */
  readonly joining: () => void
  /**
   * The partitions that the member holds a state store for, and when it used each last, in epoch ms. Those of the tasks
   * that it runs are used now, within a second of each other.
   */
  readonly held: () => ReadonlyMap<number, number>
}

/**
 * The assigner of a stage, whose topics must have the same number of partitions. It gives a partition number to one member
 * with all its topics: the join of a person needs the same partition of each. (kafkajs' own assigner deals topics and
 * partitions together and breaks that unless the members divide the partitions.) Which member that is, see
 * {@link dealPartitions}: tasks stay where they run, or go where their stores are.
 *
 * Its `protocol` is the only hook before an assignment that kafkajs has on every path.
 */
export function createCoPartitionAssigner({ joining, held }: MembershipHooks): PartitionAssigner {
  return ({ cluster }): Assigner => ({
    name,
    version,
    protocol({ topics }) {
      joining()
      const userData = encodeHeld(held())
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
      const partitions = numbers[0] ?? []
      const holders = members.map(({ memberId, memberMetadata }): StoreHolder => {
        return { memberId, held: decodeHeld(memberMetadata, partitions) }
      })
      return Promise.resolve(
        [...dealPartitions(holders, partitions)].map(([memberId, share]) => ({
          memberId,
          memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode({
            version,
            assignment: Object.fromEntries(topics.map((topic) => [topic, [...share]])),
            userData: Buffer.alloc(0),
          }),
        })),
      )
    },
  })
}

function encodeHeld(held: ReadonlyMap<number, number>): Buffer {
  return Buffer.from(JSON.stringify({ v: userDataVersion, held: Object.fromEntries(held) }))
}

/**
 * What a member says to hold of `partitions`. Nothing, where it says so in no way that is known here: members of other
 * releases and clients of others may be in the group, and one of them must not keep all from getting an assignment.
 */
function decodeHeld(memberMetadata: Buffer, partitions: readonly number[]): ReadonlyMap<number, number> {
  const times = readTimes(memberMetadata)
  return new Map(
    partitions.flatMap((partition): [number, number][] => {
      const time = Object.hasOwn(times, partition) ? times[partition] : undefined
      return typeof time === 'number' && Number.isSafeInteger(time) && time >= 0 ? [[partition, time]] : []
    }),
  )
}

function readTimes(memberMetadata: Buffer): Readonly<Record<number, unknown>> {
  try {
    const { userData } = kafkajs.AssignerProtocol.MemberMetadata.decode(memberMetadata) ?? {}
    const said: unknown = JSON.parse(String(userData))
    if (!isObject(said) || said['v'] !== userDataVersion) return {}
    return isObject(said['held']) ? said['held'] : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
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
