import { fold, type Person, type PersonEvent, unknownPerson } from '../domain/person.ts'
import type { Codec, Store } from './ports.ts'
import { noStoredPerson, type StoredPerson } from './stored-person.ts'

const personPrefix = 'person/'

/** Bounds of the persons in the store, for a range over all of them. */
export const allPersons = { gte: personPrefix, lt: 'person0' } as const

/** The store key of a person. */
export function personStoreKey(personKey: string): string {
  return personPrefix + personKey
}

/** The person key of a store key. */
export function personKeyOf(storeKey: string): string {
  return storeKey.slice(personPrefix.length)
}

/** The persons that one batch of records touches: read through from the store, changed in memory only. */
export interface People {
  /** Reads the persons into memory, so that folding needs no waiting. */
  load(personKeys: readonly string[]): Promise<void>
  /** Folds an event in; false where it changes nothing. */
  fold(personKey: string, event: PersonEvent): Promise<boolean>
  /** The persons that an event changed, with what is stored of them now, in order of their first change. */
  changed(replayed: boolean): readonly ChangedPerson[]
}

/** A person after the batch, and as stored before it. */
export interface ChangedPerson {
  readonly personKey: string
  readonly person: Person
  readonly before: StoredPerson
  /** Events of the batch that changed the person. */
  readonly changes: number
  /** True where those were copies of records that are read once more: what they change waits with the backfill. */
  readonly replayed: boolean
}

/** People over `store`, whose values `codec` reads. */
export function createPeople(store: Store, codec: Codec<StoredPerson>): People {
  const before = new Map<string, StoredPerson>()
  const after = new Map<string, Person>()
  const changes = new Map<string, number>()

  async function load(personKeys: readonly string[]): Promise<void> {
    const missing = [...new Set(personKeys)].filter((key) => !before.has(key))
    const values = await store.getMany(missing.map(personStoreKey))
    for (const [index, key] of missing.entries()) {
      const value = values[index]
      before.set(key, value === undefined ? noStoredPerson : await codec.decode(value))
    }
  }

  return {
    load,
    async fold(personKey, event) {
      if (!before.has(personKey)) await load([personKey])
      const known = after.get(personKey) ?? before.get(personKey)?.person ?? unknownPerson
      const person = fold(known, event)
      if (person === known) return false
      after.set(personKey, person)
      changes.set(personKey, (changes.get(personKey) ?? 0) + 1)
      return true
    },
    changed: (replayed) =>
      [...after].map(([personKey, person]) => ({
        personKey,
        person,
        before: before.get(personKey) ?? noStoredPerson,
        changes: changes.get(personKey) ?? 0,
        replayed,
      })),
  }
}
