import type { StoredPerson } from '../../../src/assemble/stored-person.ts'
import type { Codecs } from '../../../src/cli/codecs.ts'
import type { DesiredContact } from '../../../src/domain/contact.ts'
import type { LedgerEntry } from '../../../src/domain/ledger.ts'
import type { OutputRecord } from '../../../src/domain/record.ts'
import type { Life } from './life.ts'

/** Something appended to one of the internal topics, decoded. */
export interface Durable<T> {
  readonly atMs: number
  readonly value: T
  readonly life: Life | null
}

/** Everything that the processes made durable in Kafka, by key and in order; compaction takes nothing of it away. */
export interface DurableRecords {
  /** Notes records as they are appended; `life` is whose request that was. */
  add(records: readonly OutputRecord[], atMs: number, life: Life | null): void
  /** A person's records, without those that say what the one before says. */
  persons(personKey: string): readonly Durable<StoredPerson>[]
  /** All contacts that a person's records made. */
  contactsOf(personKey: string): readonly Durable<DesiredContact>[]
  contacts(email: string): readonly Durable<DesiredContact>[]
  ledger(email: string): readonly Durable<LedgerEntry>[]
  deadLetters(): readonly OutputRecord[]
}

/** What the ledger holds in place of a field's digest while a write of it is under way. */
export const inDoubt = ''

/** Names of the internal topics. */
export interface DurableTopics {
  readonly persons: string
  readonly contacts: string
  readonly ledger: string
  readonly deadLetter: string
}

/** Nothing is durable yet. */
export function createDurableRecords(topics: DurableTopics, codecs: Codecs): DurableRecords {
  const persons = createLists<StoredPerson>()
  const contacts = createLists<DesiredContact>()
  const ofPersons = createLists<DesiredContact>()
  const ledger = createLists<LedgerEntry>()
  const deadLetters: OutputRecord[] = []
  const lastBytes = new Map<string, string>()

  async function decode(record: OutputRecord, atMs: number, life: Life | null): Promise<void> {
    const { topic, value } = record
    const key = textOf(record.key)
    if (value === null) return
    if (topic === topics.persons) {
      const bytes = Buffer.from(value).toString('latin1')
      const isSame = lastBytes.get(key) === bytes
      lastBytes.set(key, bytes)
      if (!isSame) await persons.add(key, codecs.person.decode(value), atMs, life)
    }
    if (topic === topics.ledger) await ledger.add(key, codecs.ledger.decode(value), atMs, life)
    if (topic !== topics.contacts) return
    const contact = codecs.contact.read(value).then((read) => {
      if (read.type === 'decoded') return read.value
      throw new Error(`a contact that does not decode: ${read.reason}`)
    })
    await contacts.add(key, contact, atMs, life)
    const { personKey } = await contact
    await ofPersons.add(personKey, contact, atMs, life)
  }

  return {
    add(records, atMs, life) {
      for (const record of records) {
        if (record.topic === topics.deadLetter) deadLetters.push(record)
        else void decode(record, atMs, life)
      }
    },
    persons: (personKey) => persons.of(personKey),
    contactsOf: (personKey) => ofPersons.of(personKey),
    contacts: (email) => contacts.of(email),
    ledger: (email) => ledger.of(email),
    deadLetters: () => deadLetters,
  }
}

/** Lists by key. Values are in the order in which they were added, though they are decoded later. */
function createLists<T>() {
  const lists = new Map<string, Durable<T>[]>()
  return {
    of: (key: string): readonly Durable<T>[] => lists.get(key) ?? [],
    async add(key: string, value: Promise<T>, atMs: number, life: Life | null): Promise<void> {
      const decoded = { atMs, value: await value, life }
      lists.set(key, [...(lists.get(key) ?? []), decoded])
    },
  }
}

function textOf(key: Uint8Array | string | null): string {
  return key === null ? '' : typeof key === 'string' ? key : new TextDecoder().decode(key)
}
