import avro from 'avsc'
import type { ForSchemaOptions, Schema, Type } from 'avsc'
import { createLogicalType } from './logical-types.ts'

/** What avsc hands a type to read from: the buffer and a position in it. Not in its typings. */
interface Tap {
  readonly buf: Buffer
  readonly pos: number
  readLong(): number
  skipLong(): void
  readString(): string
}

/** The reading and writing half of every avsc type. Not in its typings. */
interface Codable {
  _read(tap: Tap): unknown
  _write(tap: Tap, value: unknown): void
}

const FLOAT_EXACT_LIMIT = 2 ** 52
// avsc generates code for every record, a quarter of a millisecond or more each, in one go.
const MAX_RECORDS = 2000
const longBase = avro.types.LongType.prototype as unknown as Codable

/**
 * A long that reads its whole range. avsc refuses what exceeds 2^53 and, worse, reads and writes negative values
 * below -2^52 with the wrong sign: the zigzag form needs one bit more than a double has.
 */
class ExactLong extends avro.types.LongType {
  _read(tap: Tap): number | string {
    const start = tap.pos
    const value = tap.readLong()
    return Math.abs(value) < FLOAT_EXACT_LIMIT ? value : readWideLong(tap.buf, start)
  }

  _write(tap: Tap, value: unknown): void {
    if (typeof value === 'number' && value < -FLOAT_EXACT_LIMIT) throw new RangeError('long below -2^52')
    longBase._write.call(this, tap, value)
  }
}

function readWideLong(bytes: Buffer, start: number): number | string {
  let zigzag = 0n
  let shift = 0n
  for (const byte of bytes.subarray(start)) {
    zigzag |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) break
    shift += 7n
  }
  const value = (zigzag >> 1n) ^ -(zigzag & 1n)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

/** A map that keeps a key `__proto__` as a key: avsc would make its value the prototype of the decoded object. */
class PlainMap extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = this.valuesType as Codable
    const map: Record<string, unknown> = {}
    for (let count = readBlockCount(tap); count > 0; count = readBlockCount(tap)) {
      for (; count > 0; count--) {
        const key = tap.readString()
        const value = values._read(tap)
        if (key === '__proto__') {
          Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
        } else {
          map[key] = value
        }
      }
    }
    return map
  }
}

function readBlockCount(tap: Tap): number {
  const count = tap.readLong()
  if (count >= 0) return count
  tap.skipLong()
  return -count
}

/** A union that avsc would wrap (`{ string: 'x' }`) because its branches look alike once decoded. For reading only. */
class PlainUnion extends avro.types.WrappedUnionType {
  _read(tap: Tap): unknown {
    const index = tap.readLong()
    const branch = this.types[index]
    if (branch === undefined) throw new Error(`invalid union index: ${index}`)
    return (branch as unknown as Codable)._read(tap)
  }
}

/**
 * avsc options that make a schema's values plain data: longs of any size, maps with any key, unions never wrapped,
 * records without methods, logical types converted. For one schema: avsc collects its names in them, and a schema that
 * defines over 2000 records is refused.
 */
export function createPlainTypeOptions(): Partial<ForSchemaOptions> {
  const long = new ExactLong()
  // avsc calls the hook again for the same part of the schema when the hook has it build the underlying type.
  const entered = new Set<unknown>()
  let records = 0

  const typeHook = (schema: Schema, options: ForSchemaOptions): Type | undefined => {
    if (schema === 'long') return long
    if (typeof schema !== 'object') return undefined
    if (!entered.has(schema)) {
      entered.add(schema)
      const type = Array.isArray(schema) ? createUnion(schema, options) : createLogicalType(schema, options)
      if (type !== undefined) return type
    }
    if (!('type' in schema)) return undefined
    if (schema.type === 'long') return long
    if (schema.type === 'map') return new PlainMap(schema, options)
    if ((schema.type === 'record' || schema.type === 'error') && ++records > MAX_RECORDS) {
      throw new Error(`defines over ${MAX_RECORDS} records`)
    }
    return undefined
  }
  // No prototype: a schema may name a type `constructor`.
  return { typeHook, omitRecordMethods: true, registry: Object.create(null) as Record<string, Type> }
}

function createUnion(schema: Schema, options: ForSchemaOptions): Type {
  const union = avro.Type.forSchema(schema, options)
  if (!(union instanceof avro.types.WrappedUnionType)) return union
  const branches: unknown = union.types
  return new PlainUnion(branches as Schema, options)
}
