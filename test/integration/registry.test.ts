import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import { randomUUID } from 'node:crypto'
import { startRegistry, type RunningRegistry } from '../../sandbox/stack.ts'
import { createAvroCodec, IncompatibleSchema } from '../../src/avro/codec.ts'
import type { AvroCodec } from '../../src/avro/codec.ts'
import { createAvroDecoder } from '../../src/avro/decoder.ts'
import { createSchemaRegistry } from '../../src/avro/registry.ts'
import type { SchemaRegistryAdapter } from '../../src/avro/registry.ts'
import { RegistryUnavailable } from '../../src/avro/registry-transport.ts'

// The adapter against a real registry: what the unit tests' fake takes for granted.

interface Contact {
  readonly email: string
  readonly city?: string | null
}

const email = { name: 'email', type: 'string' }
const city = { name: 'city', type: ['null', 'string'], default: null }
const contact = { type: 'record', name: 'Contact', namespace: 'za', fields: [email] }
const withCity = { ...contact, fields: [email, city] }
const withAge = { ...contact, fields: [email, { name: 'age', type: 'int' }] }

let running: RunningRegistry
let registry: SchemaRegistryAdapter

beforeAll(async () => {
  running = await startRegistry()
  registry = createSchemaRegistry({ url: running.url, timeoutMs: 20_000, negativeCacheMs: 0 })
})

afterAll(async () => running.stop())

/** A subject of its own for every test: the registry may be one that others use too. */
function newSubject(): string {
  return `contacts-${randomUUID()}-value`
}

async function createCodec(subject: string, schema: object): Promise<AvroCodec<Contact>> {
  return createAvroCodec<Contact>({ subject, schema, registry, compatibility: 'BACKWARD', maxBytes: 10_000 })
}

async function post(path: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
  const response = await fetch(running.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

async function compatibilityOf(subject: string): Promise<unknown> {
  return (await fetch(`${running.url}/config/${subject}`)).json()
}

describe('against a real registry', () => {
  it('a schema is registered once, however often and by how many replicas at once, with its compatibility', async () => {
    const subject = newSubject()
    const register = async (): ReturnType<typeof registry.registerAvro> =>
      registry.registerAvro(subject, JSON.stringify(contact), 'BACKWARD')
    const registered = await register()
    expect(registered).toMatchObject({ type: 'registered', compatibility: 'BACKWARD' })
    expect(await Promise.all([register(), register(), register()])).toEqual(Array(3).fill(registered))
    expect(await compatibilityOf(subject)).toEqual({ compatibilityLevel: 'BACKWARD' })
  })

  it('a subject that others made without a compatibility gets ours before our schema is checked', async () => {
    const subject = newSubject()
    await post(`/subjects/${subject}/versions`, { schema: JSON.stringify(contact) })
    const refused = await registry.registerAvro(subject, JSON.stringify(withAge), 'BACKWARD')
    expect(refused).toMatchObject({ type: 'incompatible', subject })
    expect(await registry.registerAvro(subject, JSON.stringify(withCity), 'BACKWARD')).toMatchObject({
      type: 'registered',
      compatibility: 'BACKWARD',
    })
  })

  it('values of two releases are read by both, by the decoder and by the registry client', async () => {
    const subject = newSubject()
    const older = await createCodec(subject, contact)
    const newer = await createCodec(subject, withCity)
    const bytes = newer.encode({ email: 'jane@doe.com', city: 'Ulm' })
    expect(await older.decode(bytes)).toMatchObject({ type: 'decoded', value: { email: 'jane@doe.com' } })
    expect(await newer.decode(older.encode({ email: 'a@b.c' }))).toMatchObject({
      value: { email: 'a@b.c', city: null },
    })
    const value = { email: 'jane@doe.com', city: 'Ulm' }
    expect(await createAvroDecoder({ registry, maxBytes: 1000 }).decode(bytes)).toMatchObject({ value })
    expect(await new SchemaRegistry({ host: running.url }).decode(bytes)).toEqual(value)
  })

  it('an incompatible release does not start', async () => {
    const subject = newSubject()
    await createCodec(subject, contact)
    await expect(createCodec(subject, withAge)).rejects.toBeInstanceOf(IncompatibleSchema)
  })

  it('an id that was never given is unknown', async () => {
    expect(await registry.getById(2_000_000_000)).toEqual({ type: 'unknown' })
  })

  it('a schema of another kind is unusable, and one with references is read', async () => {
    const other = (await post(`/subjects/${newSubject()}/versions`, {
      schemaType: 'JSON',
      schema: '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}',
    })) as { id: number }
    expect(await registry.getById(other.id)).toMatchObject({
      type: 'unusable',
      detail: expect.stringMatching(/is of type JSON, not AVRO$/),
    })
    const subject = newSubject()
    const place = { type: 'record', name: 'geo.Place', fields: [email] }
    await post(`/subjects/${subject}/versions`, { schema: JSON.stringify(place) })
    const { id } = (await post(`/subjects/${newSubject()}/versions`, {
      schema: JSON.stringify({ ...contact, fields: [{ name: 'home', type: 'geo.Place' }] }),
      references: [{ name: 'geo.Place', subject, version: 1 }],
    })) as { id: number }
    const bytes = Buffer.from([0, 0, 0, 0, 0, 2, 0x61])
    bytes.writeInt32BE(id, 1)
    expect(await createAvroDecoder({ registry, maxBytes: 1000 }).decode(bytes)).toMatchObject({
      value: { home: { email: 'a' } },
    })
  })

  it('a url without the path of its API is told from an unknown id', async () => {
    const astray = createSchemaRegistry({
      url: new URL(running.url).origin,
      timeoutMs: 20_000,
      negativeCacheMs: 0,
    })
    const lookup = astray.getById(1)
    await expect(lookup).rejects.toBeInstanceOf(RegistryUnavailable)
    await expect(lookup).rejects.toThrow(/check its url/)
  })
})
