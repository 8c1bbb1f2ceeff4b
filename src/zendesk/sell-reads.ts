import {
  type CustomField,
  isList,
  readCustomFieldPage,
  readErrors,
  readJson,
  readRecordId,
} from './answer-body.ts'
import { classifySystemic, type Systemic } from './classify.ts'
import { type Exchange, reasonOf } from './exchange.ts'
import { customFieldsRequest, oneContactRequest, type SellRequest, usersSelfRequest } from './sell-request.ts'

/**
 * Why a read brought nothing. `unauthorised` and `throttled` as for writes; a 404 is `unauthorised` with the code
 * `incorrect_path`, since what is read here always exists.
 * - `no_token`: the token file has not been usable so far; `problem` names it and says what to do.
 * - `unreachable`: no connection.
 * - `unclear`: a connection, but no answer that means anything (timeout, 5xx, a proxy's page). `reason` is a short code.
 */
export type ReadFailure =
  | Systemic
  | { readonly type: 'no_token'; readonly problem: string }
  | { readonly type: 'unreachable'; readonly reason: string }
  | { readonly type: 'unclear'; readonly reason: string }

/** The JSON of a 2xx answer, or why there is none. */
export type ReadResult = { readonly type: 'read'; readonly json: unknown } | ReadFailure

/** Sends one GET and classifies its answer. */
export type SendRead = (request: SellRequest) => Promise<ReadResult>

/** Whether Sell takes the token. `userId` is that of its owner, or `null` where the token may not see it. */
export type TokenCheck = { readonly type: 'accepted'; readonly userId: number | null } | ReadFailure

/** The custom fields of contacts in Sell's order. */
export type CustomFieldList =
  { readonly type: 'listed'; readonly fields: readonly CustomField[] } | ReadFailure

/** Far more pages than an account has custom fields; ends a list whose pages lead in a circle. */
const maxPages = 50

/** What a GET brought. `nowMs` is wall-clock time, for a `Retry-After` with a date. */
export function classifyRead(
  exchange: Exchange,
  nowMs: number,
): Exclude<ReadResult, { readonly type: 'no_token' }> {
  if (exchange.type === 'failed') {
    return { type: exchange.dispatched ? 'unclear' : 'unreachable', reason: reasonOf(exchange.code) }
  }
  const { status, body } = exchange
  const json = readJson(body)
  const systemic = classifySystemic(exchange, readErrors(json), nowMs)
  if (systemic !== undefined) return systemic
  if (status === 404) return { type: 'unauthorised', status, code: 'incorrect_path' }
  if (status < 200 || status > 299) return { type: 'unclear', reason: `http_${status}` }
  if (body.type === 'broken') return { type: 'unclear', reason: reasonOf(body.code) }
  return json === undefined ? unreadable : { type: 'read', json }
}

const unreadable = { type: 'unclear', reason: 'unreadable_answer' } as const

/**
 * Asks for the token's user. The scopes `read` and `write` do not include that (facts: checking a token), so where it
 * is refused for want of a scope, one contact is asked for instead. A token with `write` alone passes neither, although
 * it could write; nothing can be asked with it that changes nothing.
 */
export async function checkToken(send: SendRead): Promise<TokenCheck> {
  const self = await send(usersSelfRequest)
  if (self.type === 'read') {
    const userId = readRecordId(self.json)
    return userId === undefined ? unreadable : { type: 'accepted', userId }
  }
  const lacksScope = self.type === 'unauthorised' && self.code === 'insufficient_scope'
  if (!lacksScope) return self
  const contacts = await send(oneContactRequest)
  if (contacts.type !== 'read') return contacts
  return isList(contacts.json) ? { type: 'accepted', userId: null } : unreadable
}

/**
 * Lists the custom fields. Whether Sell pages this list is not documented (facts: custom fields): a link to a next page
 * is followed, but only within `origin`, since the token goes along.
 */
export async function listCustomFields(send: SendRead, origin: string): Promise<CustomFieldList> {
  const fields: CustomField[] = []
  let request = customFieldsRequest
  for (let page = 0; page < maxPages; page += 1) {
    const result = await send(request)
    if (result.type !== 'read') return result
    const read = readCustomFieldPage(result.json)
    if (read === undefined) return unreadable
    fields.push(...read.fields)
    if (read.nextPage === null) return { type: 'listed', fields }
    const path = pathWithin(origin, request.path, read.nextPage)
    if (path === undefined) return { type: 'unclear', reason: 'foreign_page_link' }
    request = { ...customFieldsRequest, path }
  }
  return { type: 'unclear', reason: 'too_many_pages' }
}

/** Path and query of a link found at `base`, or `undefined` where it leaves `origin`. */
function pathWithin(origin: string, base: string, link: string): string | undefined {
  if (!URL.canParse(link, origin + base)) return undefined
  const url = new URL(link, origin + base)
  return url.origin === origin ? url.pathname + url.search : undefined
}
