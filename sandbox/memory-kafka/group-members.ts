import type { Clock } from '../../src/runtime/ports.ts'
import { BrokerError } from './errors.ts'

/** What a member asks for when it joins. */
export interface JoinRequest {
  /** Empty for a member that is new. */
  readonly memberId: string
  readonly clientId: string
  /** What the members tell each other; nothing to the coordinator. */
  readonly metadata: MemberMetadata
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
}

/** The partitions that a member holds a store for, and when it used each last, in epoch milliseconds. */
export interface MemberMetadata {
  readonly held: ReadonlyMap<number, number>
}

/** A member of one generation. */
export interface Joined {
  readonly memberId: string
  readonly generation: number
}

/** A member's place in a new generation. */
export interface JoinAnswer extends Joined {
  /** All members where this one leads and has to deal the partitions, else `null`. */
  readonly members:
    readonly { readonly memberId: string; readonly held: ReadonlyMap<number, number> }[] | null
}

/** One member, and what it waits for. */
export interface Member {
  readonly memberId: string
  request: JoinRequest
  join: Waiter<JoinAnswer> | null
  sync: Waiter<readonly number[]> | null
}

interface Waiter<T> {
  resolve(value: T): void
  reject(error: Error): void
}

/** Who is in a group, in order of the first join. */
export interface GroupMembers {
  get(memberId: string): Member | undefined
  all(): readonly Member[]
  size(): number
  /** The member that asks, a new one where it has no id. Throws where it has one that nobody knows. */
  admit(request: JoinRequest): Member
  /** Removes a member; what it waits for is refused. */
  remove(member: Member): void
  /** The member gave a sign of life: it has its session timeout again, unless it waits for an answer of ours by then. */
  heard(member: Member): void
}

/** No members. `expired` hears of one that was not heard of for its session timeout, and is removed by then. */
export function createGroupMembers(clock: Clock, expired: () => void): GroupMembers {
  const members = new Map<string, Member>()
  const sessions = new Map<string, () => void>()
  let ids = 0

  function remove(member: Member): void {
    members.delete(member.memberId)
    sessions.get(member.memberId)?.()
    sessions.delete(member.memberId)
    member.join?.reject(new BrokerError('UNKNOWN_MEMBER_ID'))
    member.sync?.reject(new BrokerError('UNKNOWN_MEMBER_ID'))
  }

  return {
    get: (memberId) => members.get(memberId),
    all: () => [...members.values()],
    size: () => members.size,
    admit(request) {
      const known = members.get(request.memberId)
      if (request.memberId !== '' && known === undefined) throw new BrokerError('UNKNOWN_MEMBER_ID')
      if (known !== undefined) return Object.assign(known, { request })
      const memberId = `${request.clientId}-${(ids += 1)}`
      const member: Member = { memberId, request, join: null, sync: null }
      members.set(memberId, member)
      return member
    },
    remove,
    heard(member) {
      sessions.get(member.memberId)?.()
      const cancel = clock.setTimer(member.request.sessionTimeoutMs, () => {
        if (member.join !== null) return
        remove(member)
        expired()
      })
      sessions.set(member.memberId, cancel)
    },
  }
}
