import { setTimeout as pause } from 'node:timers/promises'
import kafkajs from 'kafkajs'

/** Answers that the coordinator gives instead of its own, oldest first; its own again when they are used up. */
export interface GroupFaults {
  readonly heartbeat: Error[]
  readonly commit: Error[]
  readonly join: Error[]
  readonly sync: Error[]
}

type Assignment = Readonly<Record<string, readonly number[]>>

interface JoinRequest {
  readonly memberId: string
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
}

interface SyncRequest {
  readonly memberId: string
  readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[]
}

interface OffsetRequest {
  readonly memberId: string
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly offset: unknown }[]
  }[]
}

/** An error as a broker's error code becomes in kafkajs. */
export function brokerError(type: string, retriable = false): Error {
  const coded = Object.assign(new Error(`the broker says ${type}`), { type, code: 1, retriable })
  return new kafkajs.KafkaJSProtocolError(coded)
}

/**
 * The coordinator of a group of one member, as kafkajs calls it. `answered` hears of every heartbeat and assignment that it
 * answers.
 */
export function createLocalCoordinator(answered: (request: 'Heartbeat' | 'SyncGroup') => void) {
  const faults: GroupFaults = { heartbeat: [], commit: [], join: [], sync: [] }
  const committed = new Map<string, string>()
  const counts = { joins: 0, leaves: 0, heartbeats: 0, members: 0 }
  /** Called when a member is about to leave. */
  const hooks = { leaving: (): void => undefined }
  let forced: Assignment | null = null
  let member = ''

  async function answer(errors: Error[]): Promise<void> {
    await pause(1)
    const error = errors.shift()
    if (error !== undefined) throw error
  }

  function checkMember(memberId: string): void {
    if (memberId !== member) throw brokerError('UNKNOWN_MEMBER_ID')
  }

  return {
    faults,
    counts,
    hooks,
    assignNext: (assignment: Assignment | null) => (forced = assignment),
    forgetMember: () => (member = ''),
    committed: (topic: string, partition: number) => committed.get(`${topic}/${partition}`),
    isConnected: () => true,
    async joinGroup({ memberId, groupProtocols }: JoinRequest) {
      await answer(faults.join)
      if (memberId === '' || memberId !== member) {
        counts.members += 1
        member = `member-${counts.members}`
      }
      counts.joins += 1
      const [protocol] = groupProtocols
      const members = [{ memberId: member, memberMetadata: protocol?.metadata ?? Buffer.alloc(0) }]
      const groupProtocol = protocol?.name ?? ''
      return { generationId: counts.joins, leaderId: member, memberId: member, members, groupProtocol }
    },
    async syncGroup({ memberId, groupAssignment }: SyncRequest) {
      await answer(faults.sync)
      answered('SyncGroup')
      const own = groupAssignment.find((share) => share.memberId === memberId)?.memberAssignment
      return { memberAssignment: forced === null ? (own ?? Buffer.alloc(0)) : encode(forced) }
    },
    async heartbeat({ memberId }: { memberId: string }) {
      counts.heartbeats += 1
      await answer(faults.heartbeat)
      checkMember(memberId)
      answered('Heartbeat')
    },
    async leaveGroup() {
      hooks.leaving()
      await answer([])
      counts.leaves += 1
      member = ''
    },
    async offsetCommit({ topics, memberId }: OffsetRequest) {
      await answer(faults.commit)
      checkMember(memberId)
      for (const { topic, partitions } of topics) {
        for (const { partition, offset } of partitions) committed.set(`${topic}/${partition}`, String(offset))
      }
    },
    async offsetFetch({ topics }: OffsetRequest) {
      await answer([])
      const offsetOf = (topic: string, partition: number): string =>
        committed.get(`${topic}/${partition}`) ?? '-1'
      return {
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => ({ partition, offset: offsetOf(topic, partition) })),
        })),
      }
    },
  }
}

function encode(assignment: Assignment): Buffer {
  const plain = Object.fromEntries(
    Object.entries(assignment).map(([topic, numbers]) => [topic, [...numbers]]),
  )
  const userData = Buffer.alloc(0)
  return kafkajs.AssignerProtocol.MemberAssignment.encode({ version: 1, assignment: plain, userData })
}
