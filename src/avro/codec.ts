import { createBoundedCache } from './bounded-cache.ts'
import { compileSchema, fieldNames } from './compiled-schema.ts'
import type { CompiledSchema } from './compiled-schema.ts'
import { findWriter, openFrame, readValue, undecodable } from './decoder.ts'
import type { DecodeResult, Reading } from './decoder.ts'
import { frame } from './frame.ts'
import type { Compatibility } from './registry-calls.ts'
import type { SchemaRegistryAdapter } from './registry.ts'

/** Writes and reads the values of one of our own topics. */
export interface AvroCodec<T> {
  /** A framed value. Throws when the value does not fit the schema or `maxBytes`; the message names fields, no values. */
  encode(value: T): Buffer
  /** Reads what any version of the schema wrote, as ours. Throws RegistryUnavailable. */
  decode(bytes: Uint8Array): Promise<DecodeResult<T>>
}

/** The registry refuses our schema: it does not follow the subject's compatibility with earlier versions. */
export class IncompatibleSchema extends Error {
  override readonly name = 'IncompatibleSchema'
}

/** What a codec is made of. `schema` is our version, whose values have to be a T. */
export interface AvroCodecOptions {
  readonly subject: string
  readonly schema: object
  readonly registry: SchemaRegistryAdapter
  readonly compatibility: Compatibility
  /** Of a framed value, written or read. */
  readonly maxBytes: number
}

const MAX_WRITER_SCHEMAS = 100

/** Registers our schema, then gives the codec. Throws IncompatibleSchema or RegistryUnavailable. */
export async function createAvroCodec<T>(options: AvroCodecOptions): Promise<AvroCodec<T>> {
  const { subject, registry, compatibility, maxBytes } = options
  const schemaJson = JSON.stringify(options.schema)
  const own = compileSchema(schemaJson)
  const registration = await registry.registerAvro(subject, schemaJson, compatibility)
  if (registration.type === 'incompatible') throw refuse(subject, registration.detail)
  const ownId = registration.id
  return {
    encode: (value) => frame(ownId, toPayload(own, value, subject, maxBytes)),
    decode: createReader<T>(options, own, ownId),
  }
}

/** Reads the values of one of our own topics, of any version of the schema, as ours. Registers nothing. */
export function createAvroReader<T>(
  options: Omit<AvroCodecOptions, 'compatibility'>,
): Pick<AvroCodec<T>, 'decode'> {
  return { decode: createReader<T>(options, compileSchema(JSON.stringify(options.schema)), null) }
}

function createReader<T>(
  { subject, registry, maxBytes }: Pick<AvroCodecOptions, 'subject' | 'registry' | 'maxBytes'>,
  own: CompiledSchema,
  ownId: number | null,
): AvroCodec<T>['decode'] {
  const unresolved: Reading = { writer: own, reader: own.type }
  // By writer: a resolver takes as long to make as twenty values to decode.
  const readings = createBoundedCache<number, Reading | string>(MAX_WRITER_SCHEMAS)

  const readingOf = (writer: CompiledSchema): Reading | string => {
    if (own.type.equals(writer.type)) return unresolved
    try {
      return { writer, reader: own.type, resolver: own.type.createResolver(writer.type) }
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  return async (bytes) => {
    const schemaId = openFrame(bytes, maxBytes)
    if (typeof schemaId !== 'number') return schemaId
    let reading = schemaId === ownId ? unresolved : readings.get(schemaId)
    if (reading === undefined) {
      const writer = await findWriter(registry, schemaId)
      if ('reason' in writer) return writer
      reading = readingOf(writer)
      readings.set(schemaId, reading)
    }
    if (typeof reading === 'string') {
      const detail = `schema ${schemaId} does not resolve into ours of ${subject}: ${reading}`
      return undecodable('not-avro-schema', detail.slice(0, 300))
    }
    return readValue(bytes, schemaId, reading)
  }
}

function refuse(subject: string, detail: string): IncompatibleSchema {
  return new IncompatibleSchema(
    `the schema registry refuses this release's schema for subject '${subject}' (${detail}). ` +
      'If a newer release has run, deploy that one; if the subject is not ours, choose another application id.',
  )
}

function toPayload(own: CompiledSchema, value: unknown, subject: string, maxBytes: number): Buffer {
  let payload: Buffer
  try {
    payload = own.type.toBuffer(value)
  } catch {
    // avsc's own message quotes the value.
    throw new TypeError(`value does not fit the schema of ${subject} at ${misfits(own, value).join(', ')}`)
  }
  if (payload.length + 5 <= maxBytes) return payload
  throw new RangeError(`value for ${subject} takes ${payload.length} bytes, the limit is ${maxBytes}`)
}

/** Paths of the parts that do not fit; what is no field name (keys of maps, indexes) as `*`. */
function misfits({ type }: CompiledSchema, value: unknown): string[] {
  const names = fieldNames(type)
  const paths = new Set<string>()
  const errorHook = (path: string[]): void => {
    paths.add(path.map((step) => (names.has(step) ? step : '*')).join('.') || 'its root')
  }
  type.isValid(value, { errorHook })
  return paths.size === 0 ? ['a number out of range'] : [...paths].slice(0, 10)
}
