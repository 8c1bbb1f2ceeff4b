import type { Clock, CommittedOffset, PartitionOffset } from '../../src/runtime/ports.ts'
import { BrokerError } from './errors.ts'
import { createGenerations, type Shares } from './generations.ts'
import { createGroupMembers, type JoinAnswer, type Joined, type JoinRequest } from './group-members.ts'
import { createGroupOffsets } from './group-offsets.ts'

/**
 * The coordinator of one group, as a broker has it: members join, the first of them deals the partitions, all heartbeat.
 * Whoever joins or leaves makes all others join again (eager rebalancing); whoever is not heard of for its session timeout,
 * or does not join again within the longest rebalance timeout, is no member any more. Rejects and throws
 * {@link BrokerError}s.
 */
export interface GroupCoordinator {
  /** Answered once all members have joined, or those that have not are removed. */
  join(request: JoinRequest): Promise<JoinAnswer>
  /** Answered once the leader has brought the shares. */
  sync(member: Joined, shares: Shares | null): Promise<readonly number[]>
  heartbeat(member: Joined): void
  leave(memberId: string): void
  /** Stores offsets of a member of this generation, with its note. */
  commit(member: Joined, offsets: readonly PartitionOffset[], note: string): void
  committed(topic: string, partition: number): CommittedOffset | undefined
  /** Sets offsets as an operator does; throws while the group has members. */
  reset(offsets: readonly PartitionOffset[]): void
  /** Deletes the group, that is: its offsets; throws while it has members. */
  delete(): void
  /** Makes all members join again, as a change of the topics does. */
  rebalance(): void
  memberIds(): readonly string[]
  /** The member that a partition was dealt to; nobody once all have joined for a new deal, or where that one is gone. */
  ownerOf(partition: number): string | undefined
}

/** A group without members and offsets. The first generation waits `initialDelayMs` for more members. */
export function createGroupCoordinator(clock: Clock, initialDelayMs: number): GroupCoordinator {
  const offsets = createGroupOffsets()
  const members = createGroupMembers(clock, () => generations.membersLeft())
  const generations = createGenerations(clock, members, initialDelayMs)

  function checkEmpty(): void {
    if (members.size() > 0) throw new BrokerError('NON_EMPTY_GROUP')
  }

  /** The member, in a group that is not in the state where this is impossible. */
  function hear(joined: Joined, impossible: 'joining' | 'syncing'): void {
    members.heard(generations.find(joined))
    if (generations.state() === impossible) throw new BrokerError('REBALANCE_IN_PROGRESS')
  }

  return {
    join: async (request) => generations.join(request),
    sync: async (joined, dealt) => generations.sync(joined, dealt),
    heartbeat: (joined) => hear(joined, 'joining'),
    leave(memberId) {
      const member = members.get(memberId)
      if (member === undefined) throw new BrokerError('UNKNOWN_MEMBER_ID')
      members.remove(member)
      generations.membersLeft()
    },
    commit(joined, positions, note) {
      hear(joined, 'syncing')
      offsets.set(positions, note)
    },
    committed: (topic, partition) => offsets.get(topic, partition),
    reset(positions) {
      checkEmpty()
      offsets.set(positions, null)
    },
    delete() {
      checkEmpty()
      offsets.clear()
    },
    rebalance: () => generations.rebalance(),
    memberIds: () => members.all().map(({ memberId }) => memberId),
    ownerOf: (partition) =>
      [...generations.shares()].find(
        ([memberId, dealt]) => dealt.includes(partition) && members.get(memberId) !== undefined,
      )?.[0],
  }
}
