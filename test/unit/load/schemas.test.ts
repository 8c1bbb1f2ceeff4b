import { describe, expect, it } from '@jest/globals'
import avro from 'avsc'
import fc from 'fast-check'
import { type Conformed, conformRecord, createFindings } from '../../../sandbox/load/conform.ts'
import { createEncode } from '../../../sandbox/load/encode.ts'
import { readSchema } from '../../../sandbox/load/schemas.ts'
import { type RecordShape, type Shape, shapeOf } from '../../../sandbox/load/shape.ts'

type Json = Record<string, unknown>

const names = ['profile', 'segment-membership'] as const

/** The fields of all records in a schema, each with the record's name in front. */
function fieldsOf(schema: unknown): (Json & { readonly path: string })[] {
  if (Array.isArray(schema)) return schema.flatMap(fieldsOf)
  if (typeof schema !== 'object' || schema === null) return []
  const { name, fields, type, items, values } = schema as Json
  const own = ((fields ?? []) as Json[]).flatMap((field) => [
    { ...field, path: `${String(name)}.${String(field['name'])}` },
    ...fieldsOf(field['type']),
  ])
  return [...own, ...[type, items, values].flatMap(fieldsOf)]
}

/** What JSON can say that fits a shape, every member present or not. */
function valueOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.type) {
    case 'text':
      return fc.string({ unit: 'grapheme' })
    case 'flag':
      return fc.boolean()
    case 'whole':
      return fc.integer({ min: Math.max(shape.min, -(2 ** 52)), max: shape.max })
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'list':
      return fc.array(valueOf(shape.items), { maxLength: 2 })
    case 'map':
      return fc.dictionary(mapKey, valueOf(shape.values), { maxKeys: 2 })
    case 'record':
      return recordOf(shape)
  }
}

/** Bare avsc, which reads back here, loses a key `__proto__`; the program's own decoder keeps it, with a test. */
const mapKey = fc.string().filter((key) => key !== '__proto__')

function recordOf(shape: RecordShape): fc.Arbitrary<Json> {
  const fields = [...shape.fields]
  const model = Object.fromEntries(fields.map(([name, field]) => [name, valueOf(field.shape)]))
  const requiredKeys = fields.flatMap(([name, { isRequired }]) => (isRequired ? [name] : []))
  return fc.record(model, { requiredKeys })
}

/** A decoded value as it was before: avsc fills `null` in. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutNulls(member)]))
}

describe.each(names)('the schema %s', (name) => {
  const text = readSchema(name)
  const schema = JSON.parse(text) as avro.Schema
  const type = avro.Type.forSchema(schema)

  it('says of every field what it means', () => {
    const fields = fieldsOf(schema)
    expect(fields.length).toBeGreaterThan(20)
    expect(fields.filter(({ doc }) => typeof doc !== 'string' || doc === '')).toEqual([])
  })

  it('needs nothing but the text of an identity', () => {
    const required = fieldsOf(schema).filter((field) => field['default'] !== null)
    expect(required.map(({ path }) => path)).toEqual(['Identity.id'])
  })

  it('reads what every schema wrote that it could have grown from', () => {
    const { fields, ...record } = schema as unknown as { readonly fields: readonly Json[] }
    for (let count = 0; count <= fields.length; count++) {
      const older = { ...record, fields: fields.slice(0, count) } as unknown as avro.Schema
      const writer = avro.Type.forSchema(older)
      const value = type.fromBuffer(writer.toBuffer({}), type.createResolver(writer)) as unknown
      expect(withoutNulls(value)).toEqual({})
    }
  })

  it('takes whatever fits it through the encoding and back', () => {
    const shape = shapeOf(schema)
    const encode = createEncode(text, 70_000)
    fc.assert(
      fc.property(recordOf(shape), (value) => {
        const findings = createFindings()
        const conformed = conformRecord(new Map(Object.entries(value)), shape, findings)
        expect(findings).toEqual({ problems: [], leftOut: new Set() })
        const bytes = encode(conformed)
        expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 1, 0x11, 0x70])
        expect(withoutNulls(type.fromBuffer(bytes.subarray(5)))).toEqual(value)
      }),
      { numRuns: 200 },
    )
  })
})

describe('shapeOf', () => {
  it('knows named types where they are used again', () => {
    const profile = shapeOf(JSON.parse(readSchema('profile')))
    expect(profile.fields.get('workEmail')?.shape).toBe(profile.fields.get('personalEmail')?.shape)
  })

  it.each([
    ['"string"', 'the schema of an input is a record'],
    [
      '{"type":"record","name":"R","fields":[{"name":"a","type":"Other"}]}',
      'the Avro type "Other" is not known here',
    ],
    [
      '{"type":"record","name":"R","fields":[{"name":"a","type":["int","string"]}]}',
      'the unions of the inputs are ["null", something]',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => shapeOf(JSON.parse(text))).toThrow(message)
  })
})

describe('createEncode', () => {
  it('does not write what does not fit', () => {
    const encode = createEncode(readSchema('profile'), 1)
    const misfit: Conformed = { person: { name: { lastName: 42 } } }
    expect(() => encode(misfit)).toThrow()
  })
})
