import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createHeap } from '../../../src/deliver/heap.ts'

interface Item {
  readonly rank: number
  place: number
}

/** A heap of items by rank that counts how often it compares two. */
function createCounted() {
  let comparisons = 0
  const heap = createHeap<'place', Item>('place', (a, b) => {
    comparisons += 1
    return a.rank < b.rank
  })
  return { heap, comparisons: () => comparisons }
}

/** What to do: add an item of this rank, or take out the one that was added so many before the last. */
const steps = fc.array(
  fc.oneof(
    fc.record({ add: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ remove: fc.nat(30) }),
    fc.constant({ removeFirst: true }),
  ),
  { maxLength: 80, size: 'max' },
)

describe('a heap', () => {
  it('has first what comes first, whatever was added and taken out from wherever', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        const { heap } = createCounted()
        const items: Item[] = []
        for (const step of drawn) {
          if ('add' in step) {
            const item = { rank: step.add, place: -1 }
            heap.add(item)
            items.push(item)
          } else {
            const item = 'remove' in step ? items.at(-1 - step.remove) : heap.first()
            if (item !== undefined) {
              heap.remove(item)
              items.splice(items.indexOf(item), 1)
            }
          }
          // An expectation for each step would take longer than all steps together.
          const first = Math.min(...items.map(({ rank }) => rank))
          if (heap.size() !== items.length || (heap.first()?.rank ?? Infinity) !== first)
            throw new Error(`first of ${items.length} is ${first}, not ${heap.first()?.rank ?? 'none'}`)
        }
        const rest: number[] = []
        for (let next = heap.first(); next !== undefined; next = heap.first()) {
          rest.push(next.rank)
          heap.remove(next)
        }
        expect(rest).toEqual(items.map(({ rank }) => rank).sort((a, b) => a - b))
      }),
      { numRuns: 500 },
    )
  })

  it('compares no more than three dozen times for each of 100,000 items that come and go', () => {
    const { heap, comparisons } = createCounted()
    const items = Array.from({ length: 100_000 }, (_, at) => ({ rank: (at * 7919) % 100_003, place: -1 }))
    for (const item of items) heap.add(item)
    const added = comparisons()
    expect(added).toBeLessThan(17 * items.length)
    for (let at = 0; at < items.length; at += 2) heap.remove(items[at] as Item)
    for (let next = heap.first(); next !== undefined; next = heap.first()) heap.remove(next)
    expect(comparisons() - added).toBeLessThan(36 * items.length)
  })
})
