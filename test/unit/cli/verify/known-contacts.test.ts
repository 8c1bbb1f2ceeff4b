import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectMemoryKafka, startMemoryKafka } from '../../../../sandbox/in-process/kafka.ts'
import { type KnownContacts, openKnownContacts } from '../../../../src/cli/verify/known-contacts.ts'
import type { Config } from '../../../../src/config/config.ts'
import type { DesiredContact } from '../../../../src/domain/contact.ts'
import type { LedgerEntry } from '../../../../src/domain/ledger.ts'
import { loadConfigWith } from '../loaded-config.ts'
import { createMemoryLogReader } from '../../../support/memory-log-reader.ts'

let folder: string
let config: Config
let stores: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'known-contacts-'))
  config = {
    ...(await loadConfigWith()),
    applicationId: 'app',
    state: { store: 'disk', directory: folder, keepUnusedMs: 0 },
  }
  stores = path.join(folder, 'app')
  await mkdir(stores)
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

function contactOf(email: string, title: string, revision = 1): DesiredContact {
  const fields = { title: { value: title, timeMs: revision } }
  return { email, personKey: email, state: 'active', revision, cause: 'change', fields }
}

function ledgerOf(email: string, contactId: number): LedgerEntry {
  return { email, contactId, fields: {}, rejected: null, writtenAtMs: 0 }
}

/** Topics of two partitions, whose values are JSON. */
function start() {
  const kafka = startMemoryKafka()
  for (const name of ['app.contacts', 'app.ledger']) kafka.topics.create({ name, partitions: 2, config: {} })
  const { offsets } = connectMemoryKafka(kafka)
  const readLog = createMemoryLogReader(kafka)
  const reads: (readonly number[])[] = []
  return {
    reads,
    write: (topic: 'contacts' | 'ledger', key: string, value: object | null): void => {
      const bytes = value === null ? null : Buffer.from(JSON.stringify(value))
      const record = { topic: `app.${topic}`, key, value: bytes }
      kafka.append([record], kafka.partitionOf(record))
    },
    open: async (): Promise<KnownContacts> =>
      openKnownContacts(config, {
        offsets,
        readLog: async (read) => {
          reads.push([...read.from.values()])
          return readLog(read)
        },
        contactCodec: {
          read: async (bytes) => Promise.resolve({ type: 'decoded', value: parse(bytes) as DesiredContact }),
        },
        ledgerCodec: { decode: async (bytes) => Promise.resolve(parse(bytes) as LedgerEntry) },
        signal: new AbortController().signal,
        progress: () => undefined,
      }),
  }
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString())
}

async function emailsOf(known: KnownContacts): Promise<readonly string[]> {
  const emails: string[] = []
  for await (const chunk of known.allChunks(1)) emails.push(...chunk.map(({ email }) => email))
  return emails
}

describe('the contacts that are known', () => {
  it('are those of all partitions, with what was written, merged as the program merges them', async () => {
    const { write, open } = start()
    write('contacts', 'a@x.com', contactOf('a@x.com', 'old', 1))
    write('contacts', 'a@x.com', contactOf('a@x.com', 'new', 2))
    write('contacts', 'b@x.com', contactOf('b@x.com', 'b'))
    write('contacts', 'c@x.com', contactOf('c@x.com', 'gone'))
    write('contacts', 'c@x.com', null)
    write('contacts', 'no e-mail', contactOf('d@x.com', 'd'))
    write('ledger', 'a@x.com', ledgerOf('a@x.com', 7))
    const known = await open()
    await known.catchUp()
    expect(await emailsOf(known)).toEqual(['a@x.com', 'b@x.com'])
    expect(await known.readMany(['a@x.com', 'b@x.com'])).toEqual([
      { desired: contactOf('a@x.com', 'new', 2), ledger: ledgerOf('a@x.com', 7) },
      { desired: contactOf('b@x.com', 'b'), ledger: null },
    ])
    await known.close()
  })

  it('are brought up to date by what came since, and by nothing else', async () => {
    const { write, open, reads } = start()
    write('contacts', 'a@x.com', contactOf('a@x.com', 'old', 1))
    const known = await open()
    await known.catchUp()
    write('contacts', 'a@x.com', contactOf('a@x.com', 'new', 2))
    write('ledger', 'a@x.com', ledgerOf('a@x.com', 7))
    await known.catchUp()
    expect(await known.readMany(['a@x.com'])).toEqual([
      { desired: contactOf('a@x.com', 'new', 2), ledger: ledgerOf('a@x.com', 7) },
    ])
    expect(reads.map((offsets) => offsets.reduce((sum, offset) => sum + offset, 0))).toEqual([0, 0, 1, 0])
    await known.close()
  })

  it('leave nothing on the disk, nor do those of a command that was killed, but for one that runs', async () => {
    const running = await start().open()
    const [inUse = ''] = await readdir(stores)
    const killed = path.join(stores, 'verify-killed')
    await mkdir(killed)
    await mkdir(path.join(stores, 'deliver'))
    for (const place of [killed, path.join(stores, inUse), path.join(stores, 'deliver')])
      await utimes(place, 0, 0)
    const known = await start().open()
    expect(await readdir(stores)).toHaveLength(3)
    await known.close()
    expect((await readdir(stores)).sort()).toEqual(['deliver', inUse])
    await running.close()
    expect(await readdir(stores)).toEqual(['deliver'])
  })
})
