import { describe, expect, it } from '@jest/globals'
import {
  createGroupCoordinator,
  type GroupCoordinator,
} from '../../../../sandbox/memory-kafka/group-coordinator.ts'
import type { JoinAnswer } from '../../../../sandbox/memory-kafka/group-members.ts'
import { createManualClock, settle } from '../../../support/manual-clock.ts'

const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 30_000 }
const nothing = { held: new Map<number, number>() }

function createGroup() {
  const clock = createManualClock()
  return { clock, group: createGroupCoordinator(clock, 0) }
}

async function join(group: GroupCoordinator, clientId: string, memberId = ''): Promise<JoinAnswer> {
  return group.join({ memberId, clientId, metadata: nothing, ...timeouts })
}

/** Two members, `a` with partition 0 and `b` with partition 1. */
async function groupOfTwo() {
  const { clock, group } = createGroup()
  const first = await join(group, 'a')
  const again = settle().then(async () => join(group, 'a', first.memberId))
  const b = await join(group, 'b')
  const a = await again
  const shares = new Map([[a.memberId, [0]], [b.memberId, [1]]]) // prettier-ignore
  const synced = await Promise.all([group.sync(b, null), group.sync(a, shares)])
  return { clock, group, a, b, synced }
}

describe('a group in memory', () => {
  it('waits for all members to join, gives the first one the members, and all their shares', async () => {
    const { group, a, b, synced } = await groupOfTwo()
    expect(a).toMatchObject({ generation: 2, members: [{ memberId: 'a-1' }, { memberId: 'b-2' }] })
    expect(b).toMatchObject({ generation: 2, members: null })
    expect(synced).toStrictEqual([[1], [0]])
    expect([group.ownerOf(0), group.ownerOf(1)]).toStrictEqual(['a-1', 'b-2'])
  })

  it('tells its members to join again when one joins, and takes their commits until all have', async () => {
    const { group, a, b } = await groupOfTwo()
    void join(group, 'c')
    expect(() => group.heartbeat(a)).toThrow('REBALANCE_IN_PROGRESS')
    group.commit(a, [{ topic: 't', partition: 0, offset: 5 }], 'a note')
    expect(group.committed('t', 0)).toStrictEqual({ offset: 5, ours: true, note: 'a note' })
    const joined = Promise.all([join(group, 'a', a.memberId), join(group, 'b', b.memberId)])
    await joined
    expect(() => group.commit(a, [{ topic: 't', partition: 0, offset: 6 }], '')).toThrow('ILLEGAL_GENERATION')
    expect(group.ownerOf(0)).toBeUndefined()
  })

  it('removes who is not heard of for the session timeout, and who does not join again in time', async () => {
    const { clock, group, a, b } = await groupOfTwo()
    await clock.advance(9000)
    group.heartbeat(a)
    await clock.advance(1001)
    expect(group.memberIds()).toStrictEqual([a.memberId])
    expect(() => group.heartbeat(b)).toThrow('UNKNOWN_MEMBER_ID')
    await expect(join(group, 'b', b.memberId)).rejects.toThrow('UNKNOWN_MEMBER_ID')
    const newcomer = join(group, 'c')
    for (let passedMs = 0; passedMs < 30_000; passedMs += 5000) {
      expect(() => group.heartbeat(a)).toThrow('REBALANCE_IN_PROGRESS')
      await clock.advance(5000)
    }
    await expect(newcomer).resolves.toMatchObject({ members: [{ memberId: 'c-3' }] })
    expect(() => group.heartbeat(a)).toThrow('UNKNOWN_MEMBER_ID')
  })

  it('begins anew when the leader ends before it has dealt', async () => {
    const { clock, group } = createGroup()
    const a = await join(group, 'a')
    const b = join(group, 'b')
    await join(group, 'a', a.memberId)
    const dealt = group.sync(await b, null)
    await Promise.all([
      expect(dealt).rejects.toThrow('REBALANCE_IN_PROGRESS'),
      clock.advance(9000).then(async () => {
        group.heartbeat(await b)
        await clock.advance(1001)
      }),
    ])
  })

  it('lets an operator set offsets only while nobody is in it', async () => {
    const { group, a, b } = await groupOfTwo()
    const reset = (): void => group.reset([{ topic: 't', partition: 0, offset: 2 }])
    expect(reset).toThrow('NON_EMPTY_GROUP')
    group.leave(a.memberId)
    group.leave(b.memberId)
    reset()
    expect(group.committed('t', 0)).toStrictEqual({ offset: 2, ours: false, note: '' })
    group.delete()
    expect(group.committed('t', 0)).toBeUndefined()
  })
})
