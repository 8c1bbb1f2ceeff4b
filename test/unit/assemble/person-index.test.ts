import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type DuePerson, openPersonIndex, type PersonChange } from '../../../src/assemble/person-index.ts'
import { noStoredPerson, type StoredPerson } from '../../../src/assemble/stored-person.ts'
import type { ExclusionReason } from '../../../src/domain/contact.ts'
import { type AssembleStore, createAssembleStore, jsonCodec, storedPerson } from './assemble-store.ts'

/** The change of a person from one state to another; `after` of `null` forgets. */
function change(personKey: string, before: StoredPerson, after: StoredPerson | null): PersonChange {
  const value = after === null ? null : jsonCodec.encode(after)
  return { personKey, before, after: after ?? noStoredPerson, value }
}

const due = (nextChangeMs: number | null): StoredPerson => storedPerson({ nextChangeMs })

async function storedAll(persons: Readonly<Record<string, number>>): Promise<AssembleStore> {
  const store = createAssembleStore()
  const index = await openPersonIndex(store)
  const changes = Object.entries(persons).map(([key, atMs]) => change(key, noStoredPerson, due(atMs)))
  await store.batch(index.store(changes))
  return store
}

describe('the persons who are due', () => {
  it('come in the order of their times, whatever their keys and the number of digits', async () => {
    const store = await storedAll({ z: 9, b: 1_764_000_000_000, a: 100, 'x/y/': 99 })
    const index = await openPersonIndex(store)
    expect(await index.due(1_764_000_000_000, 10)).toEqual([
      { personKey: 'z', atMs: 9 },
      { personKey: 'x/y/', atMs: 99 },
      { personKey: 'a', atMs: 100 },
      { personKey: 'b', atMs: 1_764_000_000_000 },
    ])
  })

  it('are those whose time has come, this very millisecond included', async () => {
    const index = await openPersonIndex(await storedAll({ a: 10, b: 11 }))
    expect(await index.due(9, 10)).toEqual([])
    expect(await index.due(10, 10)).toEqual([{ personKey: 'a', atMs: 10 }])
  })

  it('are no more than asked for, those of longest ago', async () => {
    const index = await openPersonIndex(await storedAll({ a: 3, b: 1, c: 2 }))
    expect((await index.due(10, 2)).map(({ personKey }) => personKey)).toEqual(['b', 'c'])
  })

  it('are due no more once they are settled', async () => {
    const store = await storedAll({ a: 3, b: 4 })
    const index = await openPersonIndex(store)
    for (const person of await index.due(3, 10)) await store.batch([index.settle(person)])
    expect(await index.due(10, 10)).toEqual([{ personKey: 'b', atMs: 4 }])
  })
})

describe('the summary', () => {
  it('of a new store says that nothing is known', async () => {
    expect((await openPersonIndex(createAssembleStore())).summary()).toEqual({
      revision: 0,
      excluded: {},
      rules: null,
    })
  })

  it('keeps the rules of the last comparison, whatever is stored after it', async () => {
    const store = createAssembleStore()
    const index = await openPersonIndex(store)
    await store.batch([index.comparedBy('rules-1')])
    await store.batch(index.store([change('a', noStoredPerson, due(1))]))
    expect((await openPersonIndex(store)).summary().rules).toBe('rules-1')
  })

  it('gives revisions that are higher than all before, and at least the time', async () => {
    const store = createAssembleStore()
    const index = await openPersonIndex(store)
    expect(index.nextRevision(50)).toBe(50)
    await store.batch(index.store([change('a', noStoredPerson, storedPerson({ revision: 70 }))]))
    expect(index.nextRevision(50)).toBe(71)
    expect((await openPersonIndex(store)).nextRevision(50)).toBe(71)
    await store.batch(index.store([change('b', noStoredPerson, storedPerson({ revision: 7 }))]))
    expect(index.nextRevision(50)).toBe(71)
  })
})

interface Step {
  readonly changes: readonly { readonly personKey: string; readonly after: StoredPerson | null }[]
  /** After it: `open` the index anew, or `settle` who is due by then. */
  readonly then: 'open' | 'nothing' | { readonly settleAtMs: number }
}

const stored = fc.record({
  nextChangeMs: fc.option(fc.nat(30)),
  excluded: fc.option(fc.constantFrom<ExclusionReason>('no_profile', 'no_email', 'no_last_name')),
  revision: fc.integer({ min: 1, max: 50 }),
})
const step: fc.Arbitrary<Step> = fc.record({
  changes: fc.uniqueArray(
    fc.record({
      personKey: fc.constantFrom('a', 'b', 'a/b', '/', '\u0000ff', '\u{1f600}'),
      after: fc.option(stored.map(storedPerson), { freq: 4 }),
    }),
    { selector: ({ personKey }) => personKey, maxLength: 4 },
  ),
  then: fc.oneof(fc.constantFrom('open' as const, 'nothing' as const), fc.record({ settleAtMs: fc.nat(30) })),
})

/** What the index has to say of these persons. */
function expectedOf(persons: ReadonlyMap<string, StoredPerson>) {
  const entries = [...persons].flatMap(([key, { nextChangeMs }]) =>
    nextChangeMs === null ? [] : [`${String(nextChangeMs).padStart(15, '0')}/${key}`],
  )
  const excluded: Record<string, number> = {}
  for (const person of persons.values())
    if (person.excluded !== null) excluded[person.excluded] = (excluded[person.excluded] ?? 0) + 1
  return { due: new Set(entries), excluded, persons: [...persons.keys()].sort() }
}

async function saidBy(store: AssembleStore, excluded: Readonly<Record<string, number>>) {
  return {
    due: new Set(await store.keys('due/')),
    excluded: Object.fromEntries(Object.entries(excluded).filter(([, count]) => count !== 0)),
    persons: [...(await store.keys('person/'))].sort(),
  }
}

it('after any changes the index says of the stored persons what is true, and so it does when it is opened anew', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const store = createAssembleStore()
      const persons = new Map<string, StoredPerson>()
      let index = await openPersonIndex(store)
      let revision = 0

      async function apply(changes: Step['changes'], settled: readonly DuePerson[] = []): Promise<void> {
        const known = changes.map(({ personKey, after }) =>
          change(personKey, persons.get(personKey) ?? noStoredPerson, after),
        )
        await store.batch([...index.store(known), ...settled.map((person) => index.settle(person))])
        for (const { personKey, after } of changes) {
          revision = Math.max(revision, after?.revision ?? 0)
          if (after === null) persons.delete(personKey)
          else persons.set(personKey, after)
        }
      }

      for (const { changes, then } of steps) {
        await apply(changes)
        if (then === 'open') index = await openPersonIndex(store)
        else if (then !== 'nothing') {
          // As a tick does: those who are due change next at a later time, or never.
          const late = await index.due(then.settleAtMs, 10)
          const again = late.map(({ personKey, atMs }) => {
            const next = storedPerson({ nextChangeMs: atMs % 2 === 0 ? null : then.settleAtMs + 1 + atMs })
            return { personKey, after: { ...next, excluded: persons.get(personKey)?.excluded ?? null } }
          })
          await apply(again, late)
        }
        const { excluded } = index.summary()
        expect(await saidBy(store, excluded)).toEqual(expectedOf(persons))
        expect((await openPersonIndex(store)).summary()).toEqual(index.summary())
        expect(index.summary().revision).toBe(revision)
      }
    }),
    { numRuns: 200 },
  )
})
