import type { Json } from './json.ts'
import type { PathStep } from './path.ts'

/**
 * What a schema lets stand at one place of a record, once decoded. A place has several shapes where the schema has a union;
 * `null` is none of them, as it means absent. Parts are asked for, since a schema may contain itself.
 */
export type Shape =
  /** Text; one of `words` alone where they are given. */
  | { readonly type: 'text'; readonly words: readonly string[] | null }
  | { readonly type: 'number' }
  | { readonly type: 'boolean' }
  | { readonly type: 'record'; readonly fields: () => ReadonlyMap<string, readonly Shape[]> }
  /** Any keys. */
  | { readonly type: 'map'; readonly values: () => readonly Shape[] }
  | { readonly type: 'list'; readonly items: () => readonly Shape[] }
  /** Nothing is known of it. */
  | { readonly type: 'any' }

/** Where a path leads: to a place with these shapes (none: always `null`), or at which step it can lead no further. */
export type FollowedPath =
  | { readonly type: 'place'; readonly shapes: readonly Shape[] }
  | {
      readonly type: 'lost'
      /** The position of the step that leads nowhere. */
      readonly step: number
      /** What stands before it. */
      readonly shapes: readonly Shape[]
      /** The name that is nowhere there; `null` where a list was expected, or something with names. */
      readonly name: string | null
      /** The names that are there. */
      readonly known: readonly string[]
    }

/** Follows the steps of a path from a place with these shapes. Lost only where no record can have anything at its end. */
export function followPath(root: readonly Shape[], steps: readonly PathStep[]): FollowedPath {
  let shapes = root
  for (const [at, step] of steps.entries()) {
    const next = follow(shapes, step)
    if (next.found.length === 0 && !next.exists)
      return { type: 'lost', step: at, shapes, name: next.name, known: next.known }
    shapes = next.found
  }
  return { type: 'place', shapes }
}

/** Where a step leads. A place that exists and has no shapes is always `null`. */
interface NextPlace {
  readonly exists: boolean
  readonly found: readonly Shape[]
  readonly name: string | null
  readonly known: readonly string[]
}

function follow(shapes: readonly Shape[], step: PathStep): NextPlace {
  if (step.type === 'member') return member(shapes, step.name)
  const lists = shapes.filter((shape) => shape.type === 'list' || shape.type === 'any')
  const found = lists.flatMap((shape) => (shape.type === 'list' ? shape.items() : [shape]))
  const items = { exists: lists.length > 0, found, name: null, known: [] }
  if (step.type !== 'match' || !items.exists) return items
  const condition = member(found, step.name)
  return condition.exists ? items : { ...condition, found: [] }
}

function member(shapes: readonly Shape[], name: string): NextPlace {
  const places = shapes.flatMap((shape) => membersOf(shape, name))
  const known = shapes.flatMap((shape) => (shape.type === 'record' ? [...shape.fields().keys()] : []))
  const found = [...new Set(places.flat())]
  return { exists: places.length > 0, found, name: known.length === 0 ? null : name, known }
}

/** The places that a member `name` can be, none where it cannot be at all. Spelled as `xdmMember` finds it. */
function membersOf(shape: Shape, name: string): readonly (readonly Shape[])[] {
  if (shape.type === 'any') return [[shape]]
  if (shape.type === 'map') return [shape.values()]
  if (shape.type !== 'record') return []
  const fields = shape.fields()
  return [name, `xdm:${name}`, `xdm_${name}`].flatMap((spelling) => {
    const field = fields.get(spelling)
    return field === undefined ? [] : [field]
  })
}

const deepest = 6
const mostPlaces = 5000

/** The path of a field `name` anywhere below `root`, through records alone and the nearest first, or `undefined`. */
export function findField(root: readonly Shape[], name: string): string | undefined {
  let places: readonly { readonly path: string; readonly shapes: readonly Shape[] }[] = [
    { path: '', shapes: root },
  ]
  for (let depth = 0; depth < deepest && places.length > 0 && places.length < mostPlaces; depth += 1) {
    const fields = places.flatMap(({ path, shapes }) =>
      shapes.flatMap((shape) =>
        shape.type === 'record'
          ? [...shape.fields()].map(([field, inside]) => ({
              path: path === '' ? field : `${path}.${field}`,
              field,
              shapes: inside,
            }))
          : [],
      ),
    )
    const match = fields.find(({ field }) => field.replace(/^xdm_/, '') === name)
    if (match !== undefined) return match.path
    places = fields
  }
  return undefined
}

const usualTexts = [
  'x', 'true', '12', '2026-01-31T09:30:00Z', 'a@example.com', '+49 30 901820', 'https://example.com',
] as const // prettier-ignore
const usualNumbers = [0, 1, -1, 0.5, 12_345, 1_700_000_000, 1_700_000_000_000] as const

/**
 * Values that can stand at a place: every one of a boolean or of words, and of each other kind enough that what takes any of
 * the kind takes one of these. `texts` are told beside the usual ones. `null` where nothing is known of the place.
 */
export function examplesOf(shapes: readonly Shape[], texts: readonly string[] = []): readonly Json[] | null {
  if (shapes.some(({ type }) => type === 'any')) return null
  return shapes.flatMap((shape) => examplesOfShape(shape, texts, 2))
}

function examplesOfShape(shape: Shape, texts: readonly string[], depth: number): readonly Json[] {
  switch (shape.type) {
    case 'text':
      return shape.words ?? [...usualTexts, ...texts]
    case 'number':
      return [...usualNumbers, ...texts.map(Number).filter(Number.isFinite)]
    case 'boolean':
      return [true, false]
    case 'list':
      return depth === 0
        ? []
        : shape
            .items()
            .flatMap((item) => examplesOfShape(item, texts, depth - 1))
            .map((item) => [item])
    case 'map':
      // The one name that what takes an object by its members may ask for first.
      return scalars(shape.values()).map((value) => ({ line1: value }))
    case 'record':
      return [
        Object.fromEntries(
          [...shape.fields()].flatMap(([name, inside]) => {
            const [value] = scalars(inside)
            return value === undefined ? [] : [[name, value] as const]
          }),
        ),
      ]
    case 'any':
      return []
  }
}

function scalars(shapes: readonly Shape[]): readonly Json[] {
  return shapes.flatMap((shape): readonly Json[] => {
    if (shape.type === 'any') return ['x']
    const isScalar = shape.type === 'text' || shape.type === 'number' || shape.type === 'boolean'
    return isScalar ? examplesOfShape(shape, [], 0) : []
  })
}
