import type { Write } from '../domain/plan.ts'
import { addressOf, customFieldName, type FieldValue, type FieldValues } from '../domain/sell-fields.ts'

/** What a request is for: the label of its metrics. */
export type SellOperation = 'upsert' | 'update' | 'users_self' | 'contact' | 'contacts' | 'custom_fields'

/** One HTTP request to Sell, without origin and headers. */
export interface SellRequest {
  readonly operation: SellOperation
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Path and query, percent-encoded. */
  readonly path: string
  /** JSON text, or `null` for a request without a body. */
  readonly body: string | null
}

/** Names the user behind the token; needs the scope `profile` (facts: checking a token). */
export const usersSelfRequest: SellRequest = {
  operation: 'users_self',
  method: 'GET',
  path: '/v2/users/self',
  body: null,
}

/** Shows that a token without the scope `profile` is good for contacts. */
export const oneContactRequest: SellRequest = {
  operation: 'contacts',
  method: 'GET',
  path: '/v2/contacts?per_page=1',
  body: null,
}

/** Reads one contact. */
export function lookRequest(contactId: number): SellRequest {
  return { operation: 'contact', method: 'GET', path: `/v2/contacts/${contactId}`, body: null }
}

/** Lists the custom fields of contacts; `contact` is singular (facts: custom fields). */
export const customFieldsRequest: SellRequest = {
  operation: 'custom_fields',
  method: 'GET',
  path: '/v2/contact/custom_fields',
  body: null,
}

/** More contacts with one e-mail than anybody has; Sell's longest page (facts: list parameters). */
const lookUpSize = 100

/** Lists the contacts that have an e-mail; companies too, unless `personsAlone`. */
export function lookUpRequest(email: string, personsAlone: boolean): SellRequest {
  const filter = {
    email,
    ...(personsAlone ? { is_organization: 'false' } : {}),
    per_page: String(lookUpSize),
  }
  return { operation: 'contacts', method: 'GET', path: `/v2/contacts?${queryOf(filter)}`, body: null }
}

/** Most contacts that {@link contactsRequest} asks for. */
export const contactsPerRequest = lookUpSize

/** Lists the contacts with these ids, at most {@link contactsPerRequest}, on one page. */
export function contactsRequest(ids: readonly number[]): SellRequest {
  const query = queryOf({ ids: ids.join(','), per_page: String(contactsPerRequest) })
  return { operation: 'contacts', method: 'GET', path: `/v2/contacts?${query}`, body: null }
}

/** Lists all contacts, a page of {@link contactsPerRequest} at a time, in an order in which new ones come last. */
export function contactPageRequest(page: number): SellRequest {
  const query = queryOf({ page: String(page), per_page: String(contactsPerRequest), sort_by: 'id' })
  return { operation: 'contacts', method: 'GET', path: `/v2/contacts?${query}`, body: null }
}

/** The request that carries out `write`. */
export function requestOf(write: Write): SellRequest {
  const record = toRecord(write.fields)
  return write.type === 'update'
    ? {
        operation: 'update',
        method: 'PUT',
        path: `/v2/contacts/${write.contactId}`,
        body: toBody(record),
      }
    : {
        operation: 'upsert',
        method: 'POST',
        // The filter keeps an upsert off a company that has the same mailbox.
        path: `/v2/contacts/upsert?${queryOf({ email: write.email, is_organization: 'false' })}`,
        // The filter does not fill the record, so the e-mail is sent again; and it is the filter's e-mail whatever the
        // mapping says, or the next upsert would not find this contact. `is_organization` stays out: a new contact is
        // a person by default, and an existing one cannot be changed (facts: contact fields).
        body: toBody({ ...record, email: write.email }),
      }
}

/** A literal `+` becomes `%2B` and a space `%20`: the other readings of `+` in a query then cannot matter. */
function queryOf(parameters: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parameters).toString().replaceAll('+', '%20')
}

function toBody(data: SellRecord): string {
  return JSON.stringify({ data, meta: { type: 'contact' } })
}

type SellRecord = Readonly<Record<string, FieldValue | FieldValues>>

/**
 * Sell's nested record for flat field names: `address.city` -> `address: { city }`, `custom_fields.<name>` ->
 * `custom_fields: { <name> }`, the name taken whole, dots and all. `Object.fromEntries` defines own properties, so a
 * custom field called `__proto__` is sent like any other.
 */
function toRecord(fields: FieldValues): SellRecord {
  const record: [string, FieldValue | FieldValues][] = []
  const groups = new Map<string, [string, FieldValue][]>()
  for (const [name, value] of Object.entries(fields)) {
    const member = memberOf(name)
    if (member === undefined) record.push([name, value])
    else groups.set(member.group, [...(groups.get(member.group) ?? []), [member.name, value]])
  }
  for (const [group, members] of groups) record.push([group, Object.fromEntries(members)])
  return Object.fromEntries(record)
}

function memberOf(field: string): { readonly group: string; readonly name: string } | undefined {
  const custom = customFieldName(field)
  if (custom !== undefined) return { group: 'custom_fields', name: custom }
  const address = addressOf(field)
  return address === undefined ? undefined : { group: address, name: field.slice(address.length + 1) }
}
