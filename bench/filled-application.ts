import kafkajs from 'kafkajs'
import { createSchemaRegistry } from '../src/avro/registry.ts'
import { createCodecs, type Codecs } from '../src/cli/codecs.ts'
import { digest } from '../src/cli/assemble-stage.ts'
import { emit } from '../src/assemble/emission.ts'
import { noStoredPerson } from '../src/assemble/stored-person.ts'
import type { Config } from '../src/config/config.ts'
import { internalTopics } from '../src/config/topics.ts'
import type { ContactRules } from '../src/domain/contact.ts'
import { createMapper } from '../src/domain/mapping.ts'
import type { Person } from '../src/domain/person.ts'
import { formatE164 } from '../src/phone/e164.ts'
import { commitContacts, writtenContact } from './written-contacts.ts'

/** A record of a topic, and its partition. */
interface Filling {
  readonly topic: string
  readonly partition: number
  readonly key: string
  readonly value: Buffer
}

const firstContactId = 1000
const batchPersons = 2000

/**
 * Fills the internal topics as if `count` persons had been read, joined and written to Zendesk: a person, a contact and an
 * acknowledged ledger entry each, and both groups at the end of what they read. The topics must exist, and be empty.
 */
export async function fillApplication(
  config: Config,
  partitions: number,
  count: number,
  report: (persons: number) => void,
): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [...config.kafka.brokers], logLevel: kafkajs.logLevel.NOTHING })
  const registry = createSchemaRegistry({
    url: config.schemaRegistry.url,
    timeoutMs: 5000,
    negativeCacheMs: 1000,
  })
  const codecs = await createCodecs(config, registry)
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  for (let from = 0; from < count; from += batchPersons) {
    const fillings = Array.from({ length: Math.min(batchPersons, count - from) }, (_, at) =>
      fillingsOf(from + at, config, partitions, codecs),
    ).flat()
    const topics = [...new Set(fillings.map(({ topic }) => topic))]
    await producer.sendBatch({
      acks: -1,
      topicMessages: topics.map((topic) => ({
        topic,
        messages: fillings.filter((one) => one.topic === topic),
      })),
    })
    report(from + batchPersons)
  }
  await producer.disconnect()
  await commitContacts(kafka, config)
}

function fillingsOf(number: number, config: Config, partitions: number, codecs: Codecs): readonly Filling[] {
  const topics = internalTopics(config.applicationId)
  const personKey = `person-${number}`
  const { person, contact: rules } = { person: createPerson(number, config), contact: rulesOf(config) }
  const changed = { personKey, person, before: noStoredPerson, changes: 1, replayed: false }
  // As if a hundred had been read at once: of the last batch, a task cannot know whether its contacts were emitted.
  const revision = 1 + Math.floor(number / 100)
  const { stored, contacts } = emit(changed, rules, digest, Date.now(), revision)
  const [contact] = contacts
  if (contact === undefined) throw new Error('a person of the benchmark makes no contact')
  const partition = partitionOf(contact.email, partitions)
  return [
    {
      topic: topics.persons,
      partition: partitionOf(personKey, partitions),
      key: personKey,
      value: Buffer.from(codecs.person.encode(stored)),
    },
    {
      topic: topics.contacts,
      partition,
      key: contact.email,
      value: Buffer.from(codecs.contact.encode(contact)),
    },
    {
      topic: topics.ledger,
      partition,
      key: contact.email,
      value: Buffer.from(codecs.ledger.encode(writtenContact(contact, firstContactId + number).ledger)),
    },
  ]
}

function rulesOf({ identityNamespace, fieldMappings, audiences, statusWords }: Config): ContactRules {
  return { identityNamespace, map: createMapper(fieldMappings, formatE164), audiences, statusWords }
}

/** About 700 bytes of profile, and a membership in two audiences. */
function createPerson(number: number, { audiences }: Config): Person {
  const timeMs = Date.parse('2026-01-01T00:00:00Z') + number
  const version = { timeMs, rank: 1, offset: number }
  return {
    erasedAtMs: null,
    profile: {
      version,
      attributes: {
        identityMap: {
          Email: [{ id: `person.${number}@example.com`, primary: true }],
          ECID: [{ id: String(number).padStart(38, '4') }],
        },
        person: {
          name: { firstName: `Given${number % 977}`, lastName: `Family${number % 7919}` },
          birthDate: '1984-02-11',
        },
        mobilePhone: { number: `+31 6 ${String(number).padStart(8, '0')}` },
        homeAddress: {
          street1: `Street ${number % 331}`,
          city: 'Utrecht',
          postalCode: '3511 AB',
          country: 'Netherlands',
        },
        extendedWorkDetails: { jobTitle: 'Buyer', departments: ['Purchasing', 'Logistics'] },
        consents: { marketing: { email: { val: 'y', time: '2025-11-01T10:00:00Z' } }, collect: { val: 'y' } },
        _repo: { createDate: '2024-05-01T08:00:00Z', modifyDate: '2026-01-01T00:00:00Z' },
      },
    },
    memberships: audiences
      .slice(0, 2)
      .map(({ namespace, segmentId }) => {
        return { namespace, segmentId, status: 'realized' as const, validUntilMs: null, version }
      })
      .sort((a, b) => (a.segmentId < b.segmentId ? -1 : 1)),
  }
}

const partitioner = kafkajs.Partitioners.DefaultPartitioner()

/** The partition that Java's clients and ours give a key. */
function partitionOf(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => {
    return { partitionId, partitionErrorCode: 0, leader: 1, replicas: [], isr: [] }
  })
  return partitioner({ topic: '', partitionMetadata, message: { key, value: null } })
}
