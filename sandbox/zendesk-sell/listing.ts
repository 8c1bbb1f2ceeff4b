import type { Contact } from './contact.ts'
import type { CustomFields } from './custom-fields.ts'
import type { ParameterProblem } from './errors.ts'

/** Which page of a list is asked for, and how the list is ordered. */
export interface Listing {
  readonly page: number
  readonly perPage: number
  readonly compare: (a: Contact, b: Contact) => number
}

/** A listing read from query parameters, or which ones are wrong. */
export type ReadListing =
  | { readonly ok: true; readonly listing: Listing }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] }

/** Names of the parameters read here. `includes` asks for expansions, of which there are none. */
export const listingParameters: readonly string[] = ['page', 'per_page', 'sort_by', 'inclusive', 'includes']

type Key = string | number | null
type ReadKey = (contact: Contact) => Key

const sortKeys: Readonly<Record<string, ReadKey>> = {
  id: (contact) => contact.id,
  name: (contact) => contact.name,
  first_name: (contact) => contact.first_name,
  last_name: (contact) => contact.last_name,
  email: (contact) => contact.email,
  created_at: (contact) => contact.created_at,
  updated_at: (contact) => contact.updated_at,
}

function customKey(name: string, customFields: CustomFields): ReadKey | undefined {
  const field = customFields.get(name)
  if (field?.filterable !== true) return undefined
  return ({ custom_fields: fields }) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (typeof value === 'string') return field.type === 'number' ? Number(value) : value
    return Array.isArray(value) ? value.join(',') : null
  }
}

function compareKeys(a: Key, b: Key, sign: 1 | -1): number {
  if (a === b) return 0
  // What is not set comes last in either direction.
  if (a === null) return 1
  if (b === null) return -1
  return a < b ? -sign : sign
}

function readSort(text: string, customFields: CustomFields): Listing['compare'] | undefined {
  const direction = /:(asc|desc)$/.exec(text)
  const field = direction === null ? text : text.slice(0, -direction[0].length)
  const custom = 'custom_fields:'
  const read = field.startsWith(custom)
    ? customKey(field.slice(custom.length), customFields)
    : Object.hasOwn(sortKeys, field)
      ? sortKeys[field]
      : undefined
  if (read === undefined) return undefined
  const sign = direction?.[1] === 'desc' ? -1 : 1
  return (a, b) => compareKeys(read(a), read(b), sign) || a.id - b.id
}

function readNumber(text: string, minimum: number, maximum: number): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined
  const value = Number(text)
  return value >= minimum && value <= maximum ? value : undefined
}

/** Reads paging and order: page 1, 25 a page, by last name unless told otherwise (facts: GET /v2/contacts). */
export function readListing(
  parameters: ReadonlyMap<string, string>,
  customFields: CustomFields,
): ReadListing {
  const given = {
    page: parameters.get('page') ?? '1',
    perPage: parameters.get('per_page') ?? '25',
    sort: parameters.get('sort_by') ?? 'last_name:asc',
  }
  const page = readNumber(given.page, 1, 999_999_999)
  const perPage = readNumber(given.perPage, 1, 100)
  const compare = readSort(given.sort, customFields)
  if (page !== undefined && perPage !== undefined && compare !== undefined)
    return { ok: true, listing: { page, perPage, compare } }
  const problems: ParameterProblem[] = []
  if (page === undefined) problems.push({ name: 'page', reason: `must be at least 1, given: ${given.page}` })
  if (perPage === undefined) {
    const reason = `must be between 1 and 100, given: ${given.perPage}`
    problems.push({ name: 'per_page', reason })
  }
  if (compare === undefined)
    problems.push({ name: 'sort_by', reason: `cannot be sorted by, given: ${given.sort}` })
  return { ok: false, problems }
}

/** One page of contacts and whether another one follows. */
export function takePage(
  contacts: readonly Contact[],
  { page, perPage, compare }: Listing,
): { readonly contacts: readonly Contact[]; readonly more: boolean } {
  const from = (page - 1) * perPage
  const sorted = [...contacts].sort(compare)
  return { contacts: sorted.slice(from, from + perPage), more: sorted.length > from + perPage }
}

/**
 * Links of a page: `self`, `first_page`, and `prev_page` and `next_page` where there is one. They repeat every
 * parameter of the request. `address` is scheme, host and path.
 */
export function pageLinks(
  address: string,
  parameters: ReadonlyMap<string, string>,
  { page, perPage }: Listing,
  more: boolean,
): Readonly<Record<string, string>> {
  const link = (number: number) => {
    const query = new URLSearchParams([...parameters])
    query.set('page', String(number))
    query.set('per_page', String(perPage))
    return `${address}?${query.toString()}`
  }
  return {
    self: link(page),
    first_page: link(1),
    ...(page > 1 ? { prev_page: link(page - 1) } : {}),
    ...(more ? { next_page: link(page + 1) } : {}),
  }
}
