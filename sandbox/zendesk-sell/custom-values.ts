import { addressKeys, fillAddress } from './contact.ts'
import type { AddressKey, AddressPatch, CustomValue } from './contact.ts'
import type { CustomField, CustomFields, CustomFieldType } from './custom-fields.ts'
import { pointerStep } from './errors.ts'
import type { Problem } from './errors.ts'
import { isObject } from './input.ts'
import type { SellSwitches } from './switches.ts'

/** A value that fits, or what is wrong with it. */
export type Checked<V> =
  { readonly ok: true; readonly value: V } | { readonly ok: false; readonly problems: readonly Problem[] }

/** The switches that decide about values. */
export type ValueSwitches = Pick<SellSwitches, 'dropdownUnknown' | 'unknownCustomField' | 'maxLengths'>

const maximumCharacters = 255

/** A value that fits. */
export function accept<V>(value: V): Checked<V> {
  return { ok: true, value }
}

/** A value that does not fit, for one reason. */
export function reject<V>(pointer: string, code: Problem['code'], details?: string): Checked<V> {
  return { ok: false, problems: [{ pointer, code, ...(details === undefined ? {} : { details }) }] }
}

/** 422 invalid_type that says what belongs there. */
export function wrongType<V>(pointer: string, wanted: string): Checked<V> {
  return reject(pointer, 'invalid_type', `The attribute '${pointer}' must be ${wanted}.`)
}

/** Checks a text and, when that switch is on, its length in characters. */
export function checkText(pointer: string, value: unknown, switches: ValueSwitches): Checked<string> {
  if (typeof value !== 'string') return wrongType(pointer, 'a string')
  if (switches.maxLengths === 'on' && Array.from(value).length > maximumCharacters) {
    const details = `The attribute '${pointer}' is longer than ${maximumCharacters} characters.`
    return reject(pointer, 'incorrect_value', details)
  }
  return accept(value)
}

function isAddressKey(name: string): name is AddressKey {
  return (addressKeys as readonly string[]).includes(name)
}

/** Checks an address: known parts only, each a text or null. Reports every wrong part. */
export function checkAddress(
  pointer: string,
  value: unknown,
  switches: ValueSwitches,
): Checked<AddressPatch> {
  if (!isObject(value)) return wrongType(pointer, 'an object')
  const parts: Partial<Record<AddressKey, string | null>> = {}
  const problems: Problem[] = []
  for (const [name, part] of Object.entries(value)) {
    const at = pointer + pointerStep(name)
    if (!isAddressKey(name)) {
      problems.push({ pointer: at, code: 'unknown' })
      continue
    }
    const checked = part === null ? accept(null) : checkText(at, part, switches)
    if (checked.ok) parts[name] = checked.value
    else problems.push(...checked.problems)
  }
  return problems.length > 0 ? { ok: false, problems } : accept(parts)
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  // Rolled-over dates such as 2026-02-30 come back as another day.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function isDateTime(text: string): boolean {
  return /T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(text) && isDate(text.slice(0, -10))
}

function checkPattern(pointer: string, value: unknown, fits: (text: string) => boolean, wanted: string) {
  if (typeof value !== 'string') return wrongType<CustomValue>(pointer, `a string ${wanted}`)
  return fits(value)
    ? accept<CustomValue>(value)
    : reject<CustomValue>(pointer, 'incorrect_value', `The attribute '${pointer}' must be ${wanted}.`)
}

// Numbers are read back as texts (facts: types of custom fields), so they are kept as such.
function checkNumber(pointer: string, value: unknown): Checked<CustomValue> {
  if (typeof value === 'number') return accept(String(value))
  if (typeof value !== 'string') return wrongType(pointer, 'a number')
  return /^-?\d+(\.\d+)?$/.test(value) ? accept(value) : reject(pointer, 'incorrect_value')
}

function checkChoice(
  pointer: string,
  value: unknown,
  field: CustomField,
  switches: ValueSwitches,
): Checked<string> {
  if (typeof value !== 'string') return wrongType(pointer, 'a string')
  const known = field.choices.includes(value) || switches.dropdownUnknown === 'accept'
  return known ? accept(value) : reject(pointer, 'incorrect_value')
}

function checkChoices(pointer: string, value: unknown, field: CustomField, switches: ValueSwitches) {
  if (!Array.isArray(value)) return wrongType<CustomValue>(pointer, 'an array of strings')
  const checked = value.map((entry, index) => checkChoice(`${pointer}/${index}`, entry, field, switches))
  const problems = checked.flatMap((entry) => (entry.ok ? [] : entry.problems))
  if (problems.length > 0) return { ok: false, problems } satisfies Checked<CustomValue>
  return accept<CustomValue>(checked.flatMap((entry) => (entry.ok ? [entry.value] : [])))
}

type Check = (
  pointer: string,
  value: unknown,
  field: CustomField,
  switches: ValueSwitches,
) => Checked<CustomValue>

const checkLine: Check = (pointer, value, _field, switches) => checkText(pointer, value, switches)

const checks: Readonly<Record<CustomFieldType, Check>> = {
  string: checkLine,
  email: checkLine,
  phone: checkLine,
  url: checkLine,
  text: (pointer, value, _field, switches) => checkText(pointer, value, { ...switches, maxLengths: 'off' }),
  number: checkNumber,
  bool: (pointer, value) => (typeof value === 'boolean' ? accept(value) : wrongType(pointer, 'a boolean')),
  date: (pointer, value) => checkPattern(pointer, value, isDate, 'in the form YYYY-MM-DD'),
  datetime: (pointer, value) => checkPattern(pointer, value, isDateTime, 'in the form YYYY-MM-DDTHH:mm:ssZ'),
  list: checkChoice,
  multi_select_list: checkChoices,
  address: (pointer, value, _field, switches) => {
    const address = checkAddress(pointer, value, switches)
    return address.ok ? accept(fillAddress(address.value)) : address
  },
}

/** Checks one value against the type of its field (facts: JSON value per type). */
export function checkCustomValue(
  pointer: string,
  value: unknown,
  field: CustomField,
  switches: ValueSwitches,
): Checked<CustomValue> {
  return checks[field.type](pointer, value, field, switches)
}

/**
 * Checks `custom_fields` of a request: names are exact, and a field that is not for this kind of contact counts as
 * unknown. Null clears a field of any type.
 */
export function checkCustomFields(
  value: unknown,
  fields: CustomFields,
  isOrganization: boolean,
  switches: ValueSwitches,
): Checked<Readonly<Record<string, CustomValue | null>>> {
  if (!isObject(value)) return wrongType('/custom_fields', 'an object')
  const values: (readonly [string, CustomValue | null])[] = []
  const problems: Problem[] = []
  for (const [name, given] of Object.entries(value)) {
    const pointer = `/custom_fields${pointerStep(name)}`
    const field = fields.get(name)
    if (field === undefined || !(isOrganization ? field.for_organisation : field.for_contact)) {
      if (switches.unknownCustomField === 'reject') problems.push({ pointer, code: 'unknown' })
      continue
    }
    const checked = given === null ? accept(null) : checkCustomValue(pointer, given, field, switches)
    if (checked.ok) values.push([name, checked.value])
    else problems.push(...checked.problems)
  }
  return problems.length > 0 ? { ok: false, problems } : accept(Object.fromEntries(values))
}
