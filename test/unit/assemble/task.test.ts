import { beforeEach, describe, expect, it } from '@jest/globals'
import { jsonCodec, personRecord, storedPerson } from './assemble-store.ts'
import { createTaskWorld, person, position, rulesOf, storedBy } from './task-world.ts'

let { world, begin, emitted } = createTaskWorld()

beforeEach(() => {
  ;({ world, begin, emitted } = createTaskWorld())
})

describe('a task that was restored', () => {
  it('emits the last batch again, and no other', async () => {
    const rules = rulesOf('name')
    const [a, b] = [storedBy(rules, 'a', 5), storedBy(rules, 'b', 6)]
    const task = begin()
    await task.restore([personRecord('a', a), personRecord('b', b)], position)
    await task.restored()
    expect(emitted()).toEqual(['b@x.com b in'])
    await begin().restored()
    expect(emitted()).toEqual([])
  })

  it('emits it again after a crash that came before it was through', async () => {
    const b = storedBy(rulesOf('name'), 'b', 6)
    world.refusal = new Error('no broker')
    const task = begin()
    await task.restore([personRecord('b', b)], position)
    await expect(task.restored()).rejects.toThrow('no broker')
    world.refusal = null
    await begin().restored()
    expect(emitted()).toEqual(['b@x.com b in'])
  })

  it('emits what a crash kept from it between the changelog and the contacts, also without a store', async () => {
    await begin().restored()
    await world.store.batch([
      { key: 'person/a', value: jsonCodec.encode(storedPerson({ person: person('a'), nextChangeMs: 900 })) },
      { key: 'due/000000000000900/a', value: new Uint8Array() },
    ])
    world.refusal = new Error('no broker')
    await expect(begin().tick()).rejects.toThrow('no broker')
    const [written] = world.store.changelog
    expect(emitted()).toEqual([])
    world.refusal = null
    const { begin: beginElsewhere, emitted: emittedElsewhere } = createTaskWorld()
    const task = beginElsewhere()
    await task.restore([{ ...personRecord('a', null), value: written?.value ?? null }], position)
    await task.restored()
    expect(emittedElsewhere()).toEqual(['a@x.com a in'])
  })

  it('compares all persons with their contacts where the rules are others, once, and says what differs', async () => {
    const [a, b] = [storedBy(rulesOf('name'), 'a', 5), storedBy(rulesOf('title'), 'b', 5)]
    const task = begin()
    await task.restore([personRecord('a', a), personRecord('b', b)], position)
    await task.restored()
    emitted()
    await begin(rulesOf('title')).restored()
    expect([...emitted()].sort()).toEqual(['a@x.com of a in', 'b@x.com of b in'])
    await begin(rulesOf('title')).restored()
    expect(emitted()).toEqual([])
  })

  it('reads no persons where the rules are the same: a start must not take the longer the more there are', async () => {
    const task = begin()
    await task.restore([personRecord('a', storedPerson({ person: person('a'), revision: 5 }))], position)
    await task.restored()
    world.rangesRead.length = 0
    await begin().restored()
    expect(world.rangesRead).not.toContain('person/')
  })

  it('says how many persons are excluded, without reading them', async () => {
    const task = begin()
    const excluded = storedPerson({ excluded: 'no_email', revision: 5 })
    await task.restore([personRecord('a', excluded), personRecord('b', excluded)], position)
    await task.restored()
    world.excluded.length = 0
    world.rangesRead.length = 0
    await begin().restored()
    expect(world.excluded).toContain('no_profile 2')
    expect(world.rangesRead).not.toContain('person/')
  })

  // During a rollout of new rules an owner with the old ones can have the partition in between.
  it('compares the persons that an owner with other rules stored meanwhile', async () => {
    await begin(rulesOf('title')).restored()
    const task = begin(rulesOf('title'))
    const [a, b] = [storedBy(rulesOf('name'), 'a', 5), storedBy(rulesOf('name'), 'b', 6)]
    await task.restore([personRecord('a', a), personRecord('b', b)], position)
    await task.restored()
    await task.tick()
    const last = new Map(emitted().map((line) => [line.split(' ')[0], line]))
    expect([...last.values()].sort()).toEqual(['a@x.com of a in', 'b@x.com of b in'])
  })
})

describe('a tick', () => {
  it('emits whose membership ran out, and asks for them no more', async () => {
    const task = begin()
    await task.restore(
      [personRecord('a', storedPerson({ person: person('a', 2000), revision: 5, nextChangeMs: 2000 }))],
      position,
    )
    await task.restored()
    expect(emitted().at(-1)).toBe('a@x.com a in')
    await task.tick()
    expect(emitted()).toEqual([])
    world.nowMs = 2000
    await task.tick()
    expect(emitted()).toEqual(['a@x.com a out'])
    expect(await world.store.keys('due/')).toEqual([])
    await begin().tick()
    expect(emitted()).toEqual([])
  })

  it('takes out who is due and not known any more', async () => {
    await world.store.batch([{ key: 'due/000000000000500/gone', value: new Uint8Array() }])
    await begin().tick()
    expect(await world.store.keys('due/')).toEqual([])
  })
})
