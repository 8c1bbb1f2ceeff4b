import { dealPartitions } from '../../src/kafka/deal-partitions.ts'
import type { Clock, PartitionOffset } from '../../src/runtime/ports.ts'
import { BrokerError } from './errors.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { JoinAnswer } from './group-members.ts'
import type { Link } from './link.ts'

/** How a member belongs to its group. Times in milliseconds. */
export interface MembershipOptions {
  readonly clientId: string
  readonly groupId: string
  readonly partitions: () => number
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** The partitions that this process holds a store for, and when it used each last, in epoch milliseconds. */
  held(): ReadonlyMap<number, number>
}

/** How a join ended. */
export interface Joined {
  readonly partitions: readonly number[]
  /** Others may have had its partitions since it was dealt any: it came as another member, or missed what was dealt between. */
  readonly isNew: boolean
  /** When the request for the partitions was sent, in monotonic milliseconds. */
  readonly askedMs: number
}

/** One client's membership of a group, as its requests make it. */
export interface Membership {
  /** Joins (again), and resolves with the partitions that it is dealt. */
  join(): Promise<Joined>
  /** From here on what is committed is for what was dealt last. */
  begin(): void
  /** Resolves with the milliseconds that the request took; rejects where the group moved on or nobody answered. */
  heartbeat(): Promise<number>
  /** `stale` where the group moved on, or nobody answered. */
  commit(offsets: readonly PartitionOffset[], note: string): Promise<'committed' | 'stale'>
  /** Leaves, if anybody hears of it. */
  leave(): Promise<void>
  /** The next join is that of a new member. */
  forget(): void
  /** The id that the coordinator gave; empty where there is none. */
  memberId(): string
}

/** A client that is no member yet. */
export function createMembership(
  group: GroupCoordinator,
  link: Link,
  clock: Clock,
  options: MembershipOptions,
): Membership {
  const { clientId, sessionTimeoutMs, rebalanceTimeoutMs } = options
  let memberId = ''
  let generation = -1
  /** Whom partitions were dealt to last. As in kafkajs commits are that member's until the next are dealt. */
  let dealt = { memberId, generation }

  /** The first member deals. */
  function deal({ members }: JoinAnswer): ReadonlyMap<string, readonly number[]> | null {
    if (members === null) return null
    return dealPartitions(
      members,
      Array.from({ length: options.partitions() }, (_, partition) => partition),
    )
  }

  async function request<T>(
    type: 'join' | 'sync' | 'heartbeat' | 'leave',
    handle: () => T | Promise<T>,
  ): Promise<T> {
    return link({ type }, handle)
  }

  return {
    async join() {
      try {
        const metadata = { held: options.held() }
        const join = { memberId, clientId, metadata, sessionTimeoutMs, rebalanceTimeoutMs }
        const joined = await request('join', async () => group.join(join))
        memberId = joined.memberId
        generation = joined.generation
        const shares = deal(joined)
        const askedMs = clock.monotonicMs()
        const partitions = await request('sync', async () => group.sync(joined, shares))
        const isNext = dealt.memberId === memberId && dealt.generation + 1 === generation
        return { partitions, isNew: dealt.memberId !== '' && !isNext, askedMs }
      } catch (error) {
        if (error instanceof BrokerError && error.code === 'UNKNOWN_MEMBER_ID') memberId = ''
        throw error
      }
    },
    begin() {
      dealt = { memberId, generation }
    },
    async heartbeat() {
      const member = { memberId, generation }
      const sentMs = clock.monotonicMs()
      await request('heartbeat', () => group.heartbeat(member))
      return clock.monotonicMs() - sentMs
    },
    async commit(offsets, note) {
      const member = dealt
      const operation = { type: 'commit', groupId: options.groupId } as const
      return link(operation, () => group.commit(member, offsets, note)).then(
        () => 'committed' as const,
        () => 'stale' as const,
      )
    },
    async leave() {
      const left = memberId
      memberId = ''
      if (left !== '') await request('leave', () => group.leave(left)).catch(() => undefined)
    },
    forget() {
      memberId = ''
    },
    memberId: () => memberId,
  }
}
