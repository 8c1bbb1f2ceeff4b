import { beforeEach, describe, expect, it } from '@jest/globals'
import { emit } from '../../../src/assemble/emission.ts'
import type { StoredPerson } from '../../../src/assemble/stored-person.ts'
import type { Person } from '../../../src/domain/person.ts'
import { personRecord } from './assemble-store.ts'
import { createTaskWorld, person, position, rulesOf, storedBy } from './task-world.ts'

let { world, begin, emitted, causes } = createTaskWorld()

beforeEach(() => {
  ;({ world, begin, emitted, causes } = createTaskWorld())
})

describe('what a task emits', () => {
  /** A task that has `stored` and is through with its start; what it emitted until then is forgotten. */
  async function started(name: string, stored: StoredPerson, rules = rulesOf('name')) {
    const task = begin(rules)
    await task.restore([personRecord(name, stored)], position)
    await task.restored()
    emitted()
    return task
  }

  it('is a backfill where other rules made it', async () => {
    await started('a', storedBy(rulesOf('name'), 'a', 5))
    await begin(rulesOf('title')).restored()
    expect(causes()).toEqual(['a@x.com backfill'])
  })

  it('is a backfill where an owner with other rules had stored the person', async () => {
    await begin(rulesOf('title')).restored()
    const task = await started('a', storedBy(rulesOf('name'), 'a', 5), rulesOf('title'))
    await started('b', storedBy(rulesOf('title'), 'b', 6), rulesOf('title'))
    await task.tick()
    expect(causes()).toEqual(['a@x.com backfill'])
  })

  it('is a change where a time has come, be it while nobody ran or by other rules too', async () => {
    const due = { ...storedBy(rulesOf('name'), 'a', 5), person: person('a', 2000), nextChangeMs: 2000 }
    const task = await started('a', due)
    world.nowMs = 2000
    await task.tick()
    expect(causes()).toEqual(['a@x.com change'])
    ;({ world, begin, emitted, causes } = createTaskWorld())
    await started('a', due)
    world.nowMs = 2000
    await begin(rulesOf('title')).restored()
    expect(causes()).toEqual(['a@x.com change'])
  })

  it('once more after a crash is a change, or still an erasure: which of the two is stored, why is not', async () => {
    const a = storedBy(rulesOf('name'), 'a', 6)
    const erased: StoredPerson = {
      ...storedBy(rulesOf('name'), 'b', 6),
      person: { ...person('b'), profile: null, erasedAtMs: 900 },
      emitted: null,
      left: ['b@x.com'],
    }
    const task = begin()
    await task.restore([personRecord('a', a), personRecord('b', erased)], position)
    await task.restored()
    expect(causes()).toEqual(['a@x.com change', 'b@x.com erasure'])
  })
})

describe('the cause of a contact', () => {
  const rules = rulesOf('name').contact
  const identity = (text: string): string => text

  it('is no part of what is compared: the same contact is not emitted for another cause', () => {
    const before = storedBy(rulesOf('name'), 'a', 5)
    const again = { personKey: 'a', person: person('a'), before, changes: 1, replayed: false }
    expect(emit(again, rules, identity, 1000, 6).contacts).toEqual([])
  })

  it('is an erasure where the person was erased, whatever else comes with it', () => {
    const before = storedBy(rulesOf('name'), 'a', 5)
    const erased: Person = { ...person('a'), profile: null, erasedAtMs: 900 }
    const { contacts } = emit(
      { personKey: 'a', person: erased, before, changes: 2, replayed: false },
      rules,
      identity,
      1000,
      6,
    )
    expect(contacts.map(({ state, cause }) => [state, cause])).toEqual([['released', 'erasure']])
  })
})
