import avro from 'avsc'
import type { Schema, Type } from 'avsc'
import { compileBounds } from './bounds.ts'
import type { Bounds } from './bounds.ts'
import { createPlainTypeOptions } from './plain-types.ts'

/** A schema ready to decode with: its avsc type, and the check that has to pass before the type may read. */
export interface CompiledSchema {
  readonly type: Type
  readonly bounds: Bounds
}

/**
 * Compiles a schema given as JSON text. Throws when it is not a valid Avro schema; the message says why and quotes
 * parts of the schema.
 */
export function compileSchema(schemaJson: string): CompiledSchema {
  return compileType(avro.Type.forSchema(JSON.parse(schemaJson) as Schema, createPlainTypeOptions()))
}

/**
 * Compiles a type that was built with `createPlainTypeOptions()`. Throws when a record has a field `__proto__`: avsc
 * assigns it, which would replace the prototype of the decoded record.
 */
export function compileType(type: Type): CompiledSchema {
  for (const record of recordsIn(type, new Set())) {
    if (record.fields.some(({ name }) => name === '__proto__')) throw new Error('a field is named __proto__')
    // avsc fills records by a constructor of their own; with this prototype they are plain objects.
    const build = record.recordConstructor as { prototype: object }
    build.prototype = Object.prototype
  }
  return { type, bounds: compileBounds(type) }
}

/** The names of all fields in a schema. */
export function fieldNames(type: Type): ReadonlySet<string> {
  return new Set([...recordsIn(type, new Set())].flatMap(({ fields }) => fields.map(({ name }) => name)))
}

function* recordsIn(type: Type, seen: Set<Type>): Generator<avro.types.RecordType> {
  if (seen.has(type)) return
  seen.add(type)
  if (type instanceof avro.types.RecordType) yield type
  for (const part of partsOf(type)) yield* recordsIn(part, seen)
}

function partsOf(type: Type): readonly Type[] {
  const { types } = avro
  if (type instanceof types.RecordType) return type.fields.map((field) => field.type)
  if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) return type.types
  if (type instanceof types.ArrayType) return [type.itemsType]
  if (type instanceof types.MapType) return [type.valuesType as Type]
  return []
}
