import type { SourceRecord } from '../domain/record.ts'
import type { ContactStates } from './contact-state.ts'
import { mergeBatch } from './merge-batch.ts'
import type { ContactCodec, DeliverStore, StoreWrite } from './ports.ts'
import { isUsable, readContact } from './read-contact.ts'

/** Where records of the past go. */
export interface RestoreTarget {
  readonly states: ContactStates
  readonly ports: { readonly contactCodec: ContactCodec; readonly store: Pick<DeliverStore, 'batch'> }
}

const utf8 = new TextDecoder()

/**
 * Puts records of the past into the store. With `marks`, whatever they touch goes into the dirty index: whether it differs
 * from Zendesk shows when all of the past is there. What of the contacts was not usable went to the dead-letter topic then.
 */
export async function restoreContacts(
  { states, ports }: RestoreTarget,
  records: readonly SourceRecord[],
  position: readonly StoreWrite[],
  marks: boolean,
): Promise<void> {
  const reads = await Promise.all(records.map(async (record) => readContact(record, ports.contactCodec)))
  const merged = await mergeBatch(states, reads.filter(isUsable))
  // The last of each e-mail: the batch is written as one.
  const desired = new Map(merged.map((contact) => [contact.email, contact.desired]))
  await ports.store.batch([
    ...[...desired].flatMap(([email, value]) => [
      states.desiredWrite(email, value),
      ...(marks ? [states.dirtyWrite(email, true)] : []),
    ]),
    ...position,
  ])
}

/** As {@link restoreContacts}, for records of the ledger. */
export async function restoreLedger(
  { states, ports }: RestoreTarget,
  records: readonly SourceRecord[],
  position: readonly StoreWrite[],
  marks: boolean,
): Promise<void> {
  const writes = records.flatMap(({ key, value }) => {
    if (key === null) return []
    const email = utf8.decode(key)
    return [states.ledgerWrite(email, value), ...(marks ? [states.dirtyWrite(email, true)] : [])]
  })
  await ports.store.batch([...writes, ...position])
}
