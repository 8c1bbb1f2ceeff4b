import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { openUnemitted } from '../../../src/assemble/unemitted.ts'
import { createAssembleStore } from './assemble-store.ts'

interface Restored {
  readonly personKey: string
  readonly revision: number
}

const at = (revision: number, ...personKeys: readonly string[]): Restored[] =>
  personKeys.map((personKey) => ({ personKey, revision }))

describe('the persons who may not be emitted', () => {
  it('are none of a new store', async () => {
    expect((await openUnemitted(createAssembleStore())).personKeys()).toEqual([])
  })

  it('are those of the highest revision alone', async () => {
    const unemitted = await openUnemitted(createAssembleStore())
    unemitted.mark([...at(5, 'a', 'b'), ...at(6, 'c')])
    expect(unemitted.personKeys()).toEqual(['c'])
    unemitted.mark([...at(6, 'd'), ...at(5, 'e')])
    expect(unemitted.personKeys()).toEqual(['c', 'd'])
  })

  it('are not those who were forgotten: a tombstone has no revision', async () => {
    const unemitted = await openUnemitted(createAssembleStore())
    unemitted.mark(at(0, 'a', 'b'))
    expect(unemitted.personKeys()).toEqual([])
  })

  it('are known to the next task, until they are emitted', async () => {
    const store = createAssembleStore()
    const before = await openUnemitted(store)
    await store.batch(before.mark(at(5, 'a/b', 'c')))
    const after = await openUnemitted(store)
    expect([...after.personKeys()].sort()).toEqual(['a/b', 'c'])
    await store.batch(after.clear())
    expect(after.personKeys()).toEqual([])
    expect(await store.keys('emit/')).toEqual([])
    expect((await openUnemitted(store)).personKeys()).toEqual([])
  })
})

/** Batches of a changelog, one revision each, the next higher; and how a restore cuts and interrupts its records. */
const changelog = fc
  .array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((batches) => batches.flatMap((keys, index) => at(10 + 3 * index, ...keys)))
const cuts = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 5 }), then: fc.constantFrom('go on', 'crash', 'open') }),
  { minLength: 1, maxLength: 30 },
)

it('are the last batch of the changelog, however it is cut and wherever its restore is interrupted', async () => {
  await fc.assert(
    fc.asyncProperty(changelog, cuts, async (records, drawn) => {
      const store = createAssembleStore()
      let unemitted = await openUnemitted(store)
      let restored = 0
      for (let turn = 0; restored < records.length; turn += 1) {
        const { size, then } = drawn[turn] ?? { size: records.length, then: 'go on' }
        const batch = records.slice(restored, restored + size)
        // The last of each person: a batch is written as one.
        const last = new Map(batch.map((record) => [record.personKey, record]))
        const writes = unemitted.mark([...last.values()])
        if (then !== 'crash') {
          await store.batch(writes)
          restored += batch.length
        }
        if (then !== 'go on') unemitted = await openUnemitted(store)
      }
      const highest = Math.max(...records.map(({ revision }) => revision))
      const expected = records
        .filter(({ revision }) => revision === highest)
        .map(({ personKey }) => personKey)
      expect([...unemitted.personKeys()].sort()).toEqual([...expected].sort())
      expect([...(await openUnemitted(store)).personKeys()].sort()).toEqual([...expected].sort())
    }),
    { numRuns: 500 },
  )
})
