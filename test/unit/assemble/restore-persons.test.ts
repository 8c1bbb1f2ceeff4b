import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { openPersonIndex } from '../../../src/assemble/person-index.ts'
import { restorePersons } from '../../../src/assemble/restore-persons.ts'
import type { StoredPerson } from '../../../src/assemble/stored-person.ts'
import { openUnemitted } from '../../../src/assemble/unemitted.ts'
import type { SourceRecord } from '../../../src/domain/record.ts'
import {
  type AssembleStore,
  createAssembleStore,
  jsonCodec,
  personRecord,
  storedPerson,
} from './assemble-store.ts'

const position = [{ key: 'runtime/position/persons', value: Uint8Array.of(7) }]

/** Restores these batches, one after the other, into a store. */
async function restore(
  batches: readonly (readonly SourceRecord[])[],
  store: AssembleStore = createAssembleStore(),
): Promise<AssembleStore> {
  const index = await openPersonIndex(store)
  const unemitted = await openUnemitted(store)
  const ports = { store, personCodec: jsonCodec }
  for (const records of batches) await restorePersons(ports, index, unemitted, records, position)
  return store
}

async function personOf(store: AssembleStore, personKey: string): Promise<StoredPerson | null> {
  const value = await store.get(`person/${personKey}`)
  return value === undefined ? null : jsonCodec.decode(value)
}

/** All that a task goes by. */
async function contentOf(store: AssembleStore) {
  const keys = await store.keys('person/')
  return {
    persons: new Map(await Promise.all(keys.map(async (key) => [key, await personOf(store, key)] as const))),
    due: await store.keys('due/'),
    marks: await store.keys('emit/'),
    summary: (await openPersonIndex(store)).summary(),
  }
}

describe('restoring persons', () => {
  it('puts a batch, its place in the indexes and its position into the store as one', async () => {
    const person = storedPerson({ nextChangeMs: 9, excluded: 'no_email', revision: 5 })
    const store = await restore([[personRecord('p', person)]])
    expect(store.batches).toHaveLength(1)
    expect(store.batches[0]?.slice(-1)).toEqual(position)
    expect(await contentOf(store)).toEqual({
      persons: new Map([['p', person]]),
      due: ['000000000000009/p'],
      marks: ['p'],
      summary: { revision: 5, excluded: { no_email: 1 }, rules: null },
    })
  })

  it('takes the last record of each person', async () => {
    const [first, second] = [storedPerson({ revision: 5, nextChangeMs: 3 }), storedPerson({ revision: 6 })]
    const store = await restore([
      [personRecord('p', first), personRecord('q', first), personRecord('p', second)],
    ])
    expect(await personOf(store, 'p')).toEqual(second)
    expect(await store.keys('due/')).toEqual(['000000000000003/q'])
    expect(await store.keys('emit/')).toEqual(['p'])
  })

  it('forgets a person whose last record has no value, and all that pointed there', async () => {
    const person = storedPerson({ nextChangeMs: 9, excluded: 'no_email', revision: 5 })
    const store = await restore([[personRecord('p', person)], [personRecord('p', null)]])
    expect(await personOf(store, 'p')).toBeNull()
    expect(await store.keys('due/')).toEqual([])
    expect((await openPersonIndex(store)).summary().excluded).toEqual({ no_email: 0 })
  })

  it('passes over records without a key', async () => {
    const store = await restore([[{ ...personRecord('p', storedPerson({ revision: 5 })), key: null }]])
    expect(await store.keys('person/')).toEqual([])
    expect(store.batches[0]?.slice(-1)).toEqual(position)
  })

  it('passes over what a former owner wrote after the present one had the partition', async () => {
    const [late, present] = [storedPerson({ revision: 5, nextChangeMs: 3 }), storedPerson({ revision: 6 })]
    const store = await restore([[personRecord('p', present)], [personRecord('p', late)]])
    expect(await personOf(store, 'p')).toEqual(present)
    expect(await store.keys('due/')).toEqual([])
    expect(await store.keys('emit/')).toEqual(['p'])
  })

  it('passes over what a former owner wrote late, also in the batch of what it is late for', async () => {
    const [late, present] = [storedPerson({ revision: 5, nextChangeMs: 3 }), storedPerson({ revision: 6 })]
    const store = await restore([[personRecord('p', present), personRecord('p', late)]])
    expect(await personOf(store, 'p')).toEqual(present)
  })

  it('finds a person by the very key of the inputs, a byte order mark included', async () => {
    const store = await restore([[personRecord('\ufeffp', storedPerson({ revision: 5 }))]])
    expect(await store.keys('person/')).toEqual(['\ufeffp'])
  })
})

const record = fc.record({
  personKey: fc.constantFrom('a', 'b', 'c'),
  more: fc.option(
    fc.record({
      nextChangeMs: fc.option(fc.nat(20)),
      excluded: fc.option(fc.constantFrom('no_email' as const, 'no_profile' as const)),
    }),
    { freq: 5 },
  ),
  /** Whether it is written together with the one before. */
  isSameBatch: fc.boolean(),
})

it('a store restored in parts and with interruptions has what one has that was restored at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 20 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.boolean()), { minLength: 20, maxLength: 20 }),
      async (drawn, cuts) => {
        let revision = 10
        const records = drawn.map(({ personKey, more, isSameBatch }, offset) => {
          if (!isSameBatch) revision += 1
          return personRecord(personKey, more === null ? null : storedPerson({ ...more, revision }), offset)
        })
        const parts = createAssembleStore()
        let from = 0
        let batches: (readonly SourceRecord[])[] = []
        for (const [size, isInterrupted] of cuts) {
          batches.push(records.slice(from, from + size))
          from += size
          if (!isInterrupted) continue
          await restore(batches, parts)
          batches = []
        }
        await restore([...batches, records.slice(from)], parts)
        const { marks, summary, ...whole } = await contentOf(await restore([records]))
        const content = await contentOf(parts)
        expect(content).toMatchObject(whole)
        const none = { no_email: 0, no_profile: 0 }
        expect({ ...none, ...content.summary.excluded }).toEqual({ ...none, ...summary.excluded })
        // Who was forgotten is not emitted, marked or not; and whom it was written with may be once more.
        const living = content.marks.filter((key) => content.persons.has(key))
        expect(marks).toEqual(expect.arrayContaining(living))
        const last = [...content.persons].filter(([, person]) => person?.revision === revision)
        expect(living).toEqual(expect.arrayContaining(last.map(([key]) => key)))
      },
    ),
    { numRuns: 300 },
  )
})
