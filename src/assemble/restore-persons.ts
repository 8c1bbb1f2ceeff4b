import type { SourceRecord } from '../domain/record.ts'
import { personStoreKey } from './people.ts'
import type { PersonChange, PersonIndex } from './person-index.ts'
import type { AssemblePorts, StoreWrite } from './ports.ts'
import { noStoredPerson, type StoredPerson } from './stored-person.ts'
import type { Unemitted } from './unemitted.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Puts records of the changelog into the store, and notes which of them may not have been emitted. One that a former owner
 * of the partition wrote after it was one is passed over: revisions only grow.
 */
export async function restorePersons(
  { store, personCodec }: Pick<AssemblePorts, 'store' | 'personCodec'>,
  index: PersonIndex,
  unemitted: Unemitted,
  records: readonly SourceRecord[],
  position: readonly StoreWrite[],
): Promise<void> {
  const keyed = records.flatMap(({ key, value }) =>
    key === null ? [] : [{ personKey: utf8.decode(key), value }],
  )
  const decode = async (value: Uint8Array | null | undefined): Promise<StoredPerson> =>
    value === null || value === undefined ? noStoredPerson : personCodec.decode(value)
  const personKeys = [...new Set(keyed.map(({ personKey }) => personKey))]
  const values = await store.getMany(personKeys.map(personStoreKey))
  const before = new Map<string, StoredPerson>()
  for (const [at, personKey] of personKeys.entries()) before.set(personKey, await decode(values[at]))
  // The last of each key that is not late: the batch is written as one.
  const last = new Map<string, PersonChange>()
  for (const { personKey, value } of keyed) {
    const known = before.get(personKey) ?? noStoredPerson
    const after = await decode(value)
    const isLate = value !== null && after.revision < (last.get(personKey)?.after ?? known).revision
    if (!isLate) last.set(personKey, { personKey, value, before: known, after })
  }
  const changes = [...last.values()]
  // Their last owner may have gone by other rules than those by which this store's persons were compared.
  const due = index.summary().rules === null ? [] : changes.map(({ personKey }) => index.dueNow(personKey))
  const restored = changes.map(({ personKey, after: { revision } }) => ({ personKey, revision }))
  await store.batch([...index.store(changes), ...unemitted.mark(restored), ...due, ...position])
}
