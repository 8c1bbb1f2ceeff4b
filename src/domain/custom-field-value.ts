import { parseEventTime } from './event-time.ts'
import { normaliseEmail } from './identity.ts'
import { isJsonObject, type Json } from './json.ts'
import { xdmMember } from './path.ts'
import { addressParts, type FieldValue } from './sell-fields.ts'

/** Sell's types of custom fields, in its own words. */
export const customFieldTypes = [
  'string', 'text', 'number', 'bool', 'date', 'datetime', 'list', 'multi_select_list', 'address', 'phone', 'email', 'url',
] as const // prettier-ignore

/** One of {@link customFieldTypes}. */
export type CustomFieldType = (typeof customFieldTypes)[number]

/** Why a value does not fit a field. Short and stable: they are metric labels. */
export const misfits = [
  'no_text', 'no_number', 'no_boolean', 'no_date', 'no_choice', 'no_list', 'no_address', 'no_phone', 'no_email', 'no_url',
  'no_id',
] as const // prettier-ignore

/** One of {@link misfits}. */
export type Misfit = (typeof misfits)[number]

/** A value in the form that Sell takes, nothing to write (blank text, an empty list), or why the value does not fit. */
export type Fitted =
  | { readonly type: 'value'; readonly value: FieldValue }
  | { readonly type: 'nothing' }
  | { readonly type: 'misfit'; readonly misfit: Misfit }

const nothing = { type: 'nothing' } as const

/** `value` as a field of Sell's `type` takes it; of a list, only `choices` where there are any. Never throws. */
export function fitCustomField(
  type: CustomFieldType,
  value: Json | undefined,
  choices: readonly string[] = [],
): Fitted {
  return value === undefined || isBlank(value) ? nothing : fitters[type](value, choices)
}

type Fit = (value: Json, choices: readonly string[]) => Fitted

const fitAnyText: Fit = (value) => fitText(value, () => true, 'no_text')

const fitters: Readonly<Record<CustomFieldType, Fit>> = {
  string: fitAnyText,
  text: fitAnyText,
  number: (value) => fitOr(toNumber(value), 'no_number'),
  bool: (value) => fitOr(toBoolean(value), 'no_boolean'),
  date: (value) => fitOr(toUtcDay(value), 'no_date'),
  datetime: (value) => fitOr(toUtcSecond(value), 'no_date'),
  list: (value, choices) =>
    isScalar(value) ? fitLine(value, isChoice(choices), 'no_choice') : misfit('no_text'),
  multi_select_list: fitList,
  address: fitAddress,
  phone: (value) => fitLine(value, isPhone, 'no_phone'),
  email: (value) => fitLine(value, (text) => normaliseEmail(text) !== undefined, 'no_email'),
  url: (value) => fitLine(value, isUrl, 'no_url'),
}

/** Text of nothing but spaces is no value: Sell refuses it as `blank` where one is required. */
export function isBlank(value: Json): boolean {
  return typeof value === 'string' && value.trim() === ''
}

/** True for what can be written as text: anything but lists and objects. */
export function isScalar(value: Json): value is string | number | boolean {
  return typeof value !== 'object'
}

/** The UTC day of any XDM time as `YYYY-MM-DD`, or `undefined` where it is no time or no day that a date field takes. */
export function toUtcDay(value: Json | undefined): string | undefined {
  return toUtcSecond(value)?.slice(0, 10)
}

/** A misfit as a result. */
export function misfit(reason: Misfit): Fitted {
  return { type: 'misfit', misfit: reason }
}

/** Sell shows the time as it stands, without a zone; in UTC it is at least the same one for everybody. */
function toUtcSecond(value: Json | undefined): string | undefined {
  const timeMs = parseEventTime(value)
  if (timeMs === undefined) return undefined
  // Years beyond 9999 or before 0 are written with a sign and six digits, which no date field takes.
  const second = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.exec(new Date(timeMs).toISOString())?.[0]
  return second === undefined ? undefined : `${second}Z`
}

function fitOr(value: FieldValue | undefined, reason: Misfit): Fitted {
  return value === undefined ? misfit(reason) : { type: 'value', value }
}

/** One word or line, without the space around it. */
function fitLine(value: Json, fits: (text: string) => boolean, reason: Misfit): Fitted {
  return fitText(typeof value === 'string' ? value.trim() : value, fits, reason)
}

function fitText(value: Json, fits: (text: string) => boolean, reason: Misfit): Fitted {
  if (!isScalar(value)) return misfit(reason)
  const text = String(value)
  return fits(text) ? { type: 'value', value: text } : misfit(reason)
}

/** A decimal number of 15 digits at most: more would be rounded on the way, and another number written. */
function toNumber(value: Json): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  const digits = text.replace(/^[+-]?0*|\D/g, '').length
  return /^[+-]?\d{1,20}(?:\.\d{1,20})?$/.test(text) && digits <= 15 ? Number(text) : undefined
}

const booleans = new Map([
  ['true', true],
  ['yes', true],
  ['y', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['n', false],
  ['0', false],
])

function toBoolean(value: Json): boolean | undefined {
  return isScalar(value) ? booleans.get(String(value).trim().toLowerCase()) : undefined
}

function isChoice(choices: readonly string[]): (text: string) => boolean {
  return (text) => choices.length === 0 || choices.includes(text)
}

/** All or nothing: half of the choices would look like the person's and are not. One scalar is a list of one. */
function fitList(value: Json, choices: readonly string[]): Fitted {
  const items: readonly Json[] = isScalar(value) ? [value] : Array.isArray(value) ? (value as Json[]) : []
  if (isJsonObject(value) || !items.every(isScalar)) return misfit('no_list')
  const texts = items.map((item) => String(item).trim()).filter((text) => text !== '')
  if (!texts.every(isChoice(choices))) return misfit('no_choice')
  return texts.length === 0 ? nothing : { type: 'value', value: [...new Set(texts)] }
}

/** Sell's names of the parts, and XDM's. */
const partNames: Readonly<Record<(typeof addressParts)[number], readonly string[]>> = {
  line1: ['line1', 'street1'],
  city: ['city'],
  postal_code: ['postal_code', 'postalCode'],
  state: ['state', 'stateProvince'],
  country: ['country', 'countryCode'],
}

function fitAddress(value: Json): Fitted {
  if (!isJsonObject(value)) return misfit('no_address')
  const found = addressParts.map((part) => {
    const member = partNames[part].map((name) => xdmMember(value, name)).find((one) => one !== undefined)
    return [part, member === undefined || isScalar(member) ? String(member ?? '').trim() : undefined] as const
  })
  const parts = found.filter(([, text]) => text !== '')
  if (parts.some(([, text]) => text === undefined)) return misfit('no_address')
  if (parts.length === 0) return Object.keys(value).length === 0 ? nothing : misfit('no_address')
  return { type: 'value', value: Object.fromEntries(parts.map(([part, text]) => [part, text ?? ''])) }
}

/** At least three digits among what people write between them, and perhaps an extension. */
function isPhone(text: string): boolean {
  const digits = text.replace(/\D/g, '').length
  return text.length <= 40 && digits >= 3 && /^\+?[\d\s().\-/]+(?:(?:x|ext\.?)\s?\d+)?$/i.test(text)
}

/** A web address; the scheme may be missing. No other scheme: a link of `javascript:` would be run by who clicks it. */
function isUrl(text: string): boolean {
  return /^(?:https?:\/\/)?[^\s/?#@:.]+(?:\.[^\s/?#@:.]+)+(?::\d{1,5})?(?:[/?#]\S*)?$/i.test(text)
}
