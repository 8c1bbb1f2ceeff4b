import { describe, expect, it } from '@jest/globals'
import { createAvroCodec } from '../../../src/avro/codec.ts'
import { compileSchema, type CompiledSchema } from '../../../src/avro/compiled-schema.ts'
import { open, readContract } from '../../../src/avro/contracts.ts'
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
  const codec = open(
    await createAvroCodec<DesiredContact>({
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
