import fc from 'fast-check'

/** A schema and one of its values: `plain` as it should be decoded, `wrapped` as avsc wants it for encoding. */
export interface Sample {
  readonly schema: unknown
  readonly plain: unknown
  readonly wrapped: unknown
}

/** A schema's outline: names are given when it is written out. */
type Shape =
  | { kind: 'primitive'; type: keyof typeof primitives }
  | { kind: 'fixed'; size: number }
  | { kind: 'enum'; symbols: number }
  | { kind: 'array' | 'map'; of: Shape }
  | { kind: 'record'; fields: Shape[] }
  | { kind: 'union'; of: Shape[] }
  | { kind: 'tree' }
  | { kind: 'reference'; index: number }

/** A schema written out: its name as a branch of a union, what its values look like decoded, and how to make one. */
interface Written {
  readonly schema: unknown
  readonly branch: string
  readonly look: 'null' | 'boolean' | 'number' | 'string' | 'buffer' | 'array' | 'object'
  readonly pair: fc.Arbitrary<Pair>
}
type Pair = readonly [plain: unknown, wrapped: unknown]

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const bytes = fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array))
const key = fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: fc.constant('__proto__') })

const primitives = {
  null: { look: 'null', values: fc.constant(null) },
  boolean: { look: 'boolean', values: fc.boolean() },
  int: { look: 'number', values: fc.integer() },
  long: { look: 'number', values: fc.integer({ min: -(2 ** 52), max: Number.MAX_SAFE_INTEGER - 1 }) },
  float: { look: 'number', values: fc.float() },
  double: { look: 'number', values: fc.double() },
  string: { look: 'string', values: text },
  bytes: { look: 'buffer', values: bytes },
} as const

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: 'small', maxDepth: 4, withCrossShrink: true },
    fc.record({ kind: fc.constant('primitive'), type: fc.constantFrom(...keysOf(primitives)) }),
    fc.record({ kind: fc.constant('fixed'), size: fc.nat({ max: 9 }) }),
    fc.record({ kind: fc.constant('enum'), symbols: fc.integer({ min: 1, max: 70 }) }),
    fc.record({ kind: fc.constantFrom('array', 'map'), of: tie('shape') }),
    fc.record({ kind: fc.constant('record'), fields: fc.array(tie('shape'), { maxLength: 5 }) }),
    fc.record({ kind: fc.constant('union'), of: fc.array(tie('shape'), { minLength: 1, maxLength: 4 }) }),
    fc.constant({ kind: 'tree' }),
    fc.record({ kind: fc.constant('reference'), index: fc.nat({ max: 20 }) }),
  ),
}))

/** Any schema, with unions of any branches, named types referred to again, and a recursive type; and a value of it. */
export const sample: fc.Arbitrary<Sample> = shape.chain((outline) => {
  const { schema, pair } = write(outline, [])
  return pair.map(([plain, wrapped]) => ({ schema, plain, wrapped }))
})

function keysOf<T extends object>(object: T): (keyof T)[] {
  return Object.keys(object) as (keyof T)[]
}

function write(outline: Shape, named: Written[]): Written {
  const name = `n${named.length}`
  switch (outline.kind) {
    case 'primitive':
      return writePrimitive(outline.type)
    case 'fixed': {
      const { size } = outline
      const value = fc.uint8Array({ minLength: size, maxLength: size }).map((array) => Buffer.from(array))
      return remember(named, name, { type: 'fixed', name, size }, 'buffer', same(value))
    }
    case 'enum': {
      const symbols = Array.from({ length: outline.symbols }, (_, i) => `s${i}`)
      return remember(
        named,
        name,
        { type: 'enum', name, symbols },
        'string',
        same(fc.constantFrom(...symbols)),
      )
    }
    case 'array': {
      const items = write(outline.of, named)
      const pair = fc.array(items.pair, { maxLength: 4 }).map(unzip)
      return { schema: { type: 'array', items: items.schema }, branch: 'array', look: 'array', pair }
    }
    case 'map': {
      const values = write(outline.of, named)
      const entries = fc.uniqueArray(fc.tuple(key, values.pair), { maxLength: 4, selector: ([k]) => k })
      const pair = entries.map(toObjects)
      return { schema: { type: 'map', values: values.schema }, branch: 'map', look: 'object', pair }
    }
    case 'record':
      return writeRecord(outline.fields, named, name)
    case 'union':
      return writeUnion(outline.of, named)
    case 'tree':
      return remember(named, name, treeSchema(name), 'object', same(treeUpTo(4)))
    case 'reference': {
      const target = named[outline.index % Math.max(named.length, 1)]
      return target === undefined ? writePrimitive('int') : { ...target, schema: target.branch }
    }
  }
}

function writePrimitive(type: keyof typeof primitives): Written {
  const { look, values } = primitives[type]
  return { schema: type, branch: type, look, pair: same(values) }
}

function remember(
  named: Written[],
  name: string,
  schema: object,
  look: Written['look'],
  pair: Written['pair'],
): Written {
  const written = { schema, branch: name, look, pair }
  named.push(written)
  return written
}

function same(value: fc.Arbitrary<unknown>): fc.Arbitrary<Pair> {
  return value.map((v) => [v, v] as const)
}

function unzip(pairs: readonly Pair[]): Pair {
  return [pairs.map(([plain]) => plain), pairs.map(([, wrapped]) => wrapped)]
}

function toObjects(entries: readonly (readonly [string, Pair])[]): Pair {
  const object = (side: 0 | 1): object => Object.fromEntries(entries.map(([k, pair]) => [k, pair[side]]))
  return [object(0), object(1)]
}

function writeRecord(shapes: readonly Shape[], named: Written[], name: string): Written {
  // The name is taken before the fields' names are; referred to from within, it would have no end.
  const place = named.push(writePrimitive('int')) - 1
  const fields = shapes.map((field, i) => ({ name: `f${i}`, written: write(field, named) }))
  const schema = {
    type: 'record',
    name,
    fields: fields.map((f) => ({ name: f.name, type: f.written.schema })),
  }
  const pair = fc
    .tuple(...fields.map(({ written }) => written.pair))
    .map((pairs) => toObjects(pairs.map((value, i) => [`f${i}`, value])))
  const written: Written = { schema, branch: name, look: 'object', pair }
  named[place] = written
  return written
}

function writeUnion(shapes: readonly Shape[], named: Written[]): Written {
  const branches = new Map<string, Written>()
  for (const outline of shapes) {
    const namedBefore = named.length
    const written = write(outline.kind === 'union' ? { kind: 'tree' } : outline, named)
    if (branches.has(written.branch)) named.length = namedBefore
    else branches.set(written.branch, written)
  }
  const written = [...branches.values()]
  // avsc wraps values when two branches look alike.
  const wraps = new Set(written.map(({ look }) => look)).size < written.length
  const wrap = (branch: string, value: unknown): unknown =>
    wraps && value !== null ? { [branch]: value } : value
  const pairs = written.map(({ branch, pair }) =>
    pair.map(([plain, wrapped]): Pair => [plain, wrap(branch, wrapped)]),
  )
  return {
    schema: written.map(({ schema }) => schema),
    branch: 'union',
    look: 'null',
    pair: fc.oneof(...pairs),
  }
}

function treeSchema(name: string): object {
  const fields = [
    { name: 'value', type: 'int' },
    { name: 'next', type: ['null', name] },
    { name: 'children', type: { type: 'array', items: name } },
  ]
  return { type: 'record', name, fields }
}

const treeUpTo: fc.Memo<unknown> = fc.memo<unknown>((depth) =>
  fc.record(
    {
      value: fc.integer(),
      next: depth > 1 ? fc.option(treeUpTo()) : fc.constant(null),
      children: depth > 1 ? fc.array(treeUpTo(), { maxLength: 2 }) : fc.constant([]),
    },
    { noNullPrototype: true },
  ),
)
