import { beforeEach, describe, expect, it } from '@jest/globals'
import { emit } from '../../../src/assemble/emission.ts'
import type { AssemblePorts } from '../../../src/assemble/ports.ts'
import type { AssembleRules } from '../../../src/assemble/publish.ts'
import type { StoredPerson } from '../../../src/assemble/stored-person.ts'
import { createAssembleTask } from '../../../src/assemble/task.ts'
import type { DesiredContact } from '../../../src/domain/contact.ts'
import { createMapper } from '../../../src/domain/mapping.ts'
import type { Person } from '../../../src/domain/person.ts'
import type { OutputRecord } from '../../../src/domain/record.ts'
import { createAssembleStore, jsonCodec, personRecord, storedPerson } from './assemble-store.ts'

const version = { timeMs: 1, rank: 1, offset: 0 }
const position = [{ key: 'runtime/position/persons', value: Uint8Array.of(7) }]

/** A person with an e-mail and a last name, whose membership of `vip` runs out, if it does. */
function person(name: string, validUntilMs: number | null = null): Person {
  const attributes = { name, title: `of ${name}`, identityMap: { Email: [{ id: `${name}@x.com` }] } }
  const membership = {
    namespace: 'ups',
    segmentId: 'vip',
    status: 'realized',
    validUntilMs,
    version,
  } as const
  return { profile: { version, attributes }, memberships: [membership], erasedAtMs: null }
}

/** Rules by the name of what they take for the last name. */
function rulesOf(source: string): AssembleRules {
  return {
    partition: 0,
    contactsTopic: 'contacts',
    personsTopic: 'persons',
    inputOf(topic) {
      throw new Error(`${topic} is no input`)
    },
    contact: {
      identityNamespace: 'Email',
      map: createMapper([{ target: 'last_name', source, transforms: [] }]),
      audiences: [{ namespace: 'ups', segmentId: 'vip', mappingId: 'VIP', startMs: null, endMs: null }],
      statusWords: { realized: 'in', exited: 'out' },
    },
    digest: source,
  }
}

/** How a person is stored by an owner with these rules. */
function storedBy(rules: AssembleRules, name: string, revision: number): StoredPerson {
  const changed = { personKey: name, person: person(name), before: storedPerson(), changes: 1 }
  return emit(changed, rules.contact, (text) => text, 1000, revision).stored
}

function createWorld() {
  const store = createAssembleStore()
  const produced: OutputRecord[] = []
  const rangesRead: string[] = []
  const world = {
    store,
    produced,
    rangesRead,
    nowMs: 1000,
    excluded: [] as string[],
    refusal: null as Error | null,
  }
  const ports: AssemblePorts = {
    store: {
      ...store,
      range(bounds) {
        rangesRead.push(bounds.gte)
        return store.range(bounds)
      },
    },
    personCodec: jsonCodec,
    contactCodec: { encode: (contact) => new TextEncoder().encode(JSON.stringify(contact)) },
    decode: async () => Promise.reject(new Error('nothing is to be decoded')),
    async produce(records) {
      if (world.refusal !== null) throw world.refusal
      produced.push(...records)
      return Promise.resolve()
    },
    deadLetter() {
      throw new Error('nothing is a dead letter')
    },
    digest: (text) => text,
    nowMs: () => world.nowMs,
    metrics: {
      profileReceived: () => undefined,
      exclusionChanged: () => undefined,
      exclusionsRestored: (_, reason, persons) => world.excluded.push(`${reason} ${persons}`),
      contactEmitted: () => undefined,
      requestAvoided: () => undefined,
      fieldUnusable: () => undefined,
    },
  }
  /** A task, the next of the partition. */
  const begin = (rules = rulesOf('name')) =>
    createAssembleTask(ports, rules, async () => Promise.reject(new Error('nothing is to be processed')))
  /** E-mail, last name and status of what was emitted since the last look. */
  const emitted = (): readonly string[] =>
    produced.splice(0).map(({ value }) => {
      const { email, fields } = JSON.parse(new TextDecoder().decode(value ?? undefined)) as DesiredContact
      return [email, fields['last_name']?.value, fields['custom_fields.VIP']?.value].join(' ')
    })
  return { world, begin, emitted }
}

let { world, begin, emitted } = createWorld()

beforeEach(() => {
  ;({ world, begin, emitted } = createWorld())
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
    const { begin: beginElsewhere, emitted: emittedElsewhere } = createWorld()
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
