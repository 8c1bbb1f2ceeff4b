import avro from 'avsc'
import { readFileSync } from 'node:fs'
import type { Application } from './application.ts'
import { recordCount } from './progress-in-kafka.ts'
import { until } from './until.ts'

const schema = readFileSync(new URL('../../schemas/ledger-entry.avsc', import.meta.url), 'utf8')
const entryType = avro.Type.forSchema(JSON.parse(schema) as avro.Schema)
/** The zero byte and the schema's id. */
const frameBytes = 5

/** The e-mails whose last entry in the ledger says which contact Zendesk acknowledged. */
export async function acknowledgedEmails(app: Application): Promise<ReadonlySet<string>> {
  const { ledger } = app.topics
  const count = await recordCount(app, ledger)
  const follower = await app.follow(ledger)
  await until('the ledger is read', () => follower.records().length >= count)
  await follower.stop()
  const contactIds = new Map<string, unknown>()
  for (const { key, value } of follower.records()) {
    if (key === null) throw new Error('a record of the ledger without a key')
    contactIds.set(key.toString(), value === null ? null : contactIdOf(value))
  }
  return new Set([...contactIds].filter(([, id]) => id !== null).map(([email]) => email))
}

function contactIdOf(value: Buffer): unknown {
  const { contactId } = entryType.fromBuffer(value.subarray(frameBytes)) as { contactId: unknown }
  return contactId
}
