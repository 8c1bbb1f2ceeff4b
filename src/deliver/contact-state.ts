import type { DesiredContact } from '../domain/contact.ts'
import type { LedgerEntry } from '../domain/ledger.ts'
import type { ContactCodec, DeliverStore, LedgerCodec, StoreWrite } from './ports.ts'

const contactPrefix = 'contact/'
const ledgerPrefix = 'ledger/'
const dirtyPrefix = 'dirty/'
const retryPrefix = 'retry/'
const nothing = new Uint8Array()

/** What one e-mail should hold and what was last written to it. */
export interface ContactState {
  readonly desired: DesiredContact | null
  readonly ledger: LedgerEntry | null
}

/**
 * Reads {@link ContactState}s from a task's store, and says how to write them. Beside them the store holds the dirty index:
 * every contact that may differ from Zendesk has an entry, written in the batch that made it so, so that a task finds its
 * work without reading all contacts.
 */
export interface ContactStates {
  read(email: string): Promise<ContactState>
  /** The states of `emails`, in their order. */
  readMany(emails: readonly string[]): Promise<readonly ContactState[]>
  /** `null` forgets the contact; the ledger stays. */
  desiredWrite(email: string, desired: DesiredContact | null): StoreWrite
  /** `value` as it stands in the ledger topic, `null` for a tombstone. */
  ledgerWrite(email: string, value: Uint8Array | null): StoreWrite
  dirtyWrite(email: string, isDirty: boolean): StoreWrite
  /** The pointer that says when the contact is tried again, `null` to forget it. */
  retryWrite(email: string, pointer: Uint8Array | null): StoreWrite
  /** That pointer; `undefined` where there is none. */
  readRetry(email: string): Promise<Uint8Array | undefined>
  /** All pointers, by e-mail. */
  allRetries(): AsyncIterable<readonly [email: string, pointer: Uint8Array]>
  /** The dirty contacts, `size` at a time. */
  dirtyChunks(size: number): AsyncIterable<readonly KnownContact[]>
  /** All contacts, `size` at a time. */
  allChunks(size: number): AsyncIterable<readonly KnownContact[]>
}

/** A contact and its address. */
export interface KnownContact extends ContactState {
  readonly email: string
}

/** {@link ContactStates} over one store. */
export function createContactStates(
  store: Pick<DeliverStore, 'getMany' | 'range'>,
  contactCodec: ContactCodec,
  ledgerCodec: LedgerCodec,
): ContactStates {
  async function decode(
    contact: Uint8Array | undefined,
    ledger: Uint8Array | undefined,
  ): Promise<ContactState> {
    return {
      desired: contact === undefined ? null : await decodeStored(contact, contactCodec),
      ledger: ledger === undefined ? null : await ledgerCodec.decode(ledger),
    }
  }

  async function readMany(emails: readonly string[]): Promise<readonly ContactState[]> {
    const values = await store.getMany(
      emails.flatMap((email) => [contactPrefix + email, ledgerPrefix + email]),
    )
    const states: ContactState[] = []
    for (let at = 0; at < values.length; at += 2) states.push(await decode(values[at], values[at + 1]))
    return states
  }

  async function known(emails: readonly string[]): Promise<readonly KnownContact[]> {
    const states = await readMany(emails)
    return states.map((state, at) => ({ ...state, email: emails[at] ?? '' }))
  }

  async function* chunks(bounds: { readonly gte: string; readonly lt: string }, size: number) {
    let emails: string[] = []
    for await (const [key] of store.range(bounds)) {
      emails.push(key.slice(bounds.gte.length))
      if (emails.length < size) continue
      yield await known(emails)
      emails = []
    }
    yield await known(emails)
  }

  return {
    readMany,
    async read(email) {
      const [state] = await readMany([email])
      return state ?? { desired: null, ledger: null }
    },
    desiredWrite: (email, desired) => ({
      key: contactPrefix + email,
      value: desired === null ? null : contactCodec.encode(desired),
    }),
    ledgerWrite: (email, value) => ({ key: ledgerPrefix + email, value }),
    dirtyWrite: (email, isDirty) => ({ key: dirtyPrefix + email, value: isDirty ? nothing : null }),
    retryWrite: (email, pointer) => ({ key: retryPrefix + email, value: pointer }),
    async readRetry(email) {
      const [pointer] = await store.getMany([retryPrefix + email])
      return pointer
    },
    async *allRetries() {
      for await (const [key, pointer] of store.range({ gte: retryPrefix, lt: 'retry0' }))
        yield [key.slice(retryPrefix.length), pointer]
    },
    dirtyChunks: (size) => chunks({ gte: dirtyPrefix, lt: 'dirty0' }, size),
    allChunks: (size) => chunks({ gte: contactPrefix, lt: 'contact0' }, size),
  }
}

async function decodeStored(bytes: Uint8Array, codec: ContactCodec): Promise<DesiredContact> {
  const decoded = await codec.read(bytes)
  if (decoded.type === 'undecodable')
    throw new Error(`the store holds a contact that does not decode: ${decoded.reason}`)
  return decoded.value
}
