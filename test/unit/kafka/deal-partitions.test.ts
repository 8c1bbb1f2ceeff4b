import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { dealPartitions, type StoreHolder } from '../../../src/kafka/deal-partitions.ts'

type Stores = readonly (readonly [partition: number, usedAt: number])[]

/** The ids do not sort as the members are listed: the coordinator draws them at random. */
function membersOf(stores: readonly Stores[]): StoreHolder[] {
  return stores.map((held, index) => ({ memberId: `${(index * 7) % 10}-${index}`, held: new Map(held) }))
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

/** The index of the member that each partition goes to. */
function deal(members: readonly StoreHolder[], partitions: number): number[] {
  const shares = dealPartitions(members, upTo(partitions))
  return upTo(partitions).map((partition) =>
    members.findIndex(({ memberId }) => shares.get(memberId)?.includes(partition) === true),
  )
}

/** The most that any way to give partitions to members, in shares that differ by one at most, is worth. Tries them all. */
function mostOf(members: number, worths: readonly (readonly number[])[]): number {
  const smaller = Math.floor(worths.length / members)
  const known = new Map<string, number>()
  const mostAfter = (partition: number, sizes: readonly number[]): number => {
    const worth = worths[partition]
    if (worth === undefined) return sizes.every((size) => size >= smaller) ? 0 : -Infinity
    const most = known.get(sizes.join()) ?? Math.max(...sizes.map((size, member) => {
      if (size > smaller) return -Infinity
      return (worth[member] ?? 0) + mostAfter(partition + 1, sizes.with(member, size + 1))
    })) // prettier-ignore
    known.set(sizes.join(), most)
    return most
  }
  return mostAfter(0, Array<number>(members).fill(0))
}

/** Few, so that they often coincide; some so close that a member may have said them in one breath. */
const times = fc.nat(5).map((step) => 600 * step)

/** Checks groups of any members with any stores. */
function forGroups(
  size: { readonly members: number; readonly partitions: number; readonly runs: number },
  check: (members: readonly StoreHolder[], partitions: number) => void,
): void {
  const store = fc.tuple(fc.nat(size.partitions - 1), times)
  const stores = fc.array(store, { maxLength: size.partitions })
  const members = fc.array(stores, { minLength: 1, maxLength: size.members })
  fc.assert(
    fc.property(members, fc.nat(size.partitions), (held, partitions) => check(membersOf(held), partitions)),
    { numRuns: size.runs },
  )
}

describe('dealing partitions', () => {
  it('gives every partition to exactly one member, in shares that differ by one at most', () => {
    forGroups({ members: 30, partitions: 80, runs: 300 }, (members, partitions) => {
      const shares = dealPartitions(members, upTo(partitions))
      expect([...shares.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort())
      expect([...shares.values()].flat().sort((a, b) => a - b)).toEqual(upTo(partitions))
      const sizes = [...shares.values()].map(({ length }) => length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    })
  })

  it('does not depend on the order of members, stores and partitions: every leader deals the same', () => {
    forGroups({ members: 8, partitions: 20, runs: 300 }, (members, partitions) => {
      const numbers = upTo(partitions)
      const turned = members.map(({ memberId, held }) => ({ memberId, held: new Map([...held].reverse()) }))
      const mixed = [...turned.slice(1), ...turned.slice(0, 1)].reverse()
      expect([...dealPartitions(mixed, numbers.reverse())]).toEqual([
        ...dealPartitions(members, upTo(partitions)),
      ])
    })
  })

  it('deals round what nobody holds', () => {
    const members = ['b', 'c', 'a'].map((memberId): StoreHolder => ({ memberId, held: new Map() }))
    expect(Object.fromEntries(dealPartitions(members, upTo(5)))).toEqual({ a: [0, 3], b: [1, 4], c: [2] })
  })

  it('to nobody deals nothing', () => {
    expect([...dealPartitions([], [0, 1])]).toEqual([])
  })

  it('takes no notice of stores for partitions that are not dealt', () => {
    const used = [[0, 5], [1, 5]] as const // prettier-ignore
    expect(deal(membersOf([[], used]), 2)).toEqual(deal(membersOf([[[7, 9]], [...used, [8, 9]]]), 2))
  })
})

describe('partitions that one member at most holds a store for', () => {
  const holders = fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 6 })
  const anyTimes = fc.array(times, { minLength: 6, maxLength: 6 })

  it('stay with it, as many of them as balance allows', () => {
    fc.assert(
      fc.property(holders, anyTimes, fc.integer({ min: 1, max: 4 }), (holderOf, usedAtMs, count) => {
        const stores = upTo(count).map((member) =>
          usedAtMs.flatMap((time, partition): Stores => {
            return holderOf[partition] === member ? [[partition, time]] : []
          }),
        )
        const owners = deal(membersOf(stores), holderOf.length)
        const staying = holderOf.map((holder) => upTo(count).map((member) => Number(member === holder)))
        const stay = owners.filter((owner, partition) => owner === holderOf[partition])
        expect(stay).toHaveLength(mostOf(count, staying))
      }),
      { numRuns: 500 },
    )
  })
})

describe('partitions that several members hold a store for', () => {
  it('go where they run, then where there is a store, then to the store used last, as far as balance allows', () => {
    forGroups({ members: 5, partitions: 16, runs: 1000 }, (members, partitions) => {
      const numbers = upTo(partitions)
      const all = new Set(numbers.flatMap((at) => members.flatMap(({ held }) => held.get(at) ?? [])))
      const worths = numbers.map((partition) =>
        members.map(({ held }) => {
          const used = held.get(partition)
          if (used === undefined) return 0
          const runs =
            members.every((other) => (other.held.get(partition) ?? 0) <= used) &&
            numbers.every((at) => (held.get(at) ?? 0) < used + 1000)
          return (runs ? 1e6 : 0) + 1e3 - [...all].filter((time) => time > used).length
        }),
      )
      const owners = deal(members, partitions)
      const worth = worths.reduce((sum, ofMembers, at) => sum + (ofMembers[owners[at] ?? -1] ?? NaN), 0)
      expect(worth).toBe(mostOf(members.length, worths))
    })
  })

  it('all go to the member that used them last if that is balanced', () => {
    const partition = fc.record({
      ages: fc.array(fc.nat(50), { minLength: 8, maxLength: 8 }),
      used: fc.nat(50),
    })
    const partitions = fc.array(partition, { maxLength: 24 })
    fc.assert(
      fc.property(partitions, fc.integer({ min: 1, max: 8 }), (list, count) => {
        const stores = upTo(count).map((member) =>
          list.map(({ ages, used }, at): Stores[number] => {
            return [at, 100 + used - (at % count === member ? 0 : 1 + (ages[member] ?? 0))]
          }),
        )
        expect(deal(membersOf(stores), list.length)).toEqual(list.map((_, at) => at % count))
      }),
    )
  })

  it('go to those that can use them when several members come back at once', () => {
    const running = upTo(4).map((partition) => [partition, 100] as const)
    const first: Stores = [[1, 60], [2, 50]] // prettier-ignore
    const second: Stores = [[1, 40]]
    expect(deal(membersOf([running, first, second]), 4)).toEqual([0, 2, 1, 0])
  })

  it('do not make a task that runs move, not even for a partition that would find a store', () => {
    const first: Stores = [[0, 9001], [1, 100], [2, 100]] // prettier-ignore
    const second: Stores = [[3, 9000], [0, 100]] // prettier-ignore
    const owners = deal(membersOf([first, second]), 4)
    expect([owners[0], owners[3]]).toEqual([0, 1])
  })
})

/** A group on a clock of its own. Its members keep their stores when they leave, and come back under another id. */
function createGroup(size: number, partitions: number) {
  const stores = upTo(size).map(() => new Map<number, number>())
  let owners: readonly number[] = []
  let nowMs = 0
  let joins = 0
  return {
    /** Deals to those that are present. Says what left whom for whom, and how many each ran before. */
    rebalance(present: readonly number[]) {
      nowMs += 10_000
      const before = owners
      const use = (): void => {
        // No two clocks agree, and one looks at its own for every store.
        const usedAtMs = (owner: number, partition: number): number =>
          nowMs + ((owner * 1370) % 4000) + partition
        owners.forEach((owner, partition) => stores[owner]?.set(partition, usedAtMs(owner, partition)))
      }
      use()
      const members = present.map((member): StoreHolder => {
        joins += 1
        return { memberId: `${(joins * 7919) % 101}-${joins}`, held: new Map(stores[member]) }
      })
      owners = deal(members, partitions).map((index) => present[index] ?? NaN)
      const moves = owners.flatMap((to, partition) => {
        const from = before[partition]
        return from === to ? [] : [{ from, to, hasStore: stores[to]?.has(partition) ?? false }]
      })
      use()
      const loads = present.map((member) => before.filter((owner) => owner === member).length)
      return { moves, loads }
    },
  }
}

/** How many tasks cannot stay with members that ran so many, of them all that are there now. */
function unavoidable(loads: readonly number[], partitions: number): number {
  const smaller = Math.floor(partitions / loads.length)
  const full = loads.map((load) => Math.min(load, smaller)).reduce((a, b) => a + b, 0)
  const larger = loads.filter((load) => load > smaller).length
  return partitions - full - Math.min(larger, partitions % loads.length)
}

const sizes = upTo(6).flatMap((less) => upTo(24).map((fewer) => ({ size: less + 2, partitions: fewer + 1 })))

describe('a rolling restart', () => {
  it.each([
    { restarts: 'one by one', atOnce: 1 },
    { restarts: 'two at a time', atOnce: 2 },
  ])('of all members $restarts, twice, moves no more than it must', ({ atOnce }) => {
    for (const { size, partitions } of sizes.filter((group) => group.size > atOnce)) {
      const group = createGroup(size, partitions)
      const all = upTo(size)
      group.rebalance(all)
      for (const member of [...all, ...all]) {
        const leaving = upTo(atOnce).map((next) => (member + next) % size)
        const staying = all.filter((other) => !leaving.includes(other))
        const gone = group.rebalance(staying)
        const back = group.rebalance(all)
        for (const { moves, loads } of [gone, back]) {
          expect(
            moves.filter(({ from, to }) => [from, to].every((end) => staying.includes(end ?? -1))),
          ).toEqual([])
          expect(moves).toHaveLength(unavoidable(loads, partitions))
        }
        expect(gone.moves.filter(({ from }) => !leaving.includes(from ?? -1))).toEqual([])
        expect(back.moves.filter(({ hasStore }) => !hasStore)).toEqual([])
      }
    }
  })
})
