import type { IncomingHttpHeaders } from 'node:http'

import {
  createContact,
  deleteContact,
  getContact,
  listContacts,
  updateContact,
  upsertContact,
} from './contacts.ts'
import { customFieldsBody } from './custom-fields.ts'
import {
  insufficientScope,
  invalidParameters,
  invalidUserAgent,
  pathNotFound,
  unauthorized,
} from './errors.ts'
import type { ContactOutcome, OperationContext, RecordInput } from './contacts.ts'
import { acceptsJson, readPayload } from './payload.ts'
import type { Body } from './payload.ts'
import { readQuery } from './query.ts'
import { contactReply, emptyReply, jsonReply, listReply, rateLimitReply, refusalReply } from './reply.ts'
import type { Reply } from './reply.ts'
import { operationContext } from './sell.ts'
import type { Sell } from './sell.ts'
import { accountSelf, userSelf } from './self.ts'

/** One request to the API with its body read. `origin` is scheme and host as the client called them. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly rawQuery: string
  readonly headers: IncomingHttpHeaders
  readonly body: Body
  readonly origin: string
  readonly requestId: string
}

type Scope = 'read' | 'write' | 'profile'

/** What a method and path ask for. */
export interface Route {
  readonly operation:
    | 'contacts.list'
    | 'contacts.create'
    | 'contacts.upsert'
    | 'contacts.get'
    | 'contacts.update'
    | 'contacts.delete'
    | 'custom_fields.list'
    | 'users.self'
    | 'accounts.self'
  readonly scope: Scope
  /** The id in the path, unchecked; empty where there is none. */
  readonly id: string
}

const fixedRoutes: Readonly<Record<string, Route>> = {
  'GET /v2/contacts': { operation: 'contacts.list', scope: 'read', id: '' },
  'POST /v2/contacts': { operation: 'contacts.create', scope: 'write', id: '' },
  'POST /v2/contacts/upsert': { operation: 'contacts.upsert', scope: 'write', id: '' },
  'GET /v2/contact/custom_fields': { operation: 'custom_fields.list', scope: 'read', id: '' },
  'GET /v2/users/self': { operation: 'users.self', scope: 'profile', id: '' },
  'GET /v2/accounts/self': { operation: 'accounts.self', scope: 'profile', id: '' },
}

/** The operation behind a method and path; undefined is 404, whether or not the request is authorised. */
export function findRoute(method: string, path: string): Route | undefined {
  const fixed = `${method} ${path}`
  if (Object.hasOwn(fixedRoutes, fixed)) return fixedRoutes[fixed]
  const id = /^\/v2\/contacts\/(?<id>[^/]+)$/.exec(path)?.groups?.['id']
  if (id === undefined || id === 'upsert') return undefined
  if (method === 'GET') return { operation: 'contacts.get', scope: 'read', id }
  if (method === 'PUT') return { operation: 'contacts.update', scope: 'write', id }
  if (method === 'DELETE') return { operation: 'contacts.delete', scope: 'write', id }
  return undefined
}

/** What the gate decides: the way is free, or the reply that ends the request; and what the rate limit said. */
export type Gate =
  | { readonly open: true; readonly route: Route; readonly rate: 'admitted' }
  | { readonly open: false; readonly reply: Reply; readonly rate: 'limited' | 'uncounted' }

/** Path, then token, then rate (at monotonic `nowMs`): what a gateway checks before the application is reached. */
export function passGate(sell: Sell, request: ApiRequest, nowMs: number): Gate {
  const { requestId } = request
  const route = findRoute(request.method, request.path)
  if (route === undefined)
    return { open: false, reply: refusalReply(pathNotFound(), requestId), rate: 'uncounted' }
  const token = /^bearer (?<token>\S+)$/i.exec(request.headers.authorization ?? '')?.groups?.['token']
  if (token !== sell.token)
    return { open: false, reply: refusalReply(unauthorized(), requestId), rate: 'uncounted' }
  if (!sell.limiter.admit(nowMs)) {
    const reply = rateLimitReply(sell.switches, sell.clock.epochMs(), requestId)
    return { open: false, reply, rate: 'limited' }
  }
  return { open: true, route, rate: 'admitted' }
}

function withRecord(request: ApiRequest, run: (data: RecordInput) => ContactOutcome): Reply {
  const payload = readPayload(request.headers, request.body)
  return payload.ok
    ? contactReply(run(payload.data), request.requestId)
    : refusalReply(payload.refusal, request.requestId)
}

function withoutParameters(request: ApiRequest, run: () => Reply): Reply {
  const query = readQuery(request.rawQuery, () => false)
  return query.ok ? run() : refusalReply(invalidParameters(query.problems), request.requestId)
}

function perform(sell: Sell, request: ApiRequest, route: Route, context: OperationContext): Reply {
  const { requestId, rawQuery } = request
  const plain = (run: () => Reply) => withoutParameters(request, run)
  switch (route.operation) {
    case 'contacts.list':
      return listReply(listContacts(context, rawQuery), request.origin + request.path, requestId)
    case 'contacts.create':
      return plain(() => withRecord(request, (data) => createContact(context, data)))
    case 'contacts.upsert':
      return withRecord(request, (data) => upsertContact(context, rawQuery, data))
    case 'contacts.get':
      return plain(() => contactReply(getContact(context, route.id), requestId))
    case 'contacts.update':
      return plain(() => withRecord(request, (data) => updateContact(context, route.id, data)))
    case 'contacts.delete':
      return plain(() => contactReply(deleteContact(context, route.id), requestId))
    case 'custom_fields.list': {
      const body = customFieldsBody(sell.customFields, sell.switches.choicesKey)
      return plain(() => jsonReply(200, body, requestId))
    }
    case 'users.self':
      return plain(() => jsonReply(200, userSelf, requestId))
    case 'accounts.self':
      return plain(() => jsonReply(200, accountSelf, requestId))
  }
}

/** Serves a request that passed the gate: headers, scope, body, query, operation, in this order. */
export function answer(sell: Sell, request: ApiRequest, route: Route): Reply {
  const { headers, requestId } = request
  if ((headers['user-agent'] ?? '').trim() === '') return refusalReply(invalidUserAgent(), requestId)
  // 406 has no code in Sell's list, and JSON is what the client does not want: no body.
  if (!acceptsJson(headers.accept)) return emptyReply(406, requestId)
  if (!sell.switches.scopes.split('+').includes(route.scope))
    return refusalReply(insufficientScope(route.scope), requestId)
  return perform(sell, request, route, operationContext(sell))
}
