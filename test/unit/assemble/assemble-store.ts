import type { Codec, Store, StoreWrite } from '../../../src/assemble/ports.ts'
import { noStoredPerson, type StoredPerson } from '../../../src/assemble/stored-person.ts'
import type { OutputRecord, SourceRecord } from '../../../src/domain/record.ts'
import { createMemoryStore } from '../../../src/state/memory-store.ts'

const utf8 = new TextEncoder()

/** A store in memory with a changelog, and what is in it as text. */
export interface AssembleStore extends Store {
  readonly changelog: OutputRecord[]
  /** Every batch, oldest first. */
  readonly batches: (readonly StoreWrite[])[]
  keys(prefix: string): Promise<readonly string[]>
}

/** An empty store. */
export function createAssembleStore(): AssembleStore {
  const memory = createMemoryStore()
  const changelog: OutputRecord[] = []
  const batches: (readonly StoreWrite[])[] = []
  return {
    ...memory,
    changelog,
    batches,
    async log(records) {
      changelog.push(...records)
      return Promise.resolve({ sequence: changelog.length })
    },
    async batch(writes) {
      batches.push(writes)
      await memory.batch(writes)
    },
    async keys(prefix) {
      const found: string[] = []
      for await (const [key] of memory.range({ gte: prefix, lt: `${prefix}\u{10ffff}` }))
        found.push(key.slice(prefix.length))
      return found
    },
  }
}

/** Stored persons as JSON. */
export const jsonCodec: Codec<StoredPerson> = {
  encode: (value) => utf8.encode(JSON.stringify(value)),
  decode: async (bytes) => Promise.resolve(JSON.parse(new TextDecoder().decode(bytes)) as StoredPerson),
}

/** A stored person, of whom only `more` matters. */
export function storedPerson(more: Partial<StoredPerson> = {}): StoredPerson {
  return { ...noStoredPerson, ...more }
}

/** A record of the changelog; a `null` person forgets. */
export function personRecord(personKey: string, stored: StoredPerson | null, offset = 0): SourceRecord {
  return {
    topic: 'persons',
    partition: 0,
    offset,
    timestampMs: 0,
    key: utf8.encode(personKey),
    value: stored === null ? null : jsonCodec.encode(stored),
    headers: {},
  }
}
