import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import { createAvroCodec, IncompatibleSchema } from '../../../src/avro/codec.ts'
import type { AvroCodec } from '../../../src/avro/codec.ts'
import { createAvroDecoder } from '../../../src/avro/decoder.ts'
import { createSchemaRegistry } from '../../../src/avro/registry.ts'
import type { SchemaRegistryAdapter } from '../../../src/avro/registry.ts'
import { startRegistryFake } from './registry-fake.ts'
import type { RegistryFake } from './registry-fake.ts'

interface Contact {
  readonly email: string
  readonly updatedMs: number
  readonly fields: Readonly<Record<string, string | null>>
  readonly city?: string | null
}

const subject = 'contacts-value'
const email = { name: 'email', type: 'string' }
const updatedMs = { name: 'updatedMs', type: { type: 'long', logicalType: 'timestamp-millis' } }
const fields = { name: 'fields', type: { type: 'map', values: ['null', 'string'] } }
const city = { name: 'city', type: ['null', 'string'], default: null }
const schemaOf = (...all: object[]): object => ({
  type: 'record',
  name: 'Contact',
  namespace: 'za',
  fields: all,
})

const first = schemaOf(email, updatedMs, fields)
const second = schemaOf(email, updatedMs, city, fields)
const jane: Contact = {
  email: 'jane@doe.com',
  updatedMs: 1_700_000_000_000,
  fields: { gold: 'realized', vip: null },
}

let fake: RegistryFake
let registry: SchemaRegistryAdapter

beforeEach(async () => {
  fake = await startRegistryFake()
  registry = createSchemaRegistry({ url: fake.url, timeoutMs: 10_000, negativeCacheMs: 0 })
})

afterEach(async () => fake.close())

async function create(schema: object, maxBytes = 10_000): Promise<AvroCodec<Contact>> {
  return createAvroCodec<Contact>({ subject, schema, registry, compatibility: 'BACKWARD', maxBytes })
}

describe('a codec', () => {
  it('registers its schema, and decodes what it encodes without asking the registry again', async () => {
    const codec = await create(first)
    const asked = fake.requests.length
    expect(await codec.decode(codec.encode(jane))).toEqual({ type: 'decoded', value: jane, schemaId: 1 })
    expect(fake.requests).toHaveLength(asked)
  })

  it('writes what other readers read: the decoder, and the registry client', async () => {
    const bytes = (await create(first)).encode(jane)
    expect(await createAvroDecoder({ registry, maxBytes: 1000 }).decode(bytes)).toMatchObject({ value: jane })
    expect(await new SchemaRegistry({ host: fake.url }).decode(bytes)).toEqual(jane)
  })

  it('reads what the registry client writes', async () => {
    const codec = await create(first)
    const bytes = await new SchemaRegistry({ host: fake.url }).encode(1, jane)
    expect(await codec.decode(bytes)).toMatchObject({ type: 'decoded', value: jane })
  })

  it('reads older values with the defaults of its own version, asking for a writer once', async () => {
    const old = (await create(first)).encode(jane)
    const codec = await create(second)
    const asked = fake.requests.length
    for (let i = 0; i < 3; i++) {
      expect(await codec.decode(old)).toEqual({
        type: 'decoded',
        value: { ...jane, city: null },
        schemaId: 1,
      })
    }
    expect(fake.requests).toHaveLength(asked + 1)
  })

  it('reads newer values without what it does not know', async () => {
    const codec = await create(first)
    const bytes = (await create(second)).encode({ ...jane, city: 'Ulm' })
    expect(await codec.decode(bytes)).toEqual({ type: 'decoded', value: jane, schemaId: 2 })
  })

  it('reads renamed fields by their aliases, and ints as longs', async () => {
    fake.add('older-value', schemaOf({ name: 'mail', type: 'string' }, { name: 'updatedMs', type: 'int' }))
    const aliased = schemaOf({ ...email, aliases: ['mail'] }, { name: 'updatedMs', type: 'long' })
    const codec = await create(aliased)
    const bytes = await new SchemaRegistry({ host: fake.url }).encode(1, { mail: 'a', updatedMs: 5 })
    expect(await codec.decode(bytes)).toMatchObject({ value: { email: 'a', updatedMs: 5 } })
  })

  it('reads values of an equal schema under another id as its own', async () => {
    const codec = await create(first)
    const id = fake.add('other-value', { ...first, doc: 'the same' })
    const bytes = codec.encode(jane)
    bytes.writeInt32BE(id, 1)
    expect(await codec.decode(bytes)).toEqual({ type: 'decoded', value: jane, schemaId: id })
  })

  it.each([
    ['has another type for a field', schemaOf({ ...email, type: 'int' }, updatedMs, fields)],
    ['lacks a field without default', schemaOf(email, updatedMs)],
    ['has another name', { ...first, name: 'Person' }],
  ])('tells when a writer %s: the result names the subject', async (_what, schema) => {
    const codec = await create(first)
    const id = fake.add('other-value', schema)
    const bytes = codec.encode(jane)
    bytes.writeInt32BE(id, 1)
    expect(await codec.decode(bytes)).toEqual({
      type: 'undecodable',
      reason: 'not-avro-schema',
      detail: expect.stringMatching(/^schema 2 does not resolve into ours of contacts-value: /),
    })
  })

  it.each([
    ['its own', 1],
    ['an older', 2],
  ])('bounds values of %s schema before avsc sees them', async (_what, id) => {
    const codec = await create(second)
    fake.add('older-value', first)
    const header = Buffer.from([0, 0, 0, 0, id])
    const millions = Buffer.from('02780280bcfd02', 'hex')
    const result = await codec.decode(Buffer.concat([header, millions]))
    expect(result).toMatchObject({ type: 'undecodable', reason: 'corrupt' })
    expect(await codec.decode(Buffer.alloc(10_001))).toMatchObject({ reason: 'too-large' })
    expect(await codec.decode(Buffer.from('{}'))).toMatchObject({ reason: 'not-framed' })
  })

  it('leaves ids unknown to the registry to it', async () => {
    const bytes = (await create(first)).encode(jane)
    bytes.writeInt32BE(99, 1)
    expect(await (await create(first)).decode(bytes)).toMatchObject({ reason: 'unknown-schema' })
  })

  it('refuses values that do not fit, naming fields but neither values nor keys', async () => {
    const codec = await create(first)
    const bad = { email: 7, updatedMs: 1.5, fields: { 'jane@doe.com': 9 } } as unknown as Contact
    expect(() => codec.encode(bad)).toThrow(
      new TypeError('value does not fit the schema of contacts-value at email, updatedMs, fields.*'),
    )
  })

  it('refuses values longer than it would read', async () => {
    const codec = await create(first, 100)
    expect(() => codec.encode({ ...jane, email: 'x'.repeat(100) })).toThrow(
      /for contacts-value takes 1\d\d bytes/,
    )
  })

  it('refuses longs that avsc would write with the wrong sign', async () => {
    const codec = await create(first)
    expect(() => codec.encode({ ...jane, updatedMs: -(2 ** 52) - 5 })).toThrow(/at a number out of range$/)
  })

  it('is not made when the registry refuses the schema: the error names the subject and what to do', async () => {
    await create(first)
    const creating = create(schemaOf({ ...email, type: 'int' }))
    await expect(creating).rejects.toBeInstanceOf(IncompatibleSchema)
    await expect(creating).rejects.toThrow(
      /refuses this release's schema for subject 'contacts-value' \(409: .*If a newer release has run, deploy that one/,
    )
  })
})
