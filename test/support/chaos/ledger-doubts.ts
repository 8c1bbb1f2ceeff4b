import avro from 'avsc'
import { readFileSync } from 'node:fs'
import type { Application } from '../application.ts'
import { recordCount } from '../progress-in-kafka.ts'
import { until } from '../until.ts'

const schema = readFileSync(new URL('../../../schemas/ledger-entry.avsc', import.meta.url), 'utf8')
const entryType = avro.Type.forSchema(JSON.parse(schema) as avro.Schema)
/** The zero byte and the schema's id. */
const frameBytes = 5

/** What the ledger says of writes whose end nobody knew. */
export interface LedgerDoubts {
  /** Entries in doubt that were followed by another in doubt of the same e-mail, with none acknowledged in between. */
  readonly unresolved: number
  /** E-mails whose last entry is in doubt. */
  readonly open: readonly string[]
  readonly entries: number
}

/** Reads the whole ledger topic, from its beginning. */
export async function readLedgerDoubts(app: Application): Promise<LedgerDoubts> {
  const { ledger } = app.topics
  const count = await recordCount(app, ledger)
  const follower = await app.follow(ledger)
  await until('the ledger is read', () => follower.records().length >= count)
  await follower.stop()
  const inDoubt = new Map<string, boolean>()
  let unresolved = 0
  for (const { key, value } of follower.records()) {
    const email = String(key)
    const isNow = value !== null && isInDoubt(value)
    if (isNow && inDoubt.get(email) === true) unresolved += 1
    inDoubt.set(email, isNow)
  }
  const open = [...inDoubt].filter(([, isOpen]) => isOpen).map(([email]) => email)
  return { unresolved, open, entries: count }
}

function isInDoubt(value: Buffer): boolean {
  const entry = entryType.fromBuffer(value.subarray(frameBytes)) as {
    fields: Readonly<Record<string, { readonly hash: string }>>
  }
  return Object.values(entry.fields).some(({ hash }) => hash === '')
}
