import avro from 'avsc'
import type { Type } from 'avsc'
import type { Shape } from '../domain/record-shape.ts'

/** The shapes that values of a type have once they are decoded, of a type built with `createPlainTypeOptions()`. */
export function shapesOf(type: Type): readonly Shape[] {
  return createReader()(type)
}

/** Remembers each type, so that one that contains itself is read once. */
function createReader(): (type: Type) => readonly Shape[] {
  const known = new Map<Type, readonly Shape[]>()
  const read = (type: Type): readonly Shape[] => {
    const earlier = known.get(type)
    if (earlier !== undefined) return earlier
    const shapes = readOne(type, read)
    known.set(type, shapes)
    return shapes
  }
  return read
}

function readOne(type: Type, read: (type: Type) => readonly Shape[]): readonly Shape[] {
  const { types } = avro
  if (type instanceof types.RecordType) {
    return [
      { type: 'record', fields: () => new Map(type.fields.map((field) => [field.name, read(field.type)])) },
    ]
  }
  if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType)
    return type.types.flatMap(read)
  if (type instanceof types.ArrayType) return [{ type: 'list', items: () => read(type.itemsType) }]
  if (type instanceof types.MapType) return [{ type: 'map', values: () => read(type.valuesType as Type) }]
  if (type instanceof types.EnumType) return [{ type: 'text', words: type.symbols }]
  return scalarShapes(type.typeName)
}

/** Logical types as `createLogicalType` converts them; bytes are base64 in JSON. */
const texts = new Set(['string', 'bytes', 'fixed', 'logical:date', 'logical:decimal'])
const instants = ['timestamp-micros', 'timestamp-nanos', 'local-timestamp-micros', 'local-timestamp-nanos']
const numbers = new Set(['int', 'long', 'float', 'double', ...instants.map((name) => `logical:${name}`)])

/** By the name of a type without parts. */
function scalarShapes(name: string): readonly Shape[] {
  if (name === 'null') return []
  if (name === 'boolean') return [{ type: 'boolean' }]
  if (texts.has(name)) return [{ type: 'text', words: null }]
  return [{ type: numbers.has(name) ? 'number' : 'any' }]
}
