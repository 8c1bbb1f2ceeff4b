import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Config } from '../../config/config.ts'
import { internalTopics } from '../../config/topics.ts'
import { type ContactStates, createContactStates } from '../../deliver/contact-state.ts'
import type { ContactCodec, LedgerCodec } from '../../deliver/ports.ts'
import { restoreContacts, restoreLedger, type RestoreTarget } from '../../deliver/restore-contacts.ts'
import type { DesiredContact } from '../../domain/contact.ts'
import type { ReadLog } from '../../kafka/log-reader.ts'
import type { OffsetReader } from '../../runtime/ports.ts'
import { isInUse, openLevelStore } from '../../state/level-store.ts'

/** What all contacts should hold and what was last written, as of the last {@link KnownContacts.catchUp}. */
export interface KnownContacts extends Pick<ContactStates, 'allChunks' | 'readMany'> {
  /** Takes in what was said and written since. */
  catchUp(): Promise<void>
  /** Removes everything from disk. */
  close(): Promise<void>
}

/** Where the contacts come from. */
export interface KnownContactsPorts {
  readonly offsets: Pick<OffsetReader, 'logBounds'>
  readonly readLog: ReadLog
  readonly contactCodec: Pick<ContactCodec, 'read'>
  readonly ledgerCodec: Pick<LedgerCodec, 'decode'>
  readonly signal: AbortSignal
  /** Told of records as they are read, and of how many there are to read in all. */
  readonly progress: (records: number, of: number) => void
}

/** Opens a store in a temporary folder, with nothing in it before the first {@link KnownContacts.catchUp}. */
export async function openKnownContacts(config: Config, ports: KnownContactsPorts): Promise<KnownContacts> {
  const folder = await temporaryFolder(config)
  const store = await openLevelStore(folder)
  // Nobody but this process reads what it writes, so contacts need no schema of the registry: that would be registered.
  const contactCodec: ContactCodec = {
    read: async (bytes) => ports.contactCodec.read(bytes),
    encode: toBytes,
  }
  const storedCodec: ContactCodec = {
    read: async (bytes) => Promise.resolve(fromBytes(bytes)),
    encode: toBytes,
  }
  const ledgerCodec: LedgerCodec = {
    decode: async (bytes) => ports.ledgerCodec.decode(bytes),
    encode: () => Buffer.alloc(0),
  }
  const states = createContactStates(store, storedCodec, ledgerCodec)
  const target: RestoreTarget = { states, ports: { contactCodec, store } }
  const topics = internalTopics(config.applicationId)
  const positions = new Map<string, ReadonlyMap<number, number>>()

  return {
    allChunks: (size) => states.allChunks(size),
    readMany: async (emails) => states.readMany(emails),
    async catchUp() {
      const reads = await Promise.all(
        [topics.contacts, topics.ledger].map(async (topic) => ({
          topic,
          from: positions.get(topic) ?? new Map<number, number>(),
          to: await endsOf(ports.offsets, topic),
        })),
      )
      const of = reads.reduce((sum, { from, to }) => sum + recordsBetween(from, to), 0)
      let read = 0
      for (const { topic, from, to } of reads) {
        const restore = topic === topics.contacts ? restoreContacts : restoreLedger
        await ports.readLog({
          topic,
          from,
          to,
          signal: ports.signal,
          async onRecords(records) {
            await restore(target, records, [], false)
            read += records.length
            ports.progress(read, of)
          },
        })
        positions.set(topic, to)
      }
    },
    async close() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const prefix = 'verify-'
/** One that is younger may be about to be opened. */
const leftOverMs = 60_000

/** On the volume for state where there is one: contacts by the million need room that a temporary folder may not have. */
async function temporaryFolder({ applicationId, state }: Config): Promise<string> {
  const onDisk = path.join(state.directory, applicationId)
  try {
    const folder = await mkdtemp(path.join(onDisk, prefix))
    // What cannot be removed now, is by the next.
    await removeLeftOvers(onDisk).catch(() => undefined)
    return folder
  } catch {
    return mkdtemp(path.join(tmpdir(), `${applicationId}-${prefix}`))
  }
}

/** Those of commands that were killed would fill the volume in time. */
async function removeLeftOvers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue
    const folder = path.join(parent, name)
    const ageMs = Date.now() - (await stat(folder)).mtimeMs
    if (ageMs > leftOverMs && !(await isInUse(folder))) await rm(folder, { recursive: true, force: true })
  }
}

async function endsOf(
  offsets: Pick<OffsetReader, 'logBounds'>,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const bounds = await offsets.logBounds(topic)
  return new Map([...bounds].map(([partition, { endOffset }]) => [partition, endOffset]))
}

function recordsBetween(from: ReadonlyMap<number, number>, to: ReadonlyMap<number, number>): number {
  return [...to].reduce((sum, [partition, offset]) => sum + offset - (from.get(partition) ?? 0), 0)
}

function toBytes(contact: DesiredContact): Uint8Array {
  return Buffer.from(JSON.stringify(contact))
}

function fromBytes(bytes: Uint8Array) {
  return { type: 'decoded', value: JSON.parse(Buffer.from(bytes).toString()) as DesiredContact } as const
}
