import type { SourceRecord } from '../domain/record.ts'
import { personStoreKey } from './people.ts'
import type { PersonChange, PersonIndex } from './person-index.ts'
import type { AssemblePorts, StoreWrite } from './ports.ts'
import { noStoredPerson, type StoredPerson } from './stored-person.ts'
import type { Unemitted } from './unemitted.ts'

const utf8 = new TextDecoder()

/** Written by a former owner of the partition after it was one: revisions only grow. */
function isLate({ before, after }: Pick<PersonChange, 'before' | 'after'>): boolean {
  return after.revision < before.revision
}

/** Puts records of the changelog into the store, and notes which of them may not have been emitted. */
export async function restorePersons(
  { store, personCodec }: Pick<AssemblePorts, 'store' | 'personCodec'>,
  index: PersonIndex,
  unemitted: Unemitted,
  records: readonly SourceRecord[],
  position: readonly StoreWrite[],
): Promise<void> {
  // The last of each key: the batch is written as one.
  const values = new Map<string, Uint8Array | null>()
  for (const { key, value } of records) if (key !== null) values.set(utf8.decode(key), value)
  const personKeys = [...values.keys()]
  const before = await store.getMany(personKeys.map(personStoreKey))
  const decode = async (value: Uint8Array | null | undefined): Promise<StoredPerson> =>
    value === null || value === undefined ? noStoredPerson : personCodec.decode(value)
  const changes: PersonChange[] = []
  for (const [at, personKey] of personKeys.entries()) {
    const value = values.get(personKey) ?? null
    const change = { personKey, value, before: await decode(before[at]), after: await decode(value) }
    if (value === null || !isLate(change)) changes.push(change)
  }
  const restored = changes.map(({ personKey, after: { revision } }) => ({ personKey, revision }))
  await store.batch([...index.store(changes), ...unemitted.mark(restored), ...position])
}
