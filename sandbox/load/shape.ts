import { isObject } from './xdm-names.ts'

/** What a place in a record can hold: the part of Avro that the schemas of the inputs use. */
export type Shape =
  /** `isTime`: a UNIX time is taken too and becomes its digits. */
  | { readonly type: 'text'; readonly isTime: boolean }
  | { readonly type: 'flag' }
  | { readonly type: 'whole'; readonly min: number; readonly max: number }
  | { readonly type: 'number' }
  | { readonly type: 'list'; readonly items: Shape }
  | { readonly type: 'map'; readonly values: Shape }
  | RecordShape

/** An object with known members. */
export interface RecordShape {
  readonly type: 'record'
  /** Filled once the members are known: a record may contain itself. */
  readonly fields: ReadonlyMap<string, FieldShape>
}

/** One member of a record. */
export interface FieldShape {
  readonly shape: Shape
  readonly isRequired: boolean
}

type Names = Map<string, Shape>

/** The shape of an Avro record schema, given as parsed JSON. Throws for what the schemas of the inputs do not use. */
export function shapeOf(schema: unknown): RecordShape {
  const shape = compile(schema, false, new Map())
  if (shape.type !== 'record') throw new Error('the schema of an input is a record')
  return shape
}

function compile(schema: unknown, isTime: boolean, names: Names): Shape {
  if (typeof schema === 'string') return primitive(schema, isTime) ?? named(schema, names)
  if (Array.isArray(schema)) return compile(optional(schema), isTime, names)
  if (!isObject(schema)) throw new Error('an Avro schema is a name, a list or an object')
  switch (schema['type']) {
    case 'record':
      return compileRecord(schema, names)
    case 'array':
      return { type: 'list', items: compile(schema['items'], false, names) }
    case 'map':
      return { type: 'map', values: compile(schema['values'], false, names) }
    default:
      return compile(schema['type'], isTime, names)
  }
}

function compileRecord(schema: Readonly<Record<string, unknown>>, names: Names): RecordShape {
  const fields = new Map<string, FieldShape>()
  const shape: RecordShape = { type: 'record', fields }
  names.set(String(schema['name']), shape)
  for (const field of schema['fields'] as readonly Readonly<Record<string, unknown>>[]) {
    const isRequired = !Object.hasOwn(field, 'default')
    fields.set(String(field['name']), {
      shape: compile(field['type'], field['format'] === 'date-time', names),
      isRequired,
    })
  }
  return shape
}

function primitive(name: string, isTime: boolean): Shape | undefined {
  switch (name) {
    case 'string':
      return { type: 'text', isTime }
    case 'boolean':
      return { type: 'flag' }
    case 'int':
      return { type: 'whole', min: -(2 ** 31), max: 2 ** 31 - 1 }
    case 'long':
      // Below -2^52 avsc writes the wrong sign.
      return { type: 'whole', min: -(2 ** 52), max: 2 ** 52 }
    case 'double':
      return { type: 'number' }
    default:
      return undefined
  }
}

function named(name: string, names: Names): Shape {
  const shape = names.get(name)
  if (shape === undefined) throw new Error(`the Avro type "${name}" is not known here`)
  return shape
}

function optional(union: readonly unknown[]): unknown {
  const [none, branch] = union
  if (none !== 'null' || union.length !== 2)
    throw new Error('the unions of the inputs are ["null", something]')
  return branch
}
