import { applyChanges, blankContact } from './contact.ts'
import type { Changes, Contact } from './contact.ts'
import type { CustomFields } from './custom-fields.ts'
import { contactNotFound, invalidParameters, invalidRecord, missingFilter, severalMatches } from './errors.ts'
import type { Refusal } from './errors.ts'
import { findContacts, isFilter, readFilters } from './filters.ts'
import { listingParameters, readListing, takePage } from './listing.ts'
import type { Listing } from './listing.ts'
import { readQuery } from './query.ts'
import { currentContact, putContact, removeContact } from './store.ts'
import type { ContactStore } from './store.ts'
import type { SellSwitches } from './switches.ts'
import { checkRecord } from './validation.ts'

/** What every operation works on. `nowMs` is monotonic and rules visibility; `epochMs` goes into the contact. */
export interface OperationContext {
  readonly store: ContactStore
  readonly customFields: CustomFields
  readonly switches: SellSwitches
  readonly userId: number
  readonly nowMs: number
  readonly epochMs: number
}

/** The `data` of a request body. */
export type RecordInput = Readonly<Record<string, unknown>>

/** A request that is turned down; nothing was changed. */
export interface Refused {
  readonly kind: 'refused'
  readonly refusal: Refusal
}

/** How an operation on one contact ended. Only a write changes the store. */
export type ContactOutcome =
  | {
      readonly kind: 'contact'
      readonly status: 200 | 201
      readonly contact: Contact
      readonly written: 'created' | 'updated' | 'nothing'
    }
  | { readonly kind: 'deleted' }
  | Refused

/** How a list ended. */
export type ListOutcome =
  | {
      readonly kind: 'list'
      readonly contacts: readonly Contact[]
      readonly listing: Listing
      readonly more: boolean
      readonly parameters: ReadonlyMap<string, string>
    }
  | Refused

function refused(refusal: Refusal): Refused {
  return { kind: 'refused', refusal }
}

function find(context: OperationContext, id: string): Contact | undefined {
  return /^\d{1,15}$/.test(id) ? currentContact(context.store, Number(id)) : undefined
}

function write(context: OperationContext, before: Contact, changes: Changes): Contact {
  const { store, switches, nowMs, epochMs } = context
  const contact = applyChanges(before, changes, epochMs, switches.addressMerge)
  putContact(store, contact, nowMs, switches.indexLagMs)
  return contact
}

/** `GET /v2/contacts/{id}`: the current state, whatever the index lag. */
export function getContact(context: OperationContext, id: string): ContactOutcome {
  const contact = find(context, id)
  if (contact === undefined) return refused(contactNotFound(id))
  return { kind: 'contact', status: 200, contact, written: 'nothing' }
}

/** `POST /v2/contacts`: 200, also when another contact has the same e-mail (facts: e-mail is not unique). */
export function createContact(context: OperationContext, input: RecordInput): ContactOutcome {
  const { store, switches, customFields } = context
  const checked = checkRecord(input, { switches, customFields })
  if (!checked.ok) return refused(invalidRecord(checked.problems, switches.pointerPrefix))
  const blank = blankContact(store.nextId, context.userId, context.epochMs)
  return {
    kind: 'contact',
    status: 200,
    contact: write(context, blank, checked.value),
    written: 'created',
  }
}

function update(context: OperationContext, current: Contact, input: RecordInput): ContactOutcome {
  const { switches, customFields } = context
  const checked = checkRecord(input, { switches, customFields, current })
  if (!checked.ok) return refused(invalidRecord(checked.problems, switches.pointerPrefix))
  return {
    kind: 'contact',
    status: 200,
    contact: write(context, current, checked.value),
    written: 'updated',
  }
}

/** `PUT /v2/contacts/{id}`: changes what is sent and nothing else. */
export function updateContact(context: OperationContext, id: string, input: RecordInput): ContactOutcome {
  const current = find(context, id)
  return current === undefined ? refused(contactNotFound(id)) : update(context, current, input)
}

/** `DELETE /v2/contacts/{id}`: gone at once, from lists and filters too. */
export function deleteContact(context: OperationContext, id: string): ContactOutcome {
  const current = find(context, id)
  if (current === undefined) return refused(contactNotFound(id))
  removeContact(context.store, current.id)
  return { kind: 'deleted' }
}

/** `GET /v2/contacts` with a raw query: filter, sort, cut out one page. */
export function listContacts(context: OperationContext, rawQuery: string): ListOutcome {
  const { store, customFields, switches, nowMs } = context
  const query = readQuery(rawQuery, (name) => listingParameters.includes(name) || isFilter(name, 'list'))
  if (!query.ok) return refused(invalidParameters(query.problems))
  const { parameters } = query
  const filters = readFilters(parameters, 'list', { customFields, emailMatch: switches.emailMatch })
  const listing = readListing(parameters, customFields)
  if (!filters.ok || !listing.ok) {
    const problems = [filters, listing].flatMap((read) => (read.ok ? [] : read.problems))
    return refused(invalidParameters(problems))
  }
  const page = takePage(findContacts(store, filters.filters, nowMs), listing.listing)
  return { kind: 'list', ...page, listing: listing.listing, parameters }
}

/**
 * `POST /v2/contacts/upsert` with filters in the raw query: none matches, create; one matches, update; several, as
 * the switch says. The filters see the index, so a contact younger than the lag is created a second time. They do not
 * fill the record.
 */
export function upsertContact(
  context: OperationContext,
  rawQuery: string,
  input: RecordInput,
): ContactOutcome {
  const { store, customFields, switches, nowMs } = context
  const query = readQuery(rawQuery, (name) => name === 'inclusive' || isFilter(name, 'upsert'))
  if (!query.ok) return refused(invalidParameters(query.problems))
  const read = readFilters(query.parameters, 'upsert', { customFields, emailMatch: switches.emailMatch })
  if (!read.ok) return refused(invalidParameters(read.problems))
  if (read.filters.tests.length === 0) return refused(missingFilter())

  const matches = findContacts(store, read.filters, nowMs)
  if (matches.length > 1 && switches.manyMatches === 'error')
    return refused(severalMatches(matches.length, switches.manyMatchesStatus))
  const match = switches.manyMatches === 'newest' ? matches.at(-1) : matches[0]
  // The index may be behind: what is written is based on the current state, not on the one that matched.
  const current = match === undefined ? undefined : currentContact(store, match.id)
  if (current !== undefined) return update(context, current, input)
  const created = createContact(context, input)
  return created.kind === 'contact' ? { ...created, status: switches.upsertCreatedStatus } : created
}
