import type { Contact } from './contact.ts'
import type { ContactOutcome, ListOutcome } from './contacts.ts'
import { errorBody, rateLimitExceeded } from './errors.ts'
import type { Refusal } from './errors.ts'
import { pageLinks } from './listing.ts'
import type { SellSwitches } from './switches.ts'

/** An answer ready to be sent. `applied` says whether the request changed a contact. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly applied: boolean
}

/** An answer with a JSON body and the headers every documented answer has. */
export function jsonReply(status: number, body: unknown, requestId: string, applied = false): Reply {
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Language': 'en',
    'X-Request-Id': requestId,
  }
  return { status, headers, body: JSON.stringify(body), applied }
}

/** An answer without a body. */
export function emptyReply(
  status: number,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
  applied = false,
): Reply {
  return { status, headers: { 'X-Request-Id': requestId, ...headers }, body: '', applied }
}

/** The error envelope of a refusal. */
export function refusalReply(refusal: Refusal, requestId: string, applied = false): Reply {
  return jsonReply(refusal.status, errorBody(refusal, requestId), requestId, applied)
}

function item(contact: Contact): unknown {
  return { data: contact, meta: { type: 'contact' } }
}

/** The answer to an operation on one contact. */
export function contactReply(outcome: ContactOutcome, requestId: string): Reply {
  switch (outcome.kind) {
    case 'refused':
      return refusalReply(outcome.refusal, requestId)
    case 'deleted':
      return emptyReply(204, requestId, {}, true)
    case 'contact':
      return jsonReply(outcome.status, item(outcome.contact), requestId, outcome.written !== 'nothing')
  }
}

/** The answer to a list; `address` is scheme, host and path for the links. */
export function listReply(outcome: ListOutcome, address: string, requestId: string): Reply {
  if (outcome.kind === 'refused') return refusalReply(outcome.refusal, requestId)
  const { contacts, parameters, listing, more } = outcome
  const links = pageLinks(address, parameters, listing, more)
  const meta = { type: 'collection', count: contacts.length, links }
  return jsonReply(200, { items: contacts.map(item), meta }, requestId)
}

function retryAfter(mode: SellSwitches['retryAfter'], epochMs: number): string | undefined {
  switch (mode) {
    case 'none':
      return undefined
    case 'seconds':
      return '1'
    case 'date':
      return new Date(epochMs + 2000).toUTCString()
    case 'garbage':
      return 'soon'
    case 'huge':
      return '86400000'
  }
}

/** 429 as the switches want it; with an empty body and no Retry-After unless told otherwise (facts: rate limits). */
export function rateLimitReply(switches: SellSwitches, epochMs: number, requestId: string): Reply {
  const wait = retryAfter(switches.retryAfter, epochMs)
  const reply =
    switches.rateLimitBody === 'empty'
      ? emptyReply(429, requestId)
      : refusalReply(rateLimitExceeded(), requestId)
  return wait === undefined ? reply : { ...reply, headers: { ...reply.headers, 'Retry-After': wait } }
}
