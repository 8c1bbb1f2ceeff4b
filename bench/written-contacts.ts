import type { Kafka } from 'kafkajs'
import { createSchemaRegistry } from '../src/avro/registry.ts'
import { digest } from '../src/cli/assemble-stage.ts'
import { createCodecs } from '../src/cli/codecs.ts'
import type { Config } from '../src/config/config.ts'
import { internalTopics } from '../src/config/topics.ts'
import type { DesiredContact } from '../src/domain/contact.ts'
import { recordWrite } from '../src/domain/ledger.ts'
import { planWrite, type Write } from '../src/domain/plan.ts'
import { commitMetadata } from '../src/kafka/commit-metadata.ts'
import { requestOf } from '../src/zendesk/sell-request.ts'
import type { Application } from '../test/support/application.ts'
import { recordCount } from '../test/support/progress-in-kafka.ts'
import { until } from '../test/support/until.ts'

const batchContacts = 1000

/**
 * Makes Zendesk hold what the contacts topic says, and the ledger say so, as if each contact had been written by one request:
 * that is what it comes to, and at ten requests per second it would take an hour for some ten thousand. The deliver stage must
 * not have run. Gives the number of contacts.
 */
export async function writeContacts(app: Application, config: Config): Promise<number> {
  const { url } = config.schemaRegistry
  const codecs = await createCodecs(
    config,
    createSchemaRegistry({ url, timeoutMs: 5000, negativeCacheMs: 1000 }),
  )
  const newest = await newestContacts(app)
  for (let from = 0; from < newest.length; from += batchContacts) {
    const contacts = await Promise.all(
      newest.slice(from, from + batchContacts).map(async ({ partition, value }) => {
        const read = await codecs.contact.read(value)
        if (read.type !== 'decoded') throw new Error('a contact of the benchmark cannot be read')
        return { partition, contact: read.value }
      }),
    )
    const ids = await app.sell.addContacts(
      contacts.map(({ contact }) => recordOf(writtenContact(contact, 0).write)),
    )
    await app.produce(
      app.topics.ledger,
      contacts.map(({ partition, contact }, at) => {
        const { ledger } = writtenContact(contact, ids[at] ?? NaN)
        return { partition, key: contact.email, value: Buffer.from(codecs.ledger.encode(ledger)) }
      }),
    )
  }
  await commitContacts(app.kafka, config)
  return newest.length
}

/** The last record of each contact. */
async function newestContacts(app: Application) {
  const { contacts } = app.topics
  const count = await recordCount(app, contacts)
  const follower = await app.follow(contacts)
  await until('the contacts are read', () => follower.records().length >= count, 300_000)
  await follower.stop()
  const newest = new Map<string, { readonly partition: number; readonly value: Buffer }>()
  for (const { key, partition, value } of follower.records())
    if (value !== null) newest.set(String(key), { partition, value })
  return [...newest.values()]
}

/** What the API takes in a write. */
function recordOf(write: Write): object {
  return (JSON.parse(requestOf(write).body ?? '') as { readonly data: object }).data
}

/** The first write of a contact, and the ledger entry once Zendesk has acknowledged it with this id. */
export function writtenContact(contact: DesiredContact, contactId: number) {
  const write = planWrite(contact, null, digest)
  if (write.type === 'none' || write.type === 'look')
    throw new Error('a contact of the benchmark needs no write')
  return { write, ledger: recordWrite(contact, write, contactId, null, digest, Date.now()) }
}

/** Commits the ends of the contacts topic, all of which the deliver stage is to find as its past. */
export async function commitContacts(kafka: Kafka, { applicationId }: Config): Promise<void> {
  const { contacts } = internalTopics(applicationId)
  const admin = kafka.admin()
  await admin.connect()
  const partitions = (await admin.fetchTopicOffsets(contacts)).map(({ partition, offset }) => {
    return { partition, offset, metadata: commitMetadata('') }
  })
  await admin.setOffsets({ groupId: `${applicationId}.deliver`, topic: contacts, partitions })
  await admin.disconnect()
}
