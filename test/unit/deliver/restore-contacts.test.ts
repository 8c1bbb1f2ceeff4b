import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createContactStates } from '../../../src/deliver/contact-state.ts'
import { restoreContacts, restoreLedger } from '../../../src/deliver/restore-contacts.ts'
import { type DesiredContact, mergeContacts } from '../../../src/domain/contact.ts'
import type { LedgerEntry } from '../../../src/domain/ledger.ts'
import type { SourceRecord } from '../../../src/domain/record.ts'
import { createMemoryStore } from '../../../src/state/memory-store.ts'
import { contactOrEnd } from './contact-arbitraries.ts'
import { contactCodec, contactRecord, createDeliverWorld, ledgerCodec, recordOf } from './deliver-world.ts'

const a: DesiredContact = {
  email: 'a@x.com',
  personKey: 'p',
  revision: 5,
  cause: 'change',
  state: 'active',
  fields: { last_name: { value: 'Doe', timeMs: 3 } },
}
const newer: DesiredContact = { ...a, revision: 6, fields: { title: { value: 'Dr', timeMs: 4 } } }
const entry = (contactId: number): Uint8Array =>
  ledgerCodec.encode({ email: 'a@x.com', contactId, fields: {}, rejected: null, writtenAtMs: 0 })
const position = [{ key: 'runtime/position/contacts', value: Uint8Array.of(7) }]

/** What contacts are restored with: a store that notes how often it is written. */
function createContext() {
  const memory = createMemoryStore()
  let batches = 0
  const store = {
    ...memory,
    log: async () => Promise.reject(new Error('a restore writes nothing to Kafka')),
    async batch(writes: Parameters<typeof memory.batch>[0]) {
      batches += 1
      await memory.batch(writes)
    },
  }
  const states = createContactStates(store, contactCodec, ledgerCodec)
  const ports = { store, contactCodec } as unknown as Parameters<typeof restoreContacts>[0]['ports']
  return { context: { states, ports }, states, memory, batches: () => batches }
}

async function keysOf(memory: ReturnType<typeof createMemoryStore>): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const [key] of memory.range({ gte: '', lt: '~' })) keys.push(key)
  return keys
}

describe('restoring contacts', () => {
  it('puts a batch and its position into the store as one, merged as when it was received', async () => {
    const { context, states, batches, memory } = createContext()
    await restoreContacts(context, [contactRecord(a), contactRecord(newer)], position, false)
    expect(batches()).toBe(1)
    expect((await states.read('a@x.com')).desired).toEqual(mergeContacts(a, newer))
    expect(await keysOf(memory)).toEqual(['contact/a@x.com', 'runtime/position/contacts'])
  })

  it('marks what it touches, where the index has to be kept', async () => {
    const { context, memory } = createContext()
    const b = { ...a, email: 'bb@x.com' }
    await restoreContacts(context, [contactRecord(a), contactRecord(b), contactRecord('a@x.com')], [], true)
    expect(await keysOf(memory)).toEqual(['contact/bb@x.com', 'dirty/a@x.com', 'dirty/bb@x.com'])
  })

  it('passes over what was a dead letter when it was received', async () => {
    const { context, memory } = createContext()
    const bad = [recordOf('contacts', null, null), recordOf('contacts', 'b@x.com', contactCodec.encode(a))]
    await restoreContacts(context, bad, position, true)
    expect(await keysOf(memory)).toEqual(['runtime/position/contacts'])
  })
})

describe('restoring the ledger', () => {
  it('takes the last entry of each contact, as it stands in the topic', async () => {
    const { context, states, batches } = createContext()
    const records = [entry(1), entry(2)].map((value) => recordOf('ledger', 'a@x.com', value))
    await restoreLedger(context, records, position, false)
    expect(batches()).toBe(1)
    expect((await states.read('a@x.com')).ledger?.contactId).toBe(2)
  })

  it('forgets a contact whose last entry has no value, and passes over records without a key', async () => {
    const { context, states } = createContext()
    const records = [recordOf('ledger', 'a@x.com', entry(1)), recordOf('ledger', null, entry(2))]
    await restoreLedger(context, [...records, recordOf('ledger', 'a@x.com', null)], [], true)
    expect(await states.read('a@x.com')).toEqual({ desired: null, ledger: null })
  })

  it('marks what it touches, where the index has to be kept', async () => {
    const { context, memory } = createContext()
    await restoreLedger(context, [recordOf('ledger', 'a@x.com', entry(1))], position, true)
    expect(await keysOf(memory)).toEqual(['dirty/a@x.com', 'ledger/a@x.com', 'runtime/position/contacts'])
  })
})

/** A ledger entry that has these names, as if they were written just like this. */
function entryOf({ email, fields }: DesiredContact, contactId: number): LedgerEntry {
  const hashes = Object.entries(fields).map(([name, { value, timeMs }]) => {
    return [name, { hash: `#${JSON.stringify(value)}`, timeMs }] as const
  })
  return { email, contactId, fields: Object.fromEntries(hashes), rejected: null, writtenAtMs: 0 }
}

const past = fc.record({
  contacts: fc.array(contactOrEnd, { maxLength: 8 }),
  /** Of which contacts what was acknowledged, by their place. */
  written: fc.array(fc.nat(7), { maxLength: 5 }),
})

function recordsOf({
  contacts,
  written,
}: {
  contacts: readonly (DesiredContact | string)[]
  written: number[]
}) {
  const ledger = written.flatMap((at): SourceRecord[] => {
    const contact = contacts[at]
    if (contact === undefined) return []
    const email = typeof contact === 'string' ? contact : contact.email
    const value = typeof contact === 'string' ? null : ledgerCodec.encode(entryOf(contact, email.length))
    return [recordOf('ledger', email, value)]
  })
  return { contacts: contacts.map(contactRecord), ledger }
}

describe('a task that was restored', () => {
  it('has in its dirty set and its index just the contacts that differ, be it from nothing or from what it had', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(past, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (pasts, isCold) => {
          const world = await createDeliverWorld({ isNew: isCold })
          for (const each of pasts) {
            const { contacts, ledger } = recordsOf(each)
            if (!isCold) world.restart()
            if (contacts.length > 0) await world.task.restore(contacts, [])
            if (ledger.length > 0) await world.task.restore(ledger, [])
            if (!isCold) await world.task.restored()
          }
          if (isCold) await world.task.restored()
          const differing = (await world.contacts()).filter(({ plan }) => plan.type !== 'none')
          expect(await world.dirtyEmails()).toEqual(differing.map(({ email }) => email))
          expect(world.task.dirty.size()).toBe(differing.length)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('does not need to read contacts that are not in the index: a start must not take the longer the more there are', async () => {
    const world = await createDeliverWorld()
    await world.store.batch([{ key: `contact/${a.email}`, value: contactCodec.encode(a) }])
    await world.crash(false)
    expect(world.task.dirty.size()).toBe(0)
  })

  it('of which the first restore was interrupted finds all contacts that differ at the end of the second', async () => {
    const world = await createDeliverWorld({ isNew: true })
    await world.task.restore([contactRecord(a)], [])
    const b = { ...a, email: 'bb@x.com' }
    world.restart()
    await world.task.restore([contactRecord(b)], [])
    await world.task.restored()
    expect(await world.dirtyEmails()).toEqual(['a@x.com', 'bb@x.com'])
    expect(world.task.dirty.size()).toBe(2)
  })
})
