import { describe, expect, it } from '@jest/globals'
import { createAvroCodec } from '../../../src/avro/codec.ts'
import { compileSchema, type CompiledSchema } from '../../../src/avro/compiled-schema.ts'
import { contactCodec, type ContactValue, readContract } from '../../../src/avro/contracts.ts'
import { frame } from '../../../src/avro/frame.ts'
import type { SchemaRegistryAdapter } from '../../../src/avro/registry.ts'
import type { DesiredContact } from '../../../src/domain/contact.ts'

interface ContactSchema {
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[]
}

const contact: DesiredContact = {
  email: 'a@x.com',
  personKey: 'p',
  state: 'active',
  revision: 5,
  cause: 'backfill',
  fields: { last_name: { value: 'Doe', timeMs: 3 } },
}

/** A codec of this release, and the bytes that one of another release writes, whose schema is `change` of ours. */
async function createReleases(change: (schema: ContactSchema) => object) {
  const schemas: CompiledSchema[] = []
  const register = (json: string): number => schemas.push(compileSchema(json))
  const registry: SchemaRegistryAdapter = {
    getById: async (id) => {
      const schema = schemas[id - 1]
      return Promise.resolve(schema === undefined ? { type: 'unknown' } : { type: 'schema', schema })
    },
    registerAvro: async (_subject, json, compatibility) =>
      Promise.resolve({ type: 'registered', id: register(json), compatibility }),
  }
  const schema = await readContract('contact')
  const codec = contactCodec(
    await createAvroCodec<ContactValue>({
      subject: 'contacts-value',
      schema,
      registry,
      compatibility: 'BACKWARD',
      maxBytes: 1000,
    }),
  )
  const other = JSON.stringify(change(schema as ContactSchema))
  const otherId = register(other)
  return {
    codec,
    encodeOther: (value: object) => frame(otherId, compileSchema(other).type.toBuffer(value)),
  }
}

function isStructured(name: unknown): boolean {
  return name === 'list' || name === 'address'
}

describe('the cause of a contact', () => {
  it('is read as it was written', async () => {
    const { codec } = await createReleases((schema) => schema)
    expect(await codec.read(codec.encode(contact))).toMatchObject({ type: 'decoded', value: contact })
  })

  it('is a change in a record of a release that knew none', async () => {
    const { codec, encodeOther } = await createReleases(({ fields, ...schema }) => ({
      ...schema,
      fields: fields.filter(({ name }) => name !== 'cause'),
    }))
    const { cause, ...old } = contact
    expect(cause).toBe('backfill')
    expect(await codec.read(encodeOther(old))).toMatchObject({ value: { ...old, cause: 'change' } })
  })

  it('is a change where a later release has a word for it that this one does not know', async () => {
    const { codec, encodeOther } = await createReleases(({ fields, ...schema }) => ({
      ...schema,
      fields: fields.map((field) =>
        field.name === 'cause'
          ? { ...field, type: { ...(field.type as object), symbols: ['consent', 'change'] } }
          : field,
      ),
    }))
    expect(await codec.read(encodeOther({ ...contact, cause: 'consent' }))).toMatchObject({
      value: { ...contact, cause: 'change' },
    })
  })
})

describe('the fields of a contact', () => {
  const fields: DesiredContact['fields'] = {
    a: { value: 'x', timeMs: 1 },
    b: { value: 7.5, timeMs: 2 },
    c: { value: false, timeMs: 3 },
    d: { value: null, timeMs: 4 },
    e: { value: ['x', 'y'], timeMs: 5 },
    f: { value: [], timeMs: 6 },
    g: { value: { line1: 'Main St 1', country: 'DE' }, timeMs: 7 },
    'custom_fields.__proto__': { value: 'own', timeMs: 8 },
  }

  it('are read as they were written, lists and addresses too', async () => {
    const { codec } = await createReleases((schema) => schema)
    const result = await codec.read(codec.encode({ ...contact, fields }))
    expect(result).toMatchObject({ type: 'decoded' })
    const value = result.type === 'decoded' ? result.value : undefined
    expect(JSON.stringify(value?.fields)).toBe(JSON.stringify(fields))
  })

  it('have the parts of an address in one order, so that two readings are one text', async () => {
    const { codec } = await createReleases((schema) => schema)
    const mixed = { a: { value: { country: 'DE', line1: 'Main St 1', planet: 'x' }, timeMs: 1 } }
    const result = await codec.read(codec.encode({ ...contact, fields: mixed }))
    expect(JSON.stringify(result.type === 'decoded' ? result.value.fields : null)).toBe(
      '{"a":{"value":{"line1":"Main St 1","country":"DE"},"timeMs":1}}',
    )
  })

  it('of a release that knew scalars alone are scalars', async () => {
    const { codec, encodeOther } = await createReleases(
      (schema) =>
        JSON.parse(JSON.stringify(schema), (_key, member: unknown) =>
          Array.isArray(member)
            ? member.filter((one: { name?: unknown }) => !isStructured(one.name))
            : member,
        ) as object,
    )
    const old = { last_name: { value: 'Doe', timeMs: 3 }, x: { value: null, timeMs: 4 } }
    expect(await codec.read(encodeOther({ ...contact, fields: old }))).toMatchObject({
      type: 'decoded',
      value: { ...contact, fields: old },
    })
  })
})
