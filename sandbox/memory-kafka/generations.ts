import type { Clock } from '../../src/runtime/ports.ts'
import { BrokerError } from './errors.ts'
import type { GroupMembers, JoinAnswer, Joined, JoinRequest, Member } from './group-members.ts'

/** Partition numbers by member. */
export type Shares = ReadonlyMap<string, readonly number[]>

/**
 * The generations of one group. A group is `joining` from the first reason for a new generation until all members have
 * joined or those that have not are removed, then `syncing` until the leader has dealt, then `stable`.
 */
export interface Generations {
  state(): 'stable' | 'joining' | 'syncing'
  /** The member, if it belongs to this generation; throws otherwise. */
  find(joined: Joined): Member
  /** Answered once the generation begins. */
  join(request: JoinRequest): Promise<JoinAnswer>
  /** Answered once the partitions are dealt. */
  sync(joined: Joined, dealt: Shares | null): Promise<readonly number[]>
  /** Makes all members join again. */
  rebalance(): void
  /** To be called when members were removed. */
  membersLeft(): void
  /** What was dealt in this generation. */
  shares(): Shares
}

/** Generations of `members`, of whom there are none. The first one waits `initialDelayMs` for more members. */
export function createGenerations(clock: Clock, members: GroupMembers, initialDelayMs: number): Generations {
  let state: 'stable' | 'joining' | 'syncing' = 'stable'
  let generation = 0
  let shares: Shares = new Map()
  let isDelayed = false
  let cancelJoining = (): void => undefined

  function begin(delayMs = 0): void {
    state = 'joining'
    isDelayed = delayMs > 0
    for (const member of members.all()) {
      member.sync?.reject(new BrokerError('REBALANCE_IN_PROGRESS'))
      member.sync = null
    }
    const timeouts = members.all().map(({ request }) => request.rebalanceTimeoutMs)
    cancelJoining()
    cancelJoining = clock.setTimer(isDelayed ? delayMs : Math.max(0, ...timeouts), end)
    completeIfAllJoined()
  }

  /** Whoever has not joined by now is no member any more. */
  function end(): void {
    isDelayed = false
    for (const member of members.all()) if (member.join === null) members.remove(member)
    completeIfAllJoined()
  }

  function completeIfAllJoined(): void {
    if (state !== 'joining' || isDelayed || members.all().some(({ join }) => join === null)) return
    cancelJoining()
    shares = new Map()
    generation += 1
    state = members.size() === 0 ? 'stable' : 'syncing'
    const said = members.all().map(({ memberId, request }) => ({ memberId, held: request.metadata.held }))
    for (const [index, member] of members.all().entries()) {
      const answer = { memberId: member.memberId, generation, members: index === 0 ? said : null }
      member.join?.resolve(answer)
      member.join = null
      members.heard(member)
    }
  }

  function share(dealt: Shares): void {
    shares = dealt
    state = 'stable'
    for (const member of members.all()) {
      if (member.sync === null) continue
      members.heard(member)
      member.sync.resolve(dealt.get(member.memberId) ?? [])
      member.sync = null
    }
  }

  function find({ memberId, generation: said }: Joined): Member {
    const member = members.get(memberId)
    if (member === undefined) throw new BrokerError('UNKNOWN_MEMBER_ID')
    if (said !== generation) throw new BrokerError('ILLEGAL_GENERATION')
    return member
  }

  return {
    state: () => state,
    find,
    async join(request) {
      const delayMs = members.size() === 0 ? initialDelayMs : 0
      const member = members.admit(request)
      member.join?.reject(new BrokerError('REBALANCE_IN_PROGRESS'))
      return new Promise((resolve, reject) => {
        member.join = { resolve, reject }
        if (state === 'joining') completeIfAllJoined()
        else begin(delayMs)
      })
    },
    async sync(joined, dealt) {
      const member = find(joined)
      if (state === 'joining') throw new BrokerError('REBALANCE_IN_PROGRESS')
      members.heard(member)
      if (state === 'stable') return shares.get(member.memberId) ?? []
      return new Promise((resolve, reject) => {
        member.sync = { resolve, reject }
        if (dealt !== null) share(dealt)
      })
    },
    rebalance() {
      if (state !== 'joining' && members.size() > 0) begin()
    },
    membersLeft() {
      if (state !== 'joining' && members.size() > 0) begin()
      else completeIfAllJoined()
    },
    shares: () => shares,
  }
}
