import type { FieldShape, RecordShape, Shape } from './shape.ts'
import { isObject, plainMembers } from './xdm-names.ts'

/** Members of a record that fit its shape; `undefined` stands for what does not. */
export type Conformed = Readonly<Record<string, unknown>>

/** What conforming found out on the way. */
export interface Findings {
  /** What does not fit, each with its place: `person.name.lastName: expected text, found 42`. */
  readonly problems: string[]
  /** Places the shape does not have, without the keys of maps: `segmentMembership.*.*.segmentID`. */
  readonly leftOut: Set<string>
}

/** Findings to start with. */
export function createFindings(): Findings {
  return { problems: [], leftOut: new Set() }
}

interface Place {
  /** As it stands in the document, for problems. */
  readonly path: string
  /** With `*` for the keys of maps, so that one field has one pattern. */
  readonly pattern: string
}

/**
 * `members` in the shape of `record`: XDM names made plain on every level, `null` the same as missing, members that the
 * shape does not have left out. Map keys keep their spelling. Whatever does not fit is a problem in `findings`.
 */
export function conformRecord(
  members: ReadonlyMap<string, unknown>,
  record: RecordShape,
  findings: Findings,
): Conformed {
  return conformMembers(members, record.fields, { path: '', pattern: '' }, findings)
}

function conformMembers(
  members: ReadonlyMap<string, unknown>,
  fields: ReadonlyMap<string, FieldShape>,
  place: Place,
  findings: Findings,
): Conformed {
  for (const name of members.keys()) {
    if (!fields.has(name)) findings.leftOut.add(memberPlace(place, name).pattern)
  }
  const conformed: Record<string, unknown> = {}
  for (const [name, field] of fields) {
    const value = members.get(name)
    const at = memberPlace(place, name)
    if (value !== undefined) conformed[name] = conform(value, field.shape, at, findings)
    else if (field.isRequired) findings.problems.push(`${at.path}: missing`)
  }
  return conformed
}

function conform(value: unknown, shape: Shape, place: Place, findings: Findings): unknown {
  const conformed = conformScalar(value, shape) ?? conformContainer(value, shape, place, findings)
  if (conformed === undefined)
    findings.problems.push(`${place.path}: expected ${nameOf(shape)}, found ${describe(value)}`)
  return conformed
}

function conformScalar(value: unknown, shape: Shape): unknown {
  switch (typeof value) {
    case 'string':
      return shape.type === 'text' ? value : undefined
    case 'boolean':
      return shape.type === 'flag' ? value : undefined
    case 'number':
      return Number.isFinite(value) ? conformNumber(value, shape) : undefined
    default:
      return undefined
  }
}

function conformNumber(value: number, shape: Shape): unknown {
  if (shape.type === 'text') return shape.isTime ? String(value) : undefined
  if (shape.type === 'whole')
    return Number.isInteger(value) && value >= shape.min && value <= shape.max ? value : undefined
  return shape.type === 'number' ? value : undefined
}

function conformContainer(value: unknown, shape: Shape, place: Place, findings: Findings): unknown {
  if (shape.type === 'list')
    return Array.isArray(value) ? conformList(value, shape.items, place, findings) : undefined
  if (!isObject(value)) return undefined
  if (shape.type === 'map') return conformMap(value, shape.values, place, findings)
  return shape.type === 'record' ? conformObject(value, shape, place, findings) : undefined
}

function nameOf(shape: Shape): string {
  switch (shape.type) {
    case 'text':
      return shape.isTime ? 'a time' : 'text'
    case 'flag':
      return 'true or false'
    case 'whole':
      return `a whole number from ${shape.min} to ${shape.max}`
    case 'number':
      return 'a number'
    case 'list':
      return 'a list'
    case 'map':
    case 'record':
      return 'an object'
  }
}

function conformList(list: readonly unknown[], items: Shape, place: Place, findings: Findings): unknown {
  return list.flatMap((item, index) =>
    item === null ? [] : [conform(item, items, { ...place, path: `${place.path}[${index}]` }, findings)],
  )
}

// Object.fromEntries makes own properties, so that a key `__proto__` stays a key.
function conformMap(
  map: Readonly<Record<string, unknown>>,
  values: Shape,
  place: Place,
  findings: Findings,
): unknown {
  const entries = Object.entries(map).filter(([, value]) => value !== null)
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const at = { path: memberPath(place.path, key), pattern: `${place.pattern}.*` }
      return [key, conform(value, values, at, findings)]
    }),
  )
}

function conformObject(
  object: Readonly<Record<string, unknown>>,
  shape: RecordShape,
  place: Place,
  findings: Findings,
): unknown {
  const { members, twice } = plainMembers(object)
  for (const name of twice) findings.problems.push(`${memberPath(place.path, name)}: given twice`)
  return conformMembers(members, shape.fields, place, findings)
}

/** What a value is, in a few words for the person who wrote it; long texts are cut. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value)}`
  if (Array.isArray(value)) return 'a list'
  return isObject(value) ? 'an object' : JSON.stringify(value)
}

function memberPlace(place: Place, name: string): Place {
  return { path: memberPath(place.path, name), pattern: memberPath(place.pattern, name) }
}

function memberPath(path: string, name: string): string {
  const member = /^[\w-]+$/.test(name) ? name : JSON.stringify(name)
  return path === '' ? member : `${path}.${member}`
}
