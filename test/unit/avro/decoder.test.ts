import assert from 'node:assert/strict'
import { describe, expect, it } from '@jest/globals'
import avro from 'avsc'
import type { Schema } from 'avsc'
import { compileSchema } from '../../../src/avro/compiled-schema.ts'
import { createAvroDecoder } from '../../../src/avro/decoder.ts'
import type { DecodeResult } from '../../../src/avro/decoder.ts'
import { frame } from '../../../src/avro/frame.ts'
import type { SchemaLookup } from '../../../src/avro/registry-calls.ts'
import { RegistryUnavailable } from '../../../src/avro/registry-transport.ts'

const contact = {
  type: 'record',
  name: 'Contact',
  fields: [
    { name: 'email', type: 'string' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
}

/** What a decoder makes of bytes when the registry's answer to any id is this. */
async function decode(
  bytes: Uint8Array,
  lookup: SchemaLookup | Error = { type: 'schema', schema: compileSchema(JSON.stringify(contact)) },
): Promise<DecodeResult> {
  const getById = async (): Promise<SchemaLookup> =>
    lookup instanceof Error ? Promise.reject(lookup) : lookup
  return createAvroDecoder({ registry: { getById }, maxBytes: 1000 }).decode(bytes)
}

/** The decoded value of an Avro payload. */
async function decodePayload(schema: unknown, payload: Buffer): Promise<unknown> {
  const result = await decode(frame(7, payload), {
    type: 'schema',
    schema: compileSchema(JSON.stringify(schema)),
  })
  assert.equal(result.type, 'decoded', JSON.stringify(result))
  return result.value
}

/** The decoded value of what avsc writes for a value. */
async function roundTrip(schema: unknown, value: unknown): Promise<unknown> {
  return decodePayload(schema, avro.Type.forSchema(structuredClone(schema) as Schema).toBuffer(value))
}

/** Equal down to prototypes and own keys. */
function expectPlain(actual: unknown, expected: unknown): void {
  assert.deepStrictEqual(actual, expected)
}

/** Avro's form of a long that avsc cannot write. */
function long(value: bigint): Buffer {
  const bytes = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

describe('a value that cannot be decoded', () => {
  const framed = frame(7, Buffer.from([8, 74, 97, 110, 101, 2, 80]))
  it.each<[string, Buffer, SchemaLookup | undefined, object]>([
    [
      'of 1001 bytes',
      Buffer.alloc(1001),
      undefined,
      { reason: 'too-large', detail: '1001 bytes, the limit is 1000' },
    ],
    [
      'that is empty',
      Buffer.alloc(0),
      undefined,
      { reason: 'not-framed', detail: expect.stringMatching(/^0 bytes/) },
    ],
    [
      'of 4 bytes',
      Buffer.alloc(4),
      undefined,
      { reason: 'not-framed', detail: expect.stringMatching(/^4 bytes/) },
    ],
    [
      'that is JSON',
      Buffer.from('{"email":"jane@doe.com"}'),
      undefined,
      { reason: 'not-framed', detail: 'first byte is 123, a framed value starts with 0' },
    ],
    [
      'with a negative schema id',
      Buffer.from([0, 255, 255, 255, 255]),
      undefined,
      { reason: 'not-framed', detail: 'schema id -1 is negative' },
    ],
    [
      'of an unknown schema',
      framed,
      { type: 'unknown' },
      { reason: 'unknown-schema', detail: 'the schema registry has no schema 7' },
    ],
    [
      'of a schema that is not Avro',
      framed,
      { type: 'unusable', detail: 'schema 7: is of type JSON, not AVRO' },
      { reason: 'not-avro-schema', detail: 'schema 7: is of type JSON, not AVRO' },
    ],
    [
      'that is corrupt',
      framed,
      undefined,
      { reason: 'corrupt', detail: 'schema 7: tags.[]: declares 40 bytes of 0 left at byte 11' },
    ],
    [
      'that avsc refuses against all bounds',
      framed,
      { type: 'schema', schema: { type: avro.Type.forSchema(['null', 'int']), bounds: () => undefined } },
      { reason: 'corrupt', detail: 'schema 7: avsc: Error' },
    ],
  ])('%s: the result tells why', async (_what, bytes, lookup, expected) => {
    expect(await decode(bytes, lookup)).toEqual({ type: 'undecodable', ...expected })
  })

  it('because the registry is unavailable: that is thrown, the record is not at fault', async () => {
    await expect(decode(framed, new RegistryUnavailable('down'))).rejects.toBeInstanceOf(RegistryUnavailable)
  })
})

describe('a decoded value', () => {
  it('comes with the id of its schema, from any view of the bytes', async () => {
    const framed = frame(7, Buffer.from([2, 74, 0]))
    const view = new Uint8Array([9, 9, ...framed, 9]).subarray(2, -1)
    const expected = { type: 'decoded', value: { email: 'J', tags: [] }, schemaId: 7 }
    expect(await decode(framed)).toEqual(expected)
    expect(await decode(view)).toEqual(expected)
  })

  it.each([
    [2n ** 53n - 1n, 2 ** 53 - 1],
    [-(2n ** 53n - 1n), -(2 ** 53 - 1)],
    // Where avsc loses the sign.
    [-(2n ** 52n + 5n), -(2 ** 52 + 5)],
    [-(2n ** 52n), -(2 ** 52)],
    [2n ** 53n, '9007199254740992'],
    [2n ** 63n - 1n, '9223372036854775807'],
    [-(2n ** 63n), '-9223372036854775808'],
  ])('has the long %s as %p', async (stored, expected) => {
    expect(await decodePayload('long', long(stored))).toBe(expected)
    expect(
      await decodePayload(
        { type: 'array', items: 'long' },
        Buffer.concat([long(1n), long(stored), long(0n)]),
      ),
    ).toEqual([expected])
  })

  it('needs longs of our own: avsc reads this one with the wrong sign', () => {
    expect(avro.Type.forSchema('long').fromBuffer(long(-(2n ** 52n + 5n)))).toBe(2 ** 52 + 4)
  })

  const decimal = (attributes: object): object => ({ type: 'bytes', logicalType: 'decimal', ...attributes })
  it.each<[string, unknown, unknown, unknown]>([
    ['timestamp-millis', { type: 'long', logicalType: 'timestamp-millis' }, 1700000000123, 1700000000123],
    ['timestamp-micros', { type: 'long', logicalType: 'timestamp-micros' }, 1700000000123999, 1700000000123],
    ['timestamp-micros before 1970', { type: 'long', logicalType: 'timestamp-micros' }, -1, -1],
    ['local-timestamp-micros', { type: 'long', logicalType: 'local-timestamp-micros' }, 5000, 5],
    ['timestamp-micros of the wrong base', { type: 'int', logicalType: 'timestamp-micros' }, 5000, 5000],
    ['date', { type: 'int', logicalType: 'date' }, 19_782, '2024-02-29'],
    ['date before 1970', { type: 'int', logicalType: 'date' }, -1, '1969-12-31'],
    ['date past the year 9999', { type: 'int', logicalType: 'date' }, 2_932_897, 2_932_897],
    ['date past all time', { type: 'int', logicalType: 'date' }, 2 ** 31 - 1, 2 ** 31 - 1],
    ['time-millis', { type: 'int', logicalType: 'time-millis' }, 86_399_999, 86_399_999],
    ['uuid', { type: 'string', logicalType: 'uuid' }, '04a81716-43d6', '04a81716-43d6'],
    ['an unknown one', { type: 'string', logicalType: 'colour' }, 'red', 'red'],
    ['decimal', decimal({ precision: 9, scale: 2 }), Buffer.from([0x04, 0xd2]), '12.34'],
    ['decimal below 1', decimal({ precision: 9, scale: 3 }), Buffer.from([0x07]), '0.007'],
    ['decimal below 0', decimal({ precision: 9, scale: 2 }), Buffer.from([0xfb, 0x2e]), '-12.34'],
    ['decimal without scale', decimal({ precision: 9 }), Buffer.from([0x80]), '-128'],
    ['decimal without bytes', decimal({ precision: 9 }), Buffer.alloc(0), Buffer.alloc(0)],
    ['decimal of 513 bytes', decimal({ precision: 9 }), Buffer.alloc(513, 1), Buffer.alloc(513, 1)],
    [
      'decimal of absurd scale',
      decimal({ precision: 9, scale: 2 ** 31 }),
      Buffer.from([5]),
      Buffer.from([5]),
    ],
    [
      'decimal in fixed',
      { type: 'fixed', name: 'D', size: 4, logicalType: 'decimal', precision: 9, scale: 1 },
      Buffer.from([255, 255, 255, 255]),
      '-0.1',
    ],
  ])('has the logical type %s', async (_name, schema, stored, expected) => {
    // By itself avsc ignores logical types.
    const payload = avro.Type.forSchema(structuredClone(schema) as Schema).toBuffer(stored)
    expect(await decodePayload(schema, payload)).toEqual(expected)
    const union = Buffer.concat([Buffer.from([2]), payload])
    expect(await decodePayload(['null', schema], union)).toEqual(expected)
  })

  it.each([
    ['timestamp-nanos', 1_700_000_000_123_999_999n, 1_700_000_000_123],
    ['timestamp-nanos', -1n, -1],
    ['local-timestamp-nanos', -1_700_000_000_123_999_999n, -1_700_000_000_124],
    ['timestamp-micros', 2n ** 62n, 4_611_686_018_427_387],
  ])('has %s of %s as milliseconds', async (logicalType, stored, expected) => {
    expect(await decodePayload({ type: 'long', logicalType }, long(stored))).toBe(expected)
  })

  const named = (name: string): object => ({ type: 'record', name, fields: [{ name: 'x', type: 'int' }] })
  it.each<[string, unknown, unknown, unknown]>([
    ['two numbers', ['null', 'int', 'double'], { double: 0.5 }, 0.5],
    ['a string and an enum', ['string', { type: 'enum', name: 'E', symbols: ['A'] }], { E: 'A' }, 'A'],
    ['two records', [named('A'), named('B')], { B: { x: 1 } }, { x: 1 }],
    ['a record and a map', [named('A'), { type: 'map', values: 'int' }], { map: { x: 1 } }, { x: 1 }],
    ['two numbers, as null', ['null', 'int', 'long'], null, null],
    ['one string', ['string'], 'a', 'a'],
  ])('is never wrapped by a union of %s', async (_what, schema, value, expected) => {
    expectPlain(await roundTrip(schema, value), expected)
    expectPlain(await roundTrip({ type: 'array', items: schema }, [value, value]), [expected, expected])
  })

  it('has records and errors as plain objects, whatever their fields are called', async () => {
    const fields = ['constructor', 'toString', 'hasOwnProperty'].map((name) => ({ name, type: 'int' }))
    const inner = { type: 'error', name: 'Inner', fields }
    const schema = { type: 'record', name: 'Outer', fields: [{ name: 'inner', type: ['null', inner] }] }
    const value = { inner: { constructor: 1, toString: 2, hasOwnProperty: 3 } }
    expectPlain(await roundTrip(schema, value), value)
  })

  it.each([
    ['an object', { type: 'map', values: 'int' }, { admin: 1 }],
    ['null', 'null', null],
    ['a number', 'int', 1],
  ])('keeps a map key __proto__ as a key: %s', async (_what, values, value) => {
    const map = Object.fromEntries([['__proto__', value] as const, ['other', value] as const])
    const decoded = await roundTrip({ type: 'map', values }, map)
    expectPlain(decoded, map)
    expect(Object.keys(decoded as object)).toEqual(['__proto__', 'other'])
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  it('has replacement characters for invalid UTF-8, and bytes as they are', async () => {
    const invalid = Buffer.from([4, 0xff, 0x41])
    expect(await decodePayload('string', invalid)).toBe('\ufffdA')
    expect(await decodePayload('bytes', invalid)).toEqual(Buffer.from([0xff, 0x41]))
  })

  it('follows names through namespaces, and recursion', async () => {
    const address = {
      type: 'record',
      name: 'Address',
      aliases: ['Place'],
      fields: [{ name: 'city', type: 'string' }],
    }
    const schema = {
      type: 'record',
      name: 'Person',
      namespace: 'com.example',
      fields: [
        { name: 'home', type: address },
        { name: 'work', type: ['null', 'com.example.Address'] },
        { name: 'friends', type: { type: 'map', values: 'Person' } },
      ],
    }
    const ada = { home: { city: 'Ulm' }, work: { city: 'Bern' }, friends: {} }
    const value = { home: { city: 'Bonn' }, work: null, friends: { ada } }
    expectPlain(await roundTrip(schema, value), value)
  })
})
