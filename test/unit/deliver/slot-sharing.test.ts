import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { heardMs, validMs } from '../../../src/deliver/slot-share.ts'
import { slotCount } from '../../../src/deliver/slots.ts'
import { createSlotGroup, type SlotGroup } from './slot-group.ts'

/** Two members with half of four partitions each, whose claims everybody has heard of. */
async function groupOfTwo(): Promise<SlotGroup> {
  const group = createSlotGroup(2, 4)
  group.deal([0, 0, 1, 1])
  await group.clock.advance(10_000)
  return group
}

const slotsOf = ({ members }: SlotGroup): readonly number[] => members.map(({ slots }) => slots)

describe('the slots', () => {
  it('of a process that is alone are all its own, at once', () => {
    const group = createSlotGroup(1, 4)
    group.deal([0, 0, 0, 0])
    expect(slotsOf(group)).toEqual([slotCount])
  })

  it('are with the owners of the partitions as soon as they know that none is lent', async () => {
    const group = createSlotGroup(3, 3)
    group.deal([0, 1, 2])
    expect(slotsOf(group)).toEqual([0, 0, 0])
    await group.clock.advance(5)
    expect([...slotsOf(group)].sort()).toEqual([3, 3, 4])
  })

  it('move to the one that has work, but for one', async () => {
    const group = await groupOfTwo()
    group.members.forEach((member, number) => (member.waiting = number === 0 ? 1000 : 0))
    await group.clock.advance(12_000)
    expect(slotsOf(group)).toEqual([9, 1])
  })

  it('go back to their owner when it has work, too', async () => {
    const group = await groupOfTwo()
    const [first, second] = group.members
    if (first === undefined || second === undefined) throw new Error('there are two')
    first.waiting = 1000
    await group.clock.advance(12_000)
    second.waiting = 1000
    await group.clock.advance(3000 + heardMs)
    expect(slotsOf(group)).toEqual([5, 5])
  })

  it('that were lent stay unused until all have heard that they are back, also by a new owner', async () => {
    const group = await groupOfTwo()
    group.members.forEach((member, number) => (member.waiting = number === 0 ? 1000 : 0))
    await group.clock.advance(12_000)
    for (const member of group.members) member.waiting = 0
    group.deal([1, 1, 0, 0])
    await group.clock.advance(100)
    expect(group.inUse()).toBeLessThanOrEqual(6)
    await group.clock.advance(heardMs + 200)
    expect(slotsOf(group)).toEqual([5, 5])
  })

  it('of others are given up by who hears nothing any more', async () => {
    const group = await groupOfTwo()
    group.members.forEach((member, number) => (member.waiting = number === 0 ? 1000 : 0))
    await group.clock.advance(12_000)
    group.latencyMs = () => null
    await group.clock.advance(validMs)
    expect(slotsOf(group)).toEqual([5, 1])
  })

  it('that are lent do not go to one more who is hungry before the first has heard of that', async () => {
    // Whenever the second gets hungry, between the looks of the others.
    for (let afterMs = 0; afterMs < 3000; afterMs += 130) {
      const group = createSlotGroup(3, 3)
      group.deal([0, 1, 2])
      const [first, second] = group.members
      if (first === undefined || second === undefined) throw new Error('there are three')
      first.waiting = 1000
      await group.clock.advance(10_000 + afterMs)
      expect(slotsOf(group)).toEqual([8, 1, 1])
      second.waiting = 1000
      group.latencyMs = (member) => (member === 0 ? null : 5)
      await group.clock.advance(20_000)
      expect(group.most()).toBe(slotCount)
      expect(second.slots).toBeGreaterThan(3)
    }
  })

  it('suffice for an owner that has none, where there are more partitions than slots', async () => {
    const group = createSlotGroup(2, 12)
    group.deal([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    for (const member of group.members) member.waiting = 1000
    await group.clock.advance(15_000)
    expect(slotsOf(group)).toEqual([9, 1])
  })
})

type Event =
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'work'; readonly member: number; readonly waiting: number }
  | { readonly type: 'deal'; readonly owners: readonly number[] }
  | { readonly type: 'latency'; readonly ms: number | null }

const partitions = 5
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 6000 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('work' as const),
      member: fc.nat(2),
      waiting: fc.constantFrom(0, 0, 3, 1000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('deal' as const),
      owners: fc.array(fc.nat(2), { minLength: partitions, maxLength: partitions }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('latency' as const),
      ms: fc.constantFrom(2, 400, 2500, 9000, null),
    }),
  },
)

describe('whatever happens', () => {
  it('no slot has two users, and with everybody busy and heard none lies idle', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40, size: 'max' }), async (events) => {
        const group = createSlotGroup(3, partitions)
        group.deal([0, 1, 2, 0, 1])
        for (const each of events) await perform(group, each)
        expect(group.most()).toBeLessThanOrEqual(slotCount)
        group.latencyMs = () => 5
        for (const member of group.members) member.waiting = 1000
        await group.clock.advance(30_000)
        expect(group.inUse()).toBe(slotCount)
        expect(group.most()).toBeLessThanOrEqual(slotCount)
      }),
      { numRuns: 200 },
    )
  })
})

async function perform(group: SlotGroup, each: Event): Promise<void> {
  switch (each.type) {
    case 'wait':
      await group.clock.advance(each.ms)
      return
    case 'work': {
      const member = group.members[each.member]
      if (member !== undefined) member.waiting = each.waiting
      return
    }
    case 'deal':
      group.deal(each.owners)
      return
    case 'latency':
      group.latencyMs = () => each.ms
  }
}
