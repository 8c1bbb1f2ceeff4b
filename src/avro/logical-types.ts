import avro from 'avsc'
import type { ForSchemaOptions, Schema, Type } from 'avsc'

/** How the values of one logical type look outside; `write` undoes `read`. */
interface Conversion {
  read(stored: unknown): unknown
  write(value: unknown): unknown
}

const DAY_MS = 86_400_000
const MAX_DECIMAL_PRECISION = 1000
// Printing a number takes time beyond linear in its length.
const MAX_DECIMAL_BYTES = 512

/** The type of every logical type that is converted; the bounds know it by its `underlyingType`. */
class ConvertedType extends avro.types.LogicalType {
  readonly #conversion: Conversion

  constructor(schema: Schema, options: ForSchemaOptions, conversion: Conversion) {
    super(schema, options)
    this.#conversion = conversion
  }

  protected override _fromValue(stored: unknown): unknown {
    return this.#conversion.read(stored)
  }

  protected override _toValue(value: unknown): unknown {
    return this.#conversion.write(value)
  }

  // What a writer's type yields is either converted already (the same logical type) or still to be converted.
  protected override _resolve(writer: Type): ((value: unknown) => unknown) | undefined {
    if (writer.typeName === this.typeName) return (value) => value
    if (writer.typeName === this.underlyingType.typeName) return (stored) => this.#conversion.read(stored)
    return undefined
  }
}

/**
 * The converting type for a schema with a `logicalType` we convert; undefined for any other schema. As the Avro
 * specification asks, a logical type that is unknown or does not fit its base type is ignored. Conversions:
 *
 * - `date` -> `'YYYY-MM-DD'` (a day outside the years 0000 to 9999 stays a number of days)
 * - `timestamp-micros`, `timestamp-nanos` and their `local-` forms -> milliseconds, rounded down
 * - `decimal` -> exact decimal string such as `'-12.30'` (no bytes, or more than 512, stay bytes); read only
 *
 * `timestamp-millis`, `time-millis`, `time-micros` and `uuid` need none: they are the number or string they are stored as.
 */
export function createLogicalType(schema: Schema, options: ForSchemaOptions): Type | undefined {
  const conversion = conversionOf(schema as unknown as Readonly<Record<string, unknown>>)
  return conversion && new ConvertedType(schema, options, conversion)
}

function conversionOf(schema: Readonly<Record<string, unknown>>): Conversion | undefined {
  const base = schema['type']
  switch (schema['logicalType']) {
    case 'date':
      return base === 'int' ? date : undefined
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return base === 'long' ? fractionsOfMs(1000) : undefined
    case 'timestamp-nanos':
    case 'local-timestamp-nanos':
      return base === 'long' ? fractionsOfMs(1_000_000) : undefined
    case 'decimal':
      return base === 'bytes' || base === 'fixed' ? decimalOf(schema) : undefined
    default:
      return undefined
  }
}

const date: Conversion = {
  read: (stored) => {
    const time = new Date(Number(stored) * DAY_MS)
    const text = Number.isNaN(time.getTime()) ? '' : time.toISOString()
    return text.length === '0000-00-00T00:00:00.000Z'.length ? text.slice(0, 10) : stored
  },
  write: (value) => (typeof value === 'string' ? Date.parse(`${value}T00:00:00.000Z`) / DAY_MS : value),
}

function fractionsOfMs(perMs: number): Conversion {
  return {
    // A long beyond 2^53, as every present-day number of nanoseconds is, arrives as a decimal string.
    read: (stored) =>
      typeof stored === 'number'
        ? Math.floor(stored / perMs)
        : floorDivide(BigInt(String(stored)), BigInt(perMs)),
    write: (value) => Number(value) * perMs,
  }
}

function floorDivide(value: bigint, divisor: bigint): number {
  const quotient = value / divisor
  return Number(value % divisor < 0n ? quotient - 1n : quotient)
}

function decimalOf(schema: Readonly<Record<string, unknown>>): Conversion | undefined {
  const { precision, scale = 0 } = schema
  if (!isCount(precision) || precision < 1 || precision > MAX_DECIMAL_PRECISION) return undefined
  if (!isCount(scale) || scale > precision) return undefined
  return {
    read: (stored) =>
      Buffer.isBuffer(stored) && stored.length > 0 && stored.length <= MAX_DECIMAL_BYTES
        ? formatDecimal(stored, scale)
        : stored,
    write: () => {
      throw new TypeError('decimals are read, never written')
    },
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0
}

function formatDecimal(twosComplement: Buffer, scale: number): string {
  const unscaled = BigInt.asIntN(twosComplement.length * 8, BigInt(`0x${twosComplement.toString('hex')}`))
  const sign = unscaled < 0n ? '-' : ''
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  if (scale === 0) return sign + digits
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
