import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createSchemaRegistry } from '../../../src/avro/registry.ts'
import type { SchemaRegistryAdapter, SchemaRegistryOptions } from '../../../src/avro/registry.ts'
import { startRegistryFake } from './registry-fake.ts'
import type { RegistryFake, RegistryFakeOptions } from './registry-fake.ts'

const contact = { type: 'record', name: 'Contact', fields: [{ name: 'email', type: 'string' }] }
const withCity = {
  ...contact,
  fields: [...contact.fields, { name: 'city', type: ['null', 'string'], default: null }],
}
const withAge = { ...contact, fields: [...contact.fields, { name: 'age', type: 'int' }] }

let fake: RegistryFake

async function start(options: RegistryFakeOptions): Promise<void> {
  fake = await startRegistryFake(options)
}

afterEach(async () => fake.close())

function createAdapter(options: Partial<SchemaRegistryOptions> = {}): SchemaRegistryAdapter {
  return createSchemaRegistry({ url: fake.url, timeoutMs: 10_000, negativeCacheMs: 0, ...options })
}

async function register(
  schema: object,
  registry = createAdapter(),
): ReturnType<typeof registry.registerAvro> {
  return registry.registerAvro('contacts-value', JSON.stringify(schema), 'BACKWARD')
}

describe.each(['confluent', 'apicurio'] as const)('registering a schema at %s', (kind) => {
  beforeEach(async () => start({ kind }))

  it('gives the id, and the subject its compatibility', async () => {
    expect(await register(contact)).toEqual({ type: 'registered', id: 1, compatibility: 'BACKWARD' })
    expect(fake.levels).toEqual(new Map([['contacts-value', 'BACKWARD']]))
  })

  it('changes nothing when repeated, by any number of replicas at once', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, async () => register(contact)))
    results.push(await register(contact))
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1)
  })

  it.each(['PUT', 'POST'])(
    'goes by what another replica did at the same moment, where a %s is refused for that',
    async (method) => {
      fake.answerNext(method, {
        status: 409,
        body: { error_code: 409, message: "A rule named 'COMPATIBILITY' already exists." },
      })
      expect(await register(contact)).toEqual({ type: 'registered', id: 1, compatibility: 'BACKWARD' })
    },
  )

  it('accepts a compatible version and refuses an incompatible one, naming the subject', async () => {
    await register(contact)
    expect(await register(withCity)).toMatchObject({ type: 'registered', id: 2 })
    expect(await register(withAge)).toEqual({
      type: 'incompatible',
      subject: 'contacts-value',
      detail: expect.stringMatching(/^409: .*incompatible with an earlier schema/),
    })
  })

  it('refuses an incompatible version of a subject that had no compatibility', async () => {
    fake.add('contacts-value', contact)
    expect(await register(withAge)).toMatchObject({ type: 'incompatible' })
  })

  it('keeps the compatibility that is set', async () => {
    fake.add('contacts-value', contact)
    fake.levels.set('contacts-value', 'FULL')
    expect(await register(withCity)).toEqual({ type: 'registered', id: 2, compatibility: 'FULL' })
    expect(fake.levels.get('contacts-value')).toBe('FULL')
  })
})

describe('registering a schema', () => {
  it('is why the client needs the answer about the level from us: at Apicurio it throws', async () => {
    await start({ kind: 'apicurio' })
    fake.add('contacts-value', contact)
    const client = new SchemaRegistry({ host: fake.url })
    const registering = client.register(
      { type: SchemaType.AVRO, schema: JSON.stringify(contact) },
      { subject: 'contacts-value', compatibility: COMPATIBILITY.BACKWARD },
    )
    await expect(registering).rejects.toThrow(
      'Compatibility does not match the configuration (BACKWARD != NONE)',
    )
    expect(await register(contact)).toMatchObject({ type: 'registered', id: 1 })
  })

  it('presents the credentials, and tells when they are refused without repeating them', async () => {
    await start({ auth: 'app:p\u00e4ss' })
    const auth = { username: 'app', password: 'p\u00e4ss' }
    expect(await register(contact, createAdapter({ auth }))).toMatchObject({ type: 'registered' })
    const refused = register(contact, createAdapter({ auth: { ...auth, password: 'wrong-one' } }))
    await expect(refused).rejects.toThrow(
      /HTTP 401: check schemaRegistry.usernameFile and schemaRegistry.passwordFile/,
    )
    await expect(refused).rejects.not.toThrow(/wrong-one/)
  })

  it('finds its way with a trailing slash in the url, and to subjects with any characters', async () => {
    await start({})
    const registry = createAdapter({ url: `${fake.url}/` })
    await registry.registerAvro('a/b c', JSON.stringify(contact), 'FULL')
    expect(fake.requests).toEqual([
      'GET /config/a%2Fb%20c',
      'POST /subjects/a%2Fb%20c/versions',
      'PUT /config/a%2Fb%20c',
    ])
  })
})
