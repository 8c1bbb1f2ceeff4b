import type { Resolver, Type } from 'avsc'
import type { CompiledSchema } from './compiled-schema.ts'
import { PAYLOAD_START, readSchemaId } from './frame.ts'
import type { SchemaSource } from './registry.ts'

/**
 * Why a value could not be decoded. `not-avro-schema`: its schema exists but cannot be read with: another kind of
 * schema, one that is broken, or one that does not resolve into the reader's.
 */
export type UndecodableReason = 'too-large' | 'not-framed' | 'unknown-schema' | 'not-avro-schema' | 'corrupt'

/** A decoded value, or why there is none; `detail` names schema parts and numbers of bytes, never a value. */
export type DecodeResult<T = unknown> =
  | { readonly type: 'decoded'; readonly value: T; readonly schemaId: number }
  | { readonly type: 'undecodable'; readonly reason: UndecodableReason; readonly detail: string }

/** Decodes values in the registry's wire format. */
export interface AvroDecoder {
  /** Throws RegistryUnavailable: the record is then not at fault. */
  decode(bytes: Uint8Array): Promise<DecodeResult>
}

/**
 * A decoder for values of any schema, by the schema each names. What it yields is plain data: records and maps as plain
 * objects (also with a key `__proto__`), unions as the value itself, longs past 2^53 as decimal strings, bytes as
 * Buffers, invalid UTF-8 as replacement characters, logical types as `createLogicalType` tells. Values over `maxBytes`,
 * frame included, are not looked at.
 */
export function createAvroDecoder({
  registry,
  maxBytes,
}: {
  registry: SchemaSource
  maxBytes: number
}): AvroDecoder {
  return {
    async decode(bytes) {
      const schemaId = openFrame(bytes, maxBytes)
      if (typeof schemaId !== 'number') return schemaId
      const writer = await findWriter(registry, schemaId)
      return 'reason' in writer ? writer : readValue(bytes, schemaId, { writer, reader: writer.type })
    },
  }
}

/** A result without a value. */
type Undecodable = Extract<DecodeResult, { type: 'undecodable' }>

/** The result for a value that cannot be decoded. */
export function undecodable(reason: UndecodableReason, detail: string): Undecodable {
  return { type: 'undecodable', reason, detail }
}

/** The id of a framed value's schema. */
export function openFrame(bytes: Uint8Array, maxBytes: number): number | Undecodable {
  if (bytes.length > maxBytes) {
    return undecodable('too-large', `${bytes.length} bytes, the limit is ${maxBytes}`)
  }
  const schemaId = readSchemaId(bytes)
  return typeof schemaId === 'number' ? schemaId : undecodable('not-framed', schemaId)
}

/** The schema a value was written with. Throws RegistryUnavailable. */
export async function findWriter(
  registry: SchemaSource,
  schemaId: number,
): Promise<CompiledSchema | Undecodable> {
  const lookup = await registry.getById(schemaId)
  switch (lookup.type) {
    case 'schema':
      return lookup.schema
    case 'unknown':
      return undecodable('unknown-schema', `the schema registry has no schema ${schemaId}`)
    case 'unusable':
      return undecodable('not-avro-schema', lookup.detail)
  }
}

/** A writer's schema, and the type to read its values as: by a resolver when that is another than the writer's. */
export interface Reading {
  readonly writer: CompiledSchema
  readonly reader: Type
  readonly resolver?: Resolver
}

/** Decodes a framed value: checks it against the writer's schema, then has the reader's type read it. */
export function readValue<T = unknown>(
  bytes: Uint8Array,
  schemaId: number,
  reading: Reading,
): DecodeResult<T> {
  const problem = reading.writer.bounds(bytes, PAYLOAD_START)
  if (problem !== undefined) return undecodable('corrupt', `schema ${schemaId}: ${problem}`)
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  try {
    const value = reading.reader.decode(buffer, PAYLOAD_START, reading.resolver).value as T
    return { type: 'decoded', value, schemaId }
  } catch (error) {
    // The bounds accept nothing that avsc refuses; should they, it is one record and not the process that is lost.
    return undecodable(
      'corrupt',
      `schema ${schemaId}: avsc: ${error instanceof Error ? error.name : 'error'}`,
    )
  }
}
