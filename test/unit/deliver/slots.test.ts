import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { encodeClaim, type Hunger, parseClaim, type PartitionClaim } from '../../../src/deliver/slot-claim.ts'
import { slotCount, slotsOf, usableSlots } from '../../../src/deliver/slots.ts'
import { type Situation, whatToClaim } from '../../../src/deliver/what-to-claim.ts'

const partitionCounts = fc.integer({ min: 1, max: 40 })
const hungers = fc.constantFrom<Hunger>(0, 1, 2)

describe('the slots of the partitions', () => {
  it('are ten in all, each of one partition, and spread so that none has two more than another', () => {
    fc.assert(
      fc.property(partitionCounts, (partitions) => {
        const shares = Array.from({ length: partitions }, (_, partition) => slotsOf(partition, partitions))
        expect(shares.flat().sort((a, b) => a - b)).toEqual(
          Array.from({ length: slotCount }, (_, slot) => slot),
        )
        const counts = shares.map((slots) => slots.length)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('a claim', () => {
  it('is read as it was written', () => {
    const claims = fc.record({
      owner: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
      hunger: hungers,
      lent: fc.uniqueArray(fc.integer({ min: 0, max: 9 })),
    })
    fc.assert(fc.property(claims, (claim) => expect(parseClaim(encodeClaim(claim))).toEqual(claim)))
  })

  it.each(['', 'a', 'a 3', 'a 1 x', 'a 1 10', 'a b 1', `${'a'.repeat(65)} 1`, 'a 1 1,'])(
    'that nobody of ours wrote is none: %p',
    (text) => expect(parseClaim(text)).toBeNull(),
  )
})

describe('whoever looks at the same claims', () => {
  const worlds = partitionCounts.chain((partitions) =>
    fc.record({
      partitions: fc.constant(partitions),
      owners: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: partitions, maxLength: partitions }),
      hunger: fc.array(hungers, { minLength: 5, maxLength: 5 }),
      lent: fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 9 })), { minLength: 5, maxLength: 5 }),
    }),
  )

  it('uses no slot that another uses, and all are used where one is hungry and lends nothing', () => {
    fc.assert(
      fc.property(worlds, ({ partitions, owners, hunger, lent }) => {
        const claims = new Map(
          owners.map((owner, partition): [number, PartitionClaim] => [
            partition,
            { owner: `p${owner}`, hunger: hunger[owner] ?? 0, lent: lent[owner] ?? [] },
          ]),
        )
        const used = [...new Set(owners)].flatMap((owner) => {
          const owned = new Set(
            [...claims].filter(([, claim]) => claim.owner === `p${owner}`).map(([at]) => at),
          )
          const me = { name: `p${owner}`, hunger: hunger[owner] ?? 0, owned, away: new Set(lent[owner]) }
          return [...usableSlots(me, claims, partitions)]
        })
        expect(new Set(used).size).toBe(used.length)
        const takers = [...new Set(owners)].filter((owner) => (hunger[owner] ?? 0) > 0)
        const isAllUsed = takers.length === 1 && lent[takers[0] ?? 0]?.length === 0
        expect(used.length).toBeGreaterThanOrEqual(isAllUsed ? slotCount : 0)
      }),
      { numRuns: 500 },
    )
  })
})

describe('what a process claims', () => {
  const situation: Situation = {
    owner: 'me',
    owned: new Set([0]),
    own: [0, 1, 2, 3, 4],
    lent: new Set(),
    hunger: 0,
    claims: new Map([[1, { owner: 'other', hunger: 1, lent: [] }]]),
    isHeard: true,
    waiting: 0,
    sentPerSecond: 0,
    slotPerSecond: 0.95,
    slotsOf: (partition) => slotsOf(partition, 2),
  }
  const claimOf = (changes: Partial<Situation>) => {
    const { hunger, lent } = whatToClaim({ ...situation, ...changes })
    return [hunger, [...lent]]
  }

  it.each<[string, Partial<Situation>, readonly [Hunger, readonly number[]]]>([
    ['lends all but one where another is hungry and it has nothing to do', {}, [0, [4, 3, 2, 1]]],
    ['lends nothing where nobody asked', { claims: new Map() }, [0, []]],
    ['keeps what it sends', { sentPerSecond: 2.5 }, [0, [4, 3]]],
    ['keeps what waits, to work it off', { waiting: 6 }, [0, [4, 3]]],
    ['lends nothing and wants more with a backlog of more than three seconds', { waiting: 15 }, [1, []]],
    ['is content with a backlog of less', { waiting: 14 }, [0, []]],
    ['wants more until that is down to one second', { waiting: 5, hunger: 1 }, [1, []]],
    ['wants no more then', { waiting: 4, hunger: 1 }, [0, [4, 3, 2]]],
    ['goes on lending the same', { lent: new Set([0, 2]), sentPerSecond: 2 }, [0, [0, 2]]],
    ['lends nothing that nobody would see', { isHeard: false }, [0, []]],
    ['without a slot wants one as soon as something waits', { own: [], waiting: 1 }, [2, []]],
    ['without a slot wants none for nothing', { own: [] }, [0, []]],
  ])('%s', (_, changes, claim) => {
    expect(claimOf(changes)).toEqual(claim)
  })

  it('gives one slot to an owner that has none, whatever waits, if it has the most', () => {
    const starving: PartitionClaim = { owner: 'starving', hunger: 2, lent: [] }
    const poorer: PartitionClaim = { owner: 'poorer', hunger: 1, lent: [] }
    const slotsByPartition = (partition: number) => [[], [5, 6]][partition - 1] ?? []
    const claims = new Map([
      [1, starving],
      [2, poorer],
    ])
    expect(claimOf({ claims, waiting: 1000, slotsOf: slotsByPartition })).toEqual([1, [4]])
    expect(claimOf({ claims, waiting: 1000, own: [0], slotsOf: slotsByPartition })).toEqual([1, []])
  })
})
