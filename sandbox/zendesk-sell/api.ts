import type { IncomingMessage, ServerResponse } from 'node:http'

import { enactFault } from './fault-effects.ts'
import { isObject } from './input.ts'
import { parseJson } from './payload.ts'
import type { Body } from './payload.ts'
import type { Reply } from './reply.ts'
import { noteBody } from './request-log.ts'
import type { LogEntry } from './request-log.ts'
import { answer, findRoute, passGate } from './routes.ts'
import type { ApiRequest } from './routes.ts'
import type { Sell } from './sell.ts'
import { currentContact, foldEmail } from './store.ts'
import { receiveBody, send } from './transfer.ts'

/** Path and raw query of a request line. */
export interface Target {
  readonly path: string
  readonly rawQuery: string
}

// The e-mail a request is about: that of the filter, else of the contact in the path, else of the record.
function emailOf(sell: Sell, id: string, { rawQuery, body }: ApiRequest): string | null {
  const filter = new URLSearchParams(rawQuery).get('email')
  if (filter !== null) return filter
  const stored = currentContact(sell.contacts, Number(id))?.email
  if (stored !== undefined && stored !== null) return stored
  const payload = body === 'too-large' ? undefined : parseJson(body)
  const data = isObject(payload) ? payload['data'] : undefined
  const email = isObject(data) ? data['email'] : undefined
  return typeof email === 'string' ? email : null
}

// Writes are counted per contact: two clients that address it by id and by e-mail count as the same one.
function writeKey(method: string, email: string | null, id: string): string | null {
  if (method === 'GET') return null
  if (email !== null) return `email:${foldEmail(email)}`
  return id === '' ? null : `id:${id}`
}

// Notes what the body tells, and counts the request as in flight until the returned function is called.
function enter(sell: Sell, entry: LogEntry, api: ApiRequest): () => void {
  const id = findRoute(api.method, api.path)?.id ?? ''
  entry.email = emailOf(sell, id, api)
  noteBody(entry, api.body === 'too-large' ? '(too large)' : Buffer.from(api.body).toString())
  return sell.traffic.enter(writeKey(api.method, entry.email, id))
}

function createRequest(
  { method = '', headers }: IncomingMessage,
  { path, rawQuery }: Target,
  body: Body,
  requestId: string,
): ApiRequest {
  const origin = `http://${headers.host ?? 'localhost'}`
  return { method, path, rawQuery, headers, body, origin, requestId }
}

async function serve(
  sell: Sell,
  request: IncomingMessage,
  response: ServerResponse,
  { api, entry, leave }: { api: ApiRequest; entry: LogEntry; leave: () => void },
  stopping: AbortSignal,
): Promise<void> {
  const finish = async (reply: Reply, transfer?: (reply: Reply) => Promise<void>) => {
    entry.status = reply.status
    // What the client may conclude from the answer has to be in the log and the gauges before it has the answer.
    if (transfer === undefined) {
      leave()
      send(response, reply)
    } else await transfer(reply)
  }
  const nowMs = sell.clock.monotonicMs()
  const gate = passGate(sell, api, nowMs)
  entry.rate = gate.rate
  if (!gate.open) {
    await finish(gate.reply)
    return
  }
  // The limiter's own time: a later reading could show eleven in a second where it admitted ten.
  sell.traffic.admitted(nowMs)
  const apply = () => {
    const reply = answer(sell, api, gate.route)
    entry.applied = reply.applied
    entry.appliedAtMs = reply.applied ? sell.clock.monotonicMs() : null
    return reply
  }
  const plan = sell.faults.take({ ...api, email: entry.email }, nowMs)
  entry.fault = plan?.kind ?? null
  if (plan === undefined) await finish(apply())
  else {
    const { requestId } = api
    await enactFault(plan, { sell, requestId, request, response, apply, finish, stopping })
  }
}

/** Serves one request to the API: log, gate, fault, operation, answer. Rejects when the server stops meanwhile. */
export async function serveApi(
  sell: Sell,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  stopping: AbortSignal,
): Promise<void> {
  const requestId = sell.newRequestId()
  const monotonicMs = sell.clock.monotonicMs()
  const entry = sell.log.begin({
    timeMs: sell.clock.epochMs(),
    monotonicMs,
    requestId,
    method: request.method ?? '',
    ...target,
    operation: findRoute(request.method ?? '', target.path)?.operation ?? null,
  })
  sell.traffic.received(monotonicMs)
  let leave: () => void = () => undefined
  response.once('close', () => {
    leave()
    sell.traffic.answered(entry.operation, entry.status)
  })
  const body = await receiveBody(request)
  if (body === undefined) return
  const api = createRequest(request, target, body, requestId)
  leave = enter(sell, entry, api)
  await serve(sell, request, response, { api, entry, leave }, stopping)
}
