import type { LedgerEntry } from '../../../src/domain/ledger.ts'
import { planWrite, type Send, type WritePlan } from '../../../src/domain/plan.ts'
import type { FieldValue } from '../../../src/domain/sell-fields.ts'
import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type {
  ContactCodec,
  DeliverPorts,
  DeliverStore,
  LedgerCodec,
  RetryCodec,
} from '../../../src/deliver/ports.ts'
import { createDeliverTask, type DeliverTask } from '../../../src/deliver/task.ts'
import type { DesiredContact } from '../../../src/domain/contact.ts'
import type { OutputRecord, SourceRecord } from '../../../src/domain/record.ts'
import type { RetryPointer } from '../../../src/domain/retry.ts'
import type { StatusFields } from '../../../src/domain/urgency.ts'
import { LeaseLost } from '../../../src/runtime/ports.ts'
import type { StateStore } from '../../../src/runtime/state-store.ts'
import { createMemoryStore } from '../../../src/state/memory-store.ts'
import { createReceive, createSend } from '../../../src/topology.ts'

const utf8 = new TextEncoder()
const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

/** Contacts as JSON. */
export const contactCodec: ContactCodec = {
  encode: (contact) => utf8.encode(JSON.stringify(contact)),
  read: async (bytes) => Promise.resolve({ type: 'decoded', value: parse(bytes) as DesiredContact }),
}

/** Ledger entries as JSON. */
export const ledgerCodec: LedgerCodec = {
  encode: (entry) => utf8.encode(JSON.stringify(entry)),
  decode: async (bytes) => Promise.resolve(parse(bytes) as LedgerEntry),
}

/** Pointers as JSON. */
export const retryCodec: RetryCodec = {
  encode: (pointer) => utf8.encode(JSON.stringify(pointer)),
  read: async (bytes) => Promise.resolve({ type: 'decoded', value: parse(bytes) as RetryPointer }),
}

export const digest = (text: string): string => `#${text}`

/** The one status field. */
export const statuses: StatusFields = {
  names: new Set(['custom_fields.VIP']),
  words: { realized: 'in', exited: 'out' },
}

/** How long a contact rests after a write in doubt. */
export const ambiguousHoldMs = 100

/** The longest rest of a contact that fails. */
export const retryMaxMs = 1000

/** A record of a topic, with text for a key. */
export function recordOf(topic: string, key: string | null, value: Uint8Array | null): SourceRecord {
  return {
    topic,
    partition: 0,
    offset: 0,
    timestampMs: 0,
    key: key === null ? null : utf8.encode(key),
    value,
    headers: {},
  }
}

/** The record of a contact; one of just an e-mail forgets. */
export function contactRecord(contact: DesiredContact | string): SourceRecord {
  return typeof contact === 'string'
    ? recordOf('contacts', contact, null)
    : recordOf('contacts', contact.email, contactCodec.encode(contact))
}

/** Something that the task asked of the outside. */
export interface Waiting {
  /** Carries it out, as a crash can leave it: nobody hears of it. */
  carryOut(): void
  /** Answers. Zendesk carries out what it says is written, and by chance what it says nothing clear of. */
  answer(outcome: WriteOutcome | 'written', chance: boolean): void
}

/** A contact as the store has it, and what it needs. */
export interface StoredContact {
  readonly email: string
  readonly desired: DesiredContact
  readonly ledger: LedgerEntry | null
  readonly plan: WritePlan
}

/** One partition of the deliver stage over a store and a ledger topic, which outlive its tasks. */
export interface DeliverWorld {
  task: DeliverTask
  nowMs: number
  /** What waits for an answer: of Kafka, that it has a ledger record, or of Zendesk. */
  readonly waiting: Waiting[]
  /** Records beside those of the ledger. */
  readonly produced: OutputRecord[]
  /** What Zendesk holds, by e-mail and field. */
  readonly zendesk: Map<string, Record<string, FieldValue>>
  readonly failures: unknown[]
  /** Called after every batch of the store, which is written whole or not at all. */
  stored: () => Promise<void>
  /**
   * The process is gone, with whatever it was at; of that, all or nothing gets through. Another restores what the store
   * lacks of the ledger.
   */
  crash(getsThrough: boolean): Promise<void>
  /** A task that is not restored takes the place of the one before. */
  restart(): void
  /** The contacts in the store. */
  readonly contacts: () => Promise<readonly StoredContact[]>
  /** The e-mails of the dirty index. */
  dirtyEmails(): Promise<readonly string[]>
  readonly store: StateStore
}

/** A ledger record, and whether the store has it. */
interface LedgerRecord {
  readonly record: SourceRecord
  isStored: boolean
}

/** A world whose task has restored nothing from nothing; one that `isNew` has not even done that. */
export async function createDeliverWorld({ isNew = false } = {}): Promise<DeliverWorld> {
  const store = createMemoryStore()
  const ledger: LedgerRecord[] = []
  let tasks = 0

  function storeOf(name: number): DeliverStore {
    const opened = (): StateStore => {
      if (name !== tasks) throw new LeaseLost('the task has ended')
      return store
    }
    return {
      getMany: async (keys) => opened().getMany(keys),
      range: (bounds) => opened().range(bounds),
      async log(records) {
        opened()
        const sequence = await append(records)
        // What a dead process had under way may get through all the same.
        opened()
        return { sequence }
      },
      async batch(writes, logged) {
        await opened().batch(writes)
        const record = logged === undefined ? undefined : ledger[logged.sequence]
        if (record !== undefined) record.isStored = true
        await world.stored()
      },
    }
  }

  function begin(): DeliverTask {
    tasks += 1
    return createDeliverTask(portsOf(world, storeOf(tasks)), {
      ledgerTopic: 'ledger',
      retryTopic: 'retry',
      replayTopic: 'deliver-replay',
      steps: { receive: createReceive, send: createSend },
      statuses,
      ambiguousHoldMs,
      retryMaxMs,
      retryMaxAttempts: 30,
      monotonicMs: () => world.nowMs,
      wakeFlusher: () => undefined,
      failed: (error) => world.failures.push(error),
    })
  }

  /** Waits until the ledger has the records, and says which number they have in it. */
  async function append(records: readonly OutputRecord[]): Promise<number> {
    return new Promise((resolve) => {
      const carryOut = (): number => ledger.push(...records.map(toLedger))
      world.waiting.push({ carryOut, answer: () => resolve(carryOut() - 1) })
    })
  }

  const world = {
    nowMs: 1000,
    waiting: [],
    produced: [],
    zendesk: new Map(),
    failures: [],
    stored: async () => Promise.resolve(),
    restart() {
      world.task.close()
      world.task = begin()
    },
    async crash(getsThrough: boolean) {
      world.restart()
      for (const waiting of world.waiting.splice(0)) if (getsThrough) waiting.carryOut()
      const first = ledger.findIndex(({ isStored }) => !isStored)
      const tail = first === -1 ? [] : ledger.slice(first)
      if (tail.length > 0)
        await world.task.restore(
          tail.map(({ record }) => record),
          [],
        )
      for (const record of tail) record.isStored = true
      await world.task.restored()
    },
    contacts: async () => contactsOf(store),
    dirtyEmails: async () => keysOf(store, 'dirty/'),
    store,
  } as unknown as DeliverWorld
  world.task = begin()
  if (!isNew) await world.task.restored()
  return world
}

function portsOf(world: DeliverWorld, store: DeliverStore): DeliverPorts {
  return {
    contactCodec,
    ledgerCodec,
    retryCodec,
    store,
    writeContact: async (write) => askZendesk(world, write),
    produce: async (records) => {
      world.produced.push(...records)
      return Promise.resolve()
    },
    ledgerRecord: (email, value) => ({ topic: 'ledger', partition: 0, key: email, value }),
    retryRecord: (email, value) => ({ topic: 'retry', partition: 0, key: email, value }),
    deadLetter: (_, { errorClass }) => ({ topic: 'dead-letter', key: errorClass, value: null }),
    digest,
    nowMs: () => world.nowMs,
    metrics: {
      contactReceived: () => undefined,
      requestAvoided: () => undefined,
      identityActivated: () => undefined,
      identityFailed: () => undefined,
      outcome: () => undefined,
      identityConflict: () => undefined,
      retry: () => undefined,
    },
  }
}

async function askZendesk({ waiting, zendesk }: DeliverWorld, write: Send): Promise<WriteOutcome> {
  const isGone = (): boolean => write.type !== 'upsert' && !zendesk.has(write.email)
  const carryOut = (): void => {
    if (isGone() || write.type === 'look') return
    zendesk.set(write.email, { ...zendesk.get(write.email), ...write.fields })
  }
  return new Promise((resolve) => {
    waiting.push({
      carryOut,
      answer(said, chance) {
        // An update by id writes nothing where there is no contact: however the test would have it, Zendesk says so.
        const outcome = said === 'written' && isGone() ? ({ type: 'missing' } as const) : said
        if (write.type === 'look') {
          const found = zendesk.get(write.email)
          if (found === undefined) resolve({ type: 'missing' })
          // Nothing else can come of a read.
          else if (
            outcome !== 'written' &&
            ['throttled', 'unauthorised', 'unreachable'].includes(outcome.type)
          )
            resolve(outcome)
          else
            resolve({
              type: 'looked',
              fields: Object.fromEntries(write.names.map((name) => [name, found[name] ?? null])),
            })
          return
        }
        if (outcome === 'written' || (outcome.type === 'ambiguous' && chance)) carryOut()
        else if (outcome.type === 'missing') zendesk.delete(write.email)
        // An e-mail has one contact.
        const contactId = write.email.length
        resolve(outcome === 'written' ? { type: 'written', contactId } : outcome)
      },
    })
  })
}

function toLedger({ topic, key, value }: OutputRecord): LedgerRecord {
  if (typeof key !== 'string') throw new Error('a ledger record without an e-mail')
  return { record: recordOf(topic, key, value), isStored: false }
}

async function keysOf(store: StateStore, prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const [key] of store.range({ gte: prefix, lt: `${prefix}~` }))
    keys.push(key.slice(prefix.length))
  return keys
}

async function contactsOf(store: StateStore): Promise<readonly StoredContact[]> {
  const found: StoredContact[] = []
  for (const email of await keysOf(store, 'contact/')) {
    const [contact, entry] = await store.getMany([`contact/${email}`, `ledger/${email}`])
    if (contact === undefined) continue
    const desired = parse(contact) as DesiredContact
    const ledger = entry === undefined ? null : (parse(entry) as LedgerEntry)
    found.push({ email, desired, ledger, plan: planWrite(desired, ledger, digest) })
  }
  return found
}
