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
import {
  closedValues,
  customFieldName,
  type FieldValue,
  idAttributes,
  listIn,
  tagsField,
} from './sell-fields.ts'

/**
 * A named change of a mapped value. There are no others: no code and no expressions in a configuration. What changes text
 * changes each text of a list.
 */
export type Transform =
  | { readonly type: 'trim' | 'lowercase' | 'uppercase' }
  /** Any XDM time to its UTC day as `YYYY-MM-DD`, as Sell date fields take it; what is no time becomes absent. */
  | { readonly type: 'date' }
  /** A telephone number to E.164; `country` is that of numbers without a country code. What is no number becomes absent. */
  | { readonly type: 'e164'; readonly country: string | null }
  /** An array of scalars to text. */
  | { readonly type: 'join'; readonly separator: string }
  | { readonly type: 'constant'; readonly value: string }
  /** Where the value is absent or blank. */
  | { readonly type: 'default'; readonly value: string }

/** A telephone number in E.164 (`+49301234567`), or `undefined` where `text` is none in `country` or any. */
export type FormatPhone = (text: string, country: string | null) => string | undefined

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

/**
 * Compiles the paths of `mappings` once. They must have been validated: an invalid path throws, and so does `e164` without
 * `formatPhone`. What `date` or `e164` cannot read and no `default` replaces is unusable, like any value that does not fit.
 */
export function createMapper(mappings: readonly FieldMapping[], formatPhone?: FormatPhone): Mapper {
  const needsPhones = mappings.some(({ transforms }) => transforms.some(({ type }) => type === 'e164'))
  if (needsPhones && formatPhone === undefined) throw new Error('a mapping with e164 needs to format phones')
  const rows = mappings.map((mapping) => ({ mapping, get: getterOf(mapping.source) }))
  return (profile) => {
    const fields: Record<string, FieldValue> = {}
    const unusable: UnusableField[] = []
    for (const { mapping, get } of rows) {
      const { target, whenNull } = mapping
      const fitted = transformAndFit(mapping, get(profile), formatPhone)
      if (fitted.type === 'misfit') unusable.push({ target, misfit: fitted.misfit })
      if (fitted.type === 'value') fields[target] = fitted.value
      else if (whenNull === 'clear') fields[target] = null
    }
    return { fields, unusable }
  }
}

const unread: Partial<Record<Transform['type'], Misfit>> = { date: 'no_date', e164: 'no_phone' }

function transformAndFit(mapping: FieldMapping, source: Json | undefined, formatPhone?: FormatPhone): Fitted {
  let value = source
  let lost: Misfit | undefined
  for (const transform of mapping.transforms) {
    const before = value
    value = applyTransform(before, transform, formatPhone)
    if (before !== undefined && !isBlank(before) && value === undefined) lost = unread[transform.type]
  }
  const fitted = fitField(mapping, value)
  return fitted.type === 'nothing' && lost !== undefined ? misfit(lost) : fitted
}

/** `value` as the field of the mapping takes it. */
function fitField(
  { target, type, choices }: Pick<FieldMapping, 'target' | 'type' | 'choices'>,
  value: Json | undefined,
): Fitted {
  if (customFieldName(target) !== undefined && type !== undefined && type !== null)
    return fitCustomField(type, value, choices)
  if (target === tagsField) return fitTags(value)
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

/** In the order of the alphabet: in which order a profile names them changes nothing of a contact. */
function fitTags(value: Json | undefined): Fitted {
  const fitted = fitCustomField('multi_select_list', value)
  return fitted.type === 'value' ? { type: 'value', value: [...listIn(fitted.value)].sort() } : fitted
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

function applyTransform(
  value: Json | undefined,
  transform: Transform,
  formatPhone?: FormatPhone,
): Json | undefined {
  switch (transform.type) {
    case 'trim':
      return mapText(value, (text) => text.trim())
    case 'lowercase':
      return mapText(value, (text) => text.toLowerCase())
    case 'uppercase':
      return mapText(value, (text) => text.toUpperCase())
    case 'date':
      return toUtcDay(value)
    case 'e164':
      return value === undefined || !isScalar(value) ? value : formatPhone?.(String(value), transform.country)
    case 'join':
      return joinScalars(value, transform.separator)
    case 'constant':
      return transform.value
    case 'default':
      return value === undefined || isBlank(value) ? transform.value : value
  }
}

function joinScalars(value: Json | undefined, separator: string): Json | undefined {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isScalar).join(separator) : value
}

function mapText(value: Json | undefined, change: (text: string) => string): Json | undefined {
  if (typeof value === 'string') return change(value)
  return Array.isArray(value)
    ? (value as readonly Json[]).map((item) => (typeof item === 'string' ? change(item) : item))
    : value
}
