import { emit } from '../../../src/assemble/emission.ts'
import type { AssemblePorts } from '../../../src/assemble/ports.ts'
import type { AssembleRules } from '../../../src/assemble/publish.ts'
import type { StoredPerson } from '../../../src/assemble/stored-person.ts'
import { createAssembleTask } from '../../../src/assemble/task.ts'
import type { DesiredContact } from '../../../src/domain/contact.ts'
import { createMapper } from '../../../src/domain/mapping.ts'
import type { FieldValue } from '../../../src/domain/sell-fields.ts'
import type { Person } from '../../../src/domain/person.ts'
import type { OutputRecord } from '../../../src/domain/record.ts'
import { createAssembleStore, jsonCodec, storedPerson } from './assemble-store.ts'

const version = { timeMs: 1, rank: 1, offset: 0 }
/** A position of the input, to be stored with what is restored. */
export const position = [{ key: 'runtime/position/persons', value: Uint8Array.of(7) }]

/** A person with an e-mail and a last name, whose membership of `vip` runs out, if it does. */
export function person(name: string, validUntilMs: number | null = null): Person {
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
export function rulesOf(source: string): AssembleRules {
  return {
    partition: 0,
    contactsTopic: 'contacts',
    personsTopic: 'persons',
    replayTopic: 'assemble-replay',
    inputOf: () => null,
    contact: {
      identityNamespace: 'Email',
      map: createMapper([{ target: 'last_name', source, transforms: [] }]),
      audiences: [
        { namespace: 'ups', segmentId: 'vip', mappingId: 'VIP', startMs: null, endMs: null, retired: false },
      ],
      statusWords: { realized: 'in', exited: 'out' },
    },
    digest: source,
  }
}

/** How a person is stored by an owner with these rules. */
export function storedBy(rules: AssembleRules, name: string, revision: number): StoredPerson {
  const changed = {
    personKey: name,
    person: person(name),
    before: storedPerson(),
    changes: 1,
    replayed: false,
  }
  return emit(changed, rules.contact, (text) => text, 1000, revision).stored
}

/** The assemble stage of one partition: its store, what it produced, and what of the outside a test changes. */
export function createTaskWorld() {
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
  const contacts = (): readonly DesiredContact[] =>
    produced
      .splice(0)
      .map(({ value }) => JSON.parse(new TextDecoder().decode(value ?? undefined)) as DesiredContact)
  /** E-mail, last name and status of what was emitted since the last look. */
  const emitted = (): readonly string[] =>
    contacts().map(({ email, fields }) =>
      [email, ...['last_name', 'custom_fields.VIP'].map((name) => textOf(fields[name]?.value))].join(' '),
    )
  /** E-mail and cause of what was emitted since the last look. */
  const causes = (): readonly string[] => contacts().map(({ email, cause }) => `${email} ${cause}`)
  return { world, ports, begin, emitted, causes }
}

function textOf(value: FieldValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
