import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { CompiledSchema } from '../../../src/avro/compiled-schema.ts'
import type { SchemaLookup } from '../../../src/avro/registry-calls.ts'
import { createSchemaRegistry } from '../../../src/avro/registry.ts'
import type { SchemaRegistryAdapter, SchemaRegistryOptions } from '../../../src/avro/registry.ts'
import { RegistryUnavailable } from '../../../src/avro/registry-transport.ts'
import { startRegistryFake } from './registry-fake.ts'
import type { RegistryFake } from './registry-fake.ts'

const contact = { type: 'record', name: 'Contact', fields: [{ name: 'email', type: 'string' }] }
let fake: RegistryFake
let clockMs: number

function createAdapter(options: Partial<SchemaRegistryOptions> = {}): SchemaRegistryAdapter {
  return createSchemaRegistry({
    url: fake.url,
    timeoutMs: 10_000,
    negativeCacheMs: 30_000,
    now: () => clockMs,
    ...options,
  })
}

function schemaOf(lookup: SchemaLookup): CompiledSchema {
  if (lookup.type === 'schema') return lookup.schema
  throw new Error(JSON.stringify(lookup))
}

beforeEach(async () => {
  fake = await startRegistryFake()
  clockMs = 0
})

afterEach(async () => fake.close())

describe('looking up a schema', () => {
  it('asks once for an id, however many want it at once and later', async () => {
    const id = fake.add('contacts-value', contact)
    const registry = createAdapter()
    const lookups = await Promise.all(Array.from({ length: 50 }, async () => registry.getById(id)))
    lookups.push(await registry.getById(id))
    expect(new Set(lookups).size).toBe(1)
    expect(lookups[0]?.type).toBe('schema')
    expect(fake.requests).toEqual([`GET /schemas/ids/${id}`])
  })

  it('asks once per negativeCacheMs for an unknown id wanted 1000 times', async () => {
    const registry = createAdapter()
    for (let i = 0; i < 1000; i++) {
      expect(await registry.getById(77)).toEqual({ type: 'unknown' })
      clockMs += 29
    }
    expect(fake.requests).toHaveLength(1)
    clockMs += 1000
    await registry.getById(77)
    expect(fake.requests).toHaveLength(2)
  })

  it('finds a schema that was registered after it was unknown', async () => {
    const registry = createAdapter()
    expect(await registry.getById(1)).toEqual({ type: 'unknown' })
    fake.add('contacts-value', contact)
    clockMs += 30_000
    expect((await registry.getById(1)).type).toBe('schema')
  })

  it('keeps the schemas used last when there are more than maxSchemas', async () => {
    const ids = ['a', 'b', 'c'].map((subject) => fake.add(subject, { ...contact, name: subject }))
    const registry = createAdapter({ maxSchemas: 2 })
    for (const i of [0, 1, 0, 2, 0, 1]) await registry.getById(ids[i] ?? 0)
    expect(fake.requests.map((request) => request.at(-1))).toEqual(['1', '2', '3', '2'])
  })

  it('loses no schema to a flood of unknown ids, and remembers only maxUnknownIds of those', async () => {
    const id = fake.add('contacts-value', contact)
    const registry = createAdapter({ maxSchemas: 1, maxUnknownIds: 5 })
    for (let unknown = 100; unknown < 120; unknown++)
      await Promise.all([id, unknown].map(async (i) => registry.getById(i)))
    expect(fake.requests).toHaveLength(21)
    for (const unknown of [119, 115, 114]) await registry.getById(unknown)
    expect(fake.requests.slice(21)).toEqual(['GET /schemas/ids/114'])
  })

  it('reads a schema together with those it refers to', async () => {
    fake.add('city-value', { type: 'record', name: 'geo.City', fields: [{ name: 'name', type: 'string' }] })
    const references = [{ name: 'geo.City', subject: 'city-value', version: 1 }]
    const fields = [{ name: 'city', type: 'geo.City' }]
    fake.put(40, { schema: JSON.stringify({ type: 'record', name: 'Person', fields }), references })
    const lookup = await createAdapter().getById(40)
    expect(schemaOf(lookup).type.fromBuffer(Buffer.from('\x06Ulm'))).toEqual({ city: { name: 'Ulm' } })
  })

  it('reads a schema whose defaults avsc would refuse: a writer needs none', async () => {
    const fields = [{ name: 'city', type: ['string', 'null'], default: null }]
    const id = fake.add('contacts-value', { ...contact, fields })
    expect((await createAdapter().getById(id)).type).toBe('schema')
  })
})

describe('a schema that cannot be decoded with', () => {
  const reference = (subject: string): object => ({ name: 'geo.City', subject, version: 1 })
  const nested = `${'{"type":"array","items":'.repeat(20_000)}"int"${'}'.repeat(20_000)}`
  const manyRecords = Array.from({ length: 2001 }, (_, i) => ({ type: 'record', name: `R${i}`, fields: [] }))
  const protoField = { ...contact, fields: [{ name: '__proto__', type: 'string' }] }

  it.each([
    ['is no JSON', { schema: '{"type":' }, /schema 9: .*JSON/],
    ['is no Avro', { schema: '{"type":"recrod","name":"Contact"}' }, /schema 9: unknown type: "recrod"/],
    ['is JSON null', { schema: 'null' }, /schema 9: invalid type: null/],
    ['is a JSON schema', { schema: '{}', schemaType: 'JSON' }, 'schema 9: is of type JSON, not AVRO'],
    ['is a Protobuf schema', { schema: 'message A {', schemaType: 'PROTOBUF' }, /PROTOBUF, not AVRO/],
    ['names a field __proto__', { schema: JSON.stringify(protoField) }, /field is named __proto__/],
    [
      'names a type that objects inherit',
      { schema: '["null","constructor"]' },
      /undefined type name: constructor/,
    ],
    ['nests 20 000 arrays', { schema: nested }, /schema 9: Maximum call stack size exceeded/],
    ['defines 2001 records', { schema: JSON.stringify(manyRecords) }, /defines over 2000 records/],
    [
      'is longer than the limit',
      { schema: JSON.stringify('x'.repeat(1024 * 1024)) },
      /exceeds 1048576 bytes/,
    ],
    [
      'refers to what is not there',
      { schema: '"geo.City"', references: [reference('gone')] },
      /'?gone'? not found/,
    ],
    ['refers to nonsense', { schema: '"int"', references: [{ name: 1 }] }, /malformed references/],
    [
      'refers to a hundred others',
      { schema: '"int"', references: Array.from({ length: 100 }, (_, i) => reference(`city-${i}`)) },
      /over 50 other schemas/,
    ],
  ])('%s: the look-up says so, and is remembered for negativeCacheMs', async (_what, answer, detail) => {
    for (let i = 0; i < 100; i++) fake.add(`city-${i}`, 'int')
    fake.put(9, answer)
    const registry = createAdapter()
    const lookup = await registry.getById(9)
    expect(lookup).toEqual({ type: 'unusable', detail: expect.stringMatching(detail) })
    const asked = fake.requests.length
    expect(await registry.getById(9)).toBe(lookup)
    expect(fake.requests).toHaveLength(asked)
  })
})

describe('a registry that cannot answer', () => {
  type Handler = (request: IncomingMessage, response: ServerResponse) => void
  const answer =
    (status: number, body: string): Handler =>
    (_request, response) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  const drip: Handler = (_request, response) => {
    response.writeHead(200, { 'content-length': 1000 })
    const timer = setInterval(() => response.write(' '), 10)
    response.on('close', () => clearInterval(timer))
  }
  const truncate: Handler = (_request, response) => {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('{"schema":', () => response.destroy())
  }

  it.each<[string, Handler, RegExp]>([
    ['fails', answer(500, '{"error_code":50001,"message":"store"}'), /HTTP 500$/],
    ['fails with the body null', answer(500, 'null'), /HTTP 500$/],
    ['fails without a body', answer(503, ''), /HTTP 503$/],
    ['has too many requests', answer(429, '{}'), /HTTP 429$/],
    [
      'refuses our credentials',
      answer(401, '{"error_code":40101,"message":"no"}'),
      /HTTP 401: check schemaRegistry.usernameFile/,
    ],
    ['refuses us', answer(403, ''), /HTTP 403: check schemaRegistry.usernameFile/],
    [
      'is another server: 404',
      answer(404, '<html>'),
      /HTTP 404 and no answer of a schema registry: check its url/,
    ],
    ['is another server: 200', answer(200, '<html>'), /HTTP 200 and no answer of a schema registry/],
    ['is another server: null', answer(200, 'null'), /HTTP 200 and no answer of a schema registry/],
    ['is another server: JSON', answer(200, '{"status":"UP"}'), /answered without a schema/],
    ['redirects', answer(302, '{}'), /HTTP 302 and no answer/],
    ['closes the connection', (request) => request.socket.destroy(), /other side closed/],
    ['truncates its answer', truncate, /schema registry: GET http/],
    ['never answers', () => undefined, /no whole answer within 400 ms/],
    ['never ends its answer', drip, /no whole answer within 400 ms/],
  ])(
    '%s: look-ups throw RegistryUnavailable, and succeed once it is back',
    async (_what, handler, message) => {
      const id = fake.add('contacts-value', contact)
      const registry = createAdapter({ timeoutMs: 400 })
      fake.interfere(handler)
      const lookup = registry.getById(id)
      await expect(lookup).rejects.toBeInstanceOf(RegistryUnavailable)
      await expect(lookup).rejects.toThrow(message)
      fake.interfere(undefined)
      expect((await createAdapter().getById(id)).type).toBe('schema')
    },
  )

  it('cannot be reached: look-ups and registrations throw RegistryUnavailable', async () => {
    const registry = createAdapter({ url: 'http://127.0.0.1:1' })
    await expect(registry.getById(1)).rejects.toThrow(/schema registry: GET .*ECONNREFUSED/)
    await expect(registry.registerAvro('s', JSON.stringify(contact), 'BACKWARD')).rejects.toBeInstanceOf(
      RegistryUnavailable,
    )
  })

  it('is why the client needs another transport: the body null on an error ends its process', async () => {
    fake.interfere(answer(500, 'null'))
    const script = `
      import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
      new SchemaRegistry({ host: process.argv[1] }).getSchema(1).catch(() => undefined)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, fake.url], {
      cwd: new URL('../../..', import.meta.url),
      stdio: 'ignore',
    })
    expect(await once(child, 'exit')).toEqual([1, null])
  })
})

describe('the registry url', () => {
  it.each(['registry:8081', 'kafka://registry', '', '/path'])("'%s' is refused by name", (url) => {
    expect(() => createAdapter({ url })).toThrow(
      `schema registry url '${url}' is not an http or https address`,
    )
  })

  it('with credentials is refused without repeating them', () => {
    const create = (): unknown => createAdapter({ url: 'https://app:secret@registry/' })
    expect(create).toThrow(/holds credentials: give them as user name and password/)
    expect(create).not.toThrow(/secret/)
  })
})
