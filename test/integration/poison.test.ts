import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { sumOf } from '../../sandbox/demo/scrape.ts'
import { type Application, createApplication } from '../support/application.ts'
import { createProfileEncode, framed, latestSchemaId, registerTestSchema } from '../support/avro-records.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { emailOf, type PersonLine, personOf } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { isQuiet } from '../support/progress-in-kafka.ts'
import type { FollowedRecord, TopicFollower } from '../support/topic-follower.ts'

const tagged = {
  type: 'record',
  name: 'Tagged',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
}
const unknownSchemaId = 2_000_000_000
/** A promise is a second; this is what a machine busy with all suites at once gets. */
const withinMs = 5_000

/** Makes the bytes of a bad record. `taggedId` is the id of a schema that fits none of the topics. */
type MakeValue = (taggedId: number) => Buffer

const poisons: readonly { readonly name: string; readonly value: MakeValue; readonly errorClass: string }[] =
  [
    {
      name: '7 bytes that declare 400 million items',
      value: (taggedId) => framed(taggedId, Buffer.from('02788090bcfd02', 'hex')),
      errorClass: 'corrupt',
    },
    {
      name: '6 bytes that declare 60 million items',
      value: (taggedId) => framed(taggedId, Buffer.from('0278809c9c39', 'hex')),
      errorClass: 'corrupt',
    },
    {
      name: 'a wrong magic byte',
      value: (taggedId) =>
        Buffer.concat([Buffer.from([1]), framed(taggedId, Buffer.from('027800', 'hex')).subarray(1)]),
      errorClass: 'not-framed',
    },
    {
      name: 'an unknown schema id',
      value: () => framed(unknownSchemaId, randomBytes(20)),
      errorClass: 'unknown-schema',
    },
    {
      name: 'a value of 2 MiB',
      value: (taggedId) => framed(taggedId, randomBytes(2 * 1024 * 1024 - 5)),
      errorClass: 'too-large',
    },
  ]

let app: Application
let program: Program
let deadLetters: TopicFollower
let taggedId: number
let encode: (person: PersonLine) => Buffer

beforeAll(async () => {
  app = await createApplication({ partitions: 2 })
  taggedId = await registerTestSchema(`${app.id}-tagged`, tagged)
  encode = await createProfileEncode(app.topics.profiles)
  program = await app.start()
  await program.untilReady()
  deadLetters = await app.follow(app.topics.deadLetter)
})

afterAll(async () => app.dispose())

const lettersWith = (key: string | null): readonly FollowedRecord[] =>
  deadLetters.records().filter((letter) => (letter.key?.toString() ?? null) === key)

async function untilLetter(key: string | null): Promise<FollowedRecord> {
  await program.until('the record is a dead letter', () => lettersWith(key).length > 0, withinMs)
  const [letter, ...others] = lettersWith(key)
  expect(others).toEqual([])
  if (letter === undefined) throw new Error('unreachable')
  return letter
}

async function untilContact(name: string): Promise<void> {
  const isThere = async (): Promise<boolean> =>
    (await app.sell.contacts()).some(({ email }) => email === emailOf(name))
  await program.until(`the contact of ${name} is there`, isThere, withinMs)
}

describe('a profile that cannot be read', () => {
  it.each(poisons)(
    'is a dead letter byte for byte, and holds nothing up: $name',
    async ({ name, value, errorClass }) => {
      const bytes = value(taggedId)
      const behind = `behind-${errorClass}-${bytes.length}`
      const sentAtMs = performance.now()
      await app.produce(app.topics.profiles, [
        { partition: 0, key: name, value: bytes, headers: { origin: 'a producer', trace: 'abc' } },
        { partition: 0, key: behind, value: encode(personOf(behind)) },
      ])
      const letter = await untilLetter(name)
      await untilContact(behind)
      const contactAtMs = performance.now()
      reportMeasurement(`dead letter, ${name}`, {
        letterMs: letter.seenAtMs - sentAtMs,
        contactBehindMs: contactAtMs - sentAtMs,
      })
      expect(letter.value?.equals(bytes)).toBe(true)
      expect(letter.seenAtMs - sentAtMs).toBeLessThan(withinMs)
      expect(letter.headers).toMatchObject({
        origin: 'a producer',
        trace: 'abc',
        'zendesk-activation.disposition': 'poison',
        'zendesk-activation.error-class': errorClass,
        'zendesk-activation.stage': 'decode',
        'zendesk-activation.source-topic': app.topics.profiles,
        'zendesk-activation.source-partition': '0',
        'zendesk-activation.source-offset': expect.stringMatching(/^\d+$/),
        'zendesk-activation.failed-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        '__connect.errors.topic': app.topics.profiles,
        '__connect.errors.partition': '0',
        '__connect.errors.connector.name': app.id,
        '__connect.errors.stage': 'VALUE_CONVERTER',
        '__connect.errors.exception.class.name': errorClass,
        '__connect.errors.exception.message': letter.headers['zendesk-activation.detail'],
      })
    },
  )

  it('is a dead letter too where it is well but has no key', async () => {
    const bytes = encode(personOf('keyless'))
    const sentAtMs = performance.now()
    await app.produce(app.topics.profiles, [
      { partition: 0, key: null, value: bytes },
      { partition: 0, key: 'behind-keyless', value: encode(personOf('behind-keyless')) },
    ])
    const letter = await untilLetter(null)
    await untilContact('behind-keyless')
    reportMeasurement('dead letter, a null key', { letterMs: letter.seenAtMs - sentAtMs })
    expect(letter.key).toBeNull()
    expect(letter.value?.equals(bytes)).toBe(true)
    expect(letter.headers).toMatchObject({
      'zendesk-activation.error-class': 'null-key',
      'zendesk-activation.stage': 'read',
    })
  })
})

describe('bad records by the dozen', () => {
  it('are dead letters of the topic they came from, once each, and hold nothing up', async () => {
    const { memberships, contacts } = app.topics
    const before = deadLetters.records().length
    const contactId = await latestSchemaId(`${contacts}-value`)
    const bad = [
      ...poisons.map(({ name, value, errorClass }) => ({
        topic: memberships,
        key: `membership, ${name}`,
        value: value(taggedId),
        errorClass,
      })),
      // Others may write contacts too. E-mail, person key, state and revision; then 400 million fields, in 7 bytes.
      {
        topic: contacts,
        key: 'x@example.com',
        value: framed(contactId, Buffer.from('0278027800008090bcfd02', 'hex')),
        errorClass: 'corrupt',
      },
      {
        topic: contacts,
        key: 'no e-mail',
        value: framed(contactId, randomBytes(9)),
        errorClass: 'no-email-key',
      },
    ]
    for (const { topic, ...message } of bad) {
      for (const partition of [0, 1]) await app.produce(topic, [{ ...message, partition }])
    }
    const behind = Array.from({ length: 8 }, (_, index) => `behind-all-${index}`)
    await app.produce(
      app.topics.profiles,
      behind.map((key) => ({ key, value: encode(personOf(key)) })),
    )
    for (const name of behind) await untilContact(name)
    await program.until('all are dead letters', () => deadLetters.records().length >= before + 2 * bad.length)
    for (const { topic, key, value, errorClass } of bad) {
      const letters = lettersWith(key)
      expect(letters.map((letter) => letter.headers['zendesk-activation.source-partition']).sort()).toEqual([
        '0',
        '1',
      ])
      for (const letter of letters) {
        expect(letter.value?.equals(value)).toBe(true)
        expect(letter.headers).toMatchObject({
          'zendesk-activation.error-class': errorClass,
          'zendesk-activation.source-topic': topic,
        })
      }
    }
  })

  it('are counted, and the process lives on and commits them', async () => {
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    const metrics = await program.metrics()
    expect(sumOf(metrics, 'zendesk_activation_dead_letters_total')).toBe(deadLetters.records().length)
    expect(sumOf(metrics, 'zendesk_activation_identities_activated_total')).toBe(
      (await app.sell.contacts()).length,
    )
    expect((await program.terminate()).status).toBe(0)
  })
})
