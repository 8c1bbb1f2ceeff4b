import { closedValues, customFieldName, type FieldValue } from './sell-fields.ts'
import { parseEventTime } from './event-time.ts'
import type { Json } from './json.ts'
import { compilePath, type Getter } from './path.ts'

/**
 * A named change of a mapped value. There are no others: no code and no expressions in a configuration. What changes text
 * changes each text of a list.
 */
export type Transform =
  | { readonly type: 'trim' | 'lowercase' | 'uppercase' }
  /** Any XDM time to its UTC day as `YYYY-MM-DD`, as Sell date fields take it; what is no time becomes absent. */
  | { readonly type: 'date' }
  /** An array of scalars to text. */
  | { readonly type: 'join'; readonly separator: string }
  | { readonly type: 'constant'; readonly value: string }
  /** Where the value is absent or blank. */
  | { readonly type: 'default'; readonly value: string }

/** One row of the mapping: where in the profile a contact field comes from. */
export interface FieldMapping {
  /** A name of `mappableFields`, or `custom_fields.<name>`. */
  readonly target: string
  /** Path in the profile, or `null` where a constant needs none. */
  readonly source: string | null
  readonly transforms: readonly Transform[]
}

/** The contact fields of one profile; `unusable` lists the targets whose value no Sell field can hold. */
export interface MappedFields {
  readonly fields: Readonly<Record<string, FieldValue>>
  readonly unusable: readonly string[]
}

/** Maps a profile to contact fields. A field without a value is left out, so that Sell keeps what it has. */
export type Mapper = (profile: Json) => MappedFields

/** Compiles the paths of `mappings` once. They must have been validated: an invalid path throws. */
export function createMapper(mappings: readonly FieldMapping[]): Mapper {
  const rows = mappings.map((mapping) => ({ ...mapping, get: getterOf(mapping.source) }))
  return (profile) => {
    const fields: Record<string, FieldValue> = {}
    const unusable: string[] = []
    for (const { target, get, transforms } of rows) {
      const value = transforms.reduce(applyTransform, get(profile))
      const field = toFieldValue(target, value)
      if (field === undefined) unusable.push(target)
      else if (field !== null) fields[target] = field
    }
    return { fields, unusable }
  }
}

function getterOf(source: string | null): Getter {
  if (source === null) return () => undefined
  const path = compilePath(source)
  if (path.type === 'invalid') throw new Error(`mapping source "${source}": ${path.problem}`)
  return path.get
}

function applyTransform(value: Json | undefined, transform: Transform): Json | undefined {
  switch (transform.type) {
    case 'trim':
      return mapText(value, (text) => text.trim())
    case 'lowercase':
      return mapText(value, (text) => text.toLowerCase())
    case 'uppercase':
      return mapText(value, (text) => text.toUpperCase())
    case 'date':
      return toDate(value)
    case 'join':
      return Array.isArray(value)
        ? (value as readonly Json[]).filter(isScalar).join(transform.separator)
        : value
    case 'constant':
      return transform.value
    case 'default':
      return value === undefined || isBlank(value) ? transform.value : value
  }
}

function mapText(value: Json | undefined, change: (text: string) => string): Json | undefined {
  if (typeof value === 'string') return change(value)
  return Array.isArray(value)
    ? (value as readonly Json[]).map((item) => (typeof item === 'string' ? change(item) : item))
    : value
}

function toDate(value: Json | undefined): string | undefined {
  const timeMs = parseEventTime(value)
  if (timeMs === undefined) return undefined
  // Years beyond 9999 or before 0 are written with a sign and six digits, which no date field takes.
  return /^\d{4}-\d{2}-\d{2}/.exec(new Date(timeMs).toISOString())?.[0]
}

/** Text of nothing but spaces is no value: Sell refuses it as `blank` where one is required. */
function isBlank(value: Json): boolean {
  return typeof value === 'string' && value.trim() === ''
}

function isScalar(value: Json): value is string | number | boolean {
  return typeof value !== 'object'
}

/** `null` where there is nothing to write, `undefined` where there is something that the field cannot hold. */
function toFieldValue(target: string, value: Json | undefined): FieldValue | undefined {
  if (value === undefined || isBlank(value)) return null
  if (!isScalar(value)) return undefined
  if (customFieldName(target) !== undefined) return value
  const text = String(value)
  const allowed = closedValues[target]
  return allowed === undefined || allowed.includes(text) ? text : undefined
}
