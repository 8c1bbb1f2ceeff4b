import {
  type CustomFieldType,
  type Fitted,
  fitCustomField,
  isBlank,
  isScalar,
  type Misfit,
  misfit,
  toUtcDay,
} from './custom-field-value.ts'
import type { Json } from './json.ts'
import { compilePath, type Getter } from './path.ts'
import { closedValues, customFieldName, type FieldValue, idAttributes } from './sell-fields.ts'

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
  /** Sell's type of the custom field. `null` or absent: text, number or boolean, as the profile has it. */
  readonly type?: CustomFieldType | null
  /** Of a list or multi-select list, the choices that may be written; empty or absent: any. */
  readonly choices?: readonly string[]
  /** What a field becomes for which the profile has no usable value: left as Sell has it (absent: likewise), or cleared. */
  readonly whenNull?: 'keep' | 'clear'
}

/** A mapped value that its field cannot hold. */
export interface UnusableField {
  readonly target: string
  readonly misfit: Misfit
}

/** The contact fields of one profile, and the values that their fields cannot hold. */
export interface MappedFields {
  readonly fields: Readonly<Record<string, FieldValue>>
  readonly unusable: readonly UnusableField[]
}

/** Maps a profile to contact fields. A field that is left out stays as Sell has it; one with `null` is cleared. */
export type Mapper = (profile: Json) => MappedFields

/** Compiles the paths of `mappings` once. They must have been validated: an invalid path throws. */
export function createMapper(mappings: readonly FieldMapping[]): Mapper {
  const rows = mappings.map((mapping) => ({ mapping, get: getterOf(mapping.source) }))
  return (profile) => {
    const fields: Record<string, FieldValue> = {}
    const unusable: UnusableField[] = []
    for (const { mapping, get } of rows) {
      const { target, transforms, whenNull } = mapping
      const fitted = fitField(mapping, transforms.reduce(applyTransform, get(profile)))
      if (fitted.type === 'misfit') unusable.push({ target, misfit: fitted.misfit })
      if (fitted.type === 'value') fields[target] = fitted.value
      else if (whenNull === 'clear') fields[target] = null
    }
    return { fields, unusable }
  }
}

/** `value` as the field of the mapping takes it. */
function fitField(
  { target, type, choices }: Pick<FieldMapping, 'target' | 'type' | 'choices'>,
  value: Json | undefined,
): Fitted {
  if (customFieldName(target) !== undefined && type !== undefined && type !== null)
    return fitCustomField(type, value, choices)
  if (value === undefined || isBlank(value)) return { type: 'nothing' }
  if (!isScalar(value)) return misfit('no_text')
  if (customFieldName(target) !== undefined) return { type: 'value', value }
  const text = String(value)
  if (idAttributes.includes(target)) return fitId(text.trim())
  const allowed = closedValues[target]
  return allowed === undefined || allowed.includes(text)
    ? { type: 'value', value: text }
    : misfit('no_choice')
}

function fitId(text: string): Fitted {
  const id = /^[1-9]\d*$/.test(text) ? Number(text) : 0
  return id > 0 && Number.isSafeInteger(id) ? { type: 'value', value: id } : misfit('no_id')
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
      return toUtcDay(value)
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
