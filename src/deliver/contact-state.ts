import { type DesiredContact, mergeContacts } from '../domain/contact.ts'
import type { LedgerEntry } from '../domain/plan.ts'
import type { ContactCodec, DeliverStore, LedgerCodec } from './ports.ts'

const contactPrefix = 'contact/'
const ledgerPrefix = 'ledger/'

/** What one e-mail should hold and what was last written to it. */
export interface ContactState {
  readonly desired: DesiredContact | null
  readonly ledger: LedgerEntry | null
}

/** Reads and writes {@link ContactState}s in a task's store. */
export interface ContactStates {
  read(email: string): Promise<ContactState>
  /** Merges `incoming` into what is desired and returns the result. */
  mergeDesired(incoming: DesiredContact): Promise<DesiredContact>
  /** `null` forgets the contact; the ledger stays. */
  writeDesired(email: string, desired: DesiredContact | null): Promise<void>
  /** Stores a ledger value as it stands in the ledger topic, `null` for a tombstone. */
  writeLedger(email: string, value: Uint8Array | null): Promise<void>
  /** The e-mails of all stored contacts. */
  emails(): AsyncIterable<string>
}

/** {@link ContactStates} over one store. */
export function createContactStates(
  store: DeliverStore,
  contactCodec: ContactCodec,
  ledgerCodec: LedgerCodec,
): ContactStates {
  async function readDesired(email: string): Promise<DesiredContact | null> {
    const value = await store.get(contactPrefix + email)
    return value === undefined ? null : decodeStored(value, contactCodec)
  }

  async function writeDesired(email: string, desired: DesiredContact | null): Promise<void> {
    const value = desired === null ? null : contactCodec.encode(desired)
    await store.batch([{ key: contactPrefix + email, value }])
  }

  return {
    writeDesired,
    async read(email) {
      const ledger = await store.get(ledgerPrefix + email)
      return {
        desired: await readDesired(email),
        ledger: ledger === undefined ? null : await ledgerCodec.decode(ledger),
      }
    },
    async mergeDesired(incoming) {
      const known = await readDesired(incoming.email)
      const desired = known === null ? incoming : mergeContacts(known, incoming)
      await writeDesired(incoming.email, desired)
      return desired
    },
    async writeLedger(email, value) {
      await store.batch([{ key: ledgerPrefix + email, value }])
    },
    async *emails() {
      for await (const [key] of store.range({ gte: contactPrefix, lt: 'contact0' })) {
        yield key.slice(contactPrefix.length)
      }
    },
  }
}

async function decodeStored(bytes: Uint8Array, codec: ContactCodec): Promise<DesiredContact> {
  const decoded = await codec.read(bytes)
  if (decoded.type === 'undecodable')
    throw new Error(`the store holds a contact that does not decode: ${decoded.reason}`)
  return decoded.value
}
