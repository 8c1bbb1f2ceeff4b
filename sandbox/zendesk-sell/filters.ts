import { addressAttributes, statusValues, textAttributes } from './contact.ts'
import type { AddressKey, Contact } from './contact.ts'
import type { CustomField, CustomFields } from './custom-fields.ts'
import type { ParameterProblem } from './errors.ts'
import { visibleContacts } from './store.ts'
import type { ContactStore } from './store.ts'
import type { SellSwitches } from './switches.ts'

/** Filters of one request. `inclusive`: all have to match (the default), otherwise any one. */
export interface Filters {
  readonly tests: readonly ((contact: Contact) => boolean)[]
  readonly inclusive: boolean
  /** The value of the email filter: it lets the store look at few contacts only. */
  readonly email?: string
}

/** Filters read from query parameters, or which parameters cannot be one. */
export type ReadFilters =
  | { readonly ok: true; readonly filters: Filters }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] }

/** What reading a filter depends on. */
export interface FilterContext {
  readonly customFields: CustomFields
  readonly emailMatch: SellSwitches['emailMatch']
}

type Test = (contact: Contact) => boolean
// A string is the reason why the value is not allowed.
type FilterReader = (value: string, context: FilterContext) => Test | string

const commonFilters = [
  'creator_id',
  'owner_id',
  'is_organization',
  'contact_id',
  'name',
  'first_name',
  'last_name',
  'email',
  'phone',
  'mobile',
  'customer_status',
  'prospect_status',
]

function addressFilters(keys: readonly AddressKey[]): readonly string[] {
  return addressAttributes.flatMap((attribute) => keys.map((key) => `${attribute}[${key}]`))
}

// Facts: parameters of GET /v2/contacts, and filters allowed for upsert. They differ in three places.
const listFilters = new Set([
  ...commonFilters,
  'ids',
  ...addressFilters(['city', 'postal_code', 'state', 'country']),
])
const upsertFilters = new Set([
  ...commonFilters,
  'parent_organization_id',
  ...addressFilters(['city', 'postal_code', 'country']),
])

function customFieldName(parameter: string): string | undefined {
  return /^custom_fields\[(?<name>.+)\]$/s.exec(parameter)?.groups?.['name']
}

/** Whether a parameter is a filter of lists or of upserts, by its name alone. */
export function isFilter(name: string, operation: 'list' | 'upsert'): boolean {
  const known = operation === 'list' ? listFilters : upsertFilters
  return known.has(name) || customFieldName(name) !== undefined
}

function equals(read: (contact: Contact) => string | null): FilterReader {
  return (value) => (contact) => read(contact) === value
}

function equalsId(read: (contact: Contact) => number | null): FilterReader {
  return (value) =>
    /^\d{1,15}$/.test(value) ? (contact) => read(contact) === Number(value) : 'must be an integer'
}

function oneOf(values: readonly string[], read: (contact: Contact) => string): FilterReader {
  return (value) =>
    values.includes(value) ? (contact) => read(contact) === value : `must be one of ${values.join(', ')}`
}

const readIds: FilterReader = (value) => {
  if (!/^\d{1,15}(,\d{1,15})*$/.test(value)) return 'must be a comma-separated list of integers'
  const ids = new Set(value.split(',').map(Number))
  return (contact) => ids.has(contact.id)
}

const foldings = {
  exact: (email: string) => email,
  'case-insensitive': (email: string) => email.toLowerCase(),
  'trimmed-case-insensitive': (email: string) => email.trim().toLowerCase(),
}

const readEmail: FilterReader = (value, { emailMatch }) => {
  const fold = foldings[emailMatch]
  const wanted = fold(value)
  return (contact) => contact.email !== null && fold(contact.email) === wanted
}

const readers: Readonly<Record<string, FilterReader>> = {
  ids: readIds,
  creator_id: equalsId((contact) => contact.creator_id),
  owner_id: equalsId((contact) => contact.owner_id),
  contact_id: equalsId((contact) => contact.contact_id),
  parent_organization_id: equalsId((contact) => contact.parent_organization_id),
  is_organization: oneOf(['true', 'false'], (contact) => String(contact.is_organization)),
  customer_status: oneOf(statusValues.customer_status, (contact) => contact.customer_status),
  prospect_status: oneOf(statusValues.prospect_status, (contact) => contact.prospect_status),
  email: readEmail,
}

function readCustomField(field: CustomField | undefined, value: string): Test | string {
  if (field?.filterable !== true) return 'the custom field is not filterable'
  const { name, type } = field
  if (type === 'number' && !/^-?\d+(\.\d+)?$/.test(value)) return 'must be a number'
  return ({ custom_fields: fields }) => {
    const stored = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (stored === undefined) return false
    if (type === 'number') return Number(stored) === Number(value)
    return Array.isArray(stored) ? stored.includes(value) : stored === value
  }
}

function readFilter(name: string, value: string, context: FilterContext): Test | string {
  const custom = customFieldName(name)
  if (custom !== undefined) return readCustomField(context.customFields.get(custom), value)
  const reader = readers[name]
  if (reader !== undefined) return reader(value, context)
  const text = textAttributes.find((attribute) => attribute === name)
  if (text !== undefined) return equals((contact) => contact[text])(value, context)
  const address = addressAttributes.find((attribute) => name.startsWith(`${attribute}[`))
  if (address === undefined) throw new Error(`no reader for the filter ${name}`)
  const key = name.slice(address.length + 1, -1) as AddressKey
  return equals((contact) => contact[address]?.[key] ?? null)(value, context)
}

/**
 * Reads the filters out of query parameters whose names `isFilter` knows; others are skipped. Texts compare exactly,
 * the email as the switch says.
 */
export function readFilters(
  parameters: ReadonlyMap<string, string>,
  operation: 'list' | 'upsert',
  context: FilterContext,
): ReadFilters {
  const tests: Test[] = []
  const problems: ParameterProblem[] = []
  for (const [name, value] of parameters) {
    if (!isFilter(name, operation)) continue
    const test = readFilter(name, value, context)
    if (typeof test === 'string') problems.push({ name, reason: test })
    else tests.push(test)
  }
  const inclusive = parameters.get('inclusive') ?? 'true'
  if (inclusive !== 'true' && inclusive !== 'false')
    problems.push({ name: 'inclusive', reason: 'must be true or false' })
  if (problems.length > 0) return { ok: false, problems }
  const email = parameters.get('email')
  return {
    ok: true,
    filters: { tests, inclusive: inclusive === 'true', ...(email === undefined ? {} : { email }) },
  }
}

/** The contacts that match, as the lagging index sees them at `nowMs`, by ascending id. No filter: all of them. */
export function findContacts(store: ContactStore, filters: Filters, nowMs: number): readonly Contact[] {
  const { tests, inclusive, email } = filters
  const candidates = visibleContacts(store, nowMs, inclusive ? email : undefined)
  if (tests.length === 0) return candidates
  return candidates.filter((contact) =>
    inclusive ? tests.every((test) => test(contact)) : tests.some((test) => test(contact)),
  )
}
