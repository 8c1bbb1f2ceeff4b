import { customFieldsInput, defineCustomFields } from './custom-fields.ts'
import { invalidRecord } from './errors.ts'
import type { SellError } from './errors.ts'
import { createContact, deleteContact, updateContact } from './contacts.ts'
import type { ContactOutcome, OperationContext } from './contacts.ts'
import { createReader, isObject } from './input.ts'
import { describeEntry } from './request-log.ts'
import { operationContext, renewToken, tokenProblem } from './sell.ts'
import type { Sell } from './sell.ts'
import { currentContacts } from './store.ts'
import { readSwitches } from './switches.ts'
import { checkRecord } from './validation.ts'

/** One request to the control endpoint: the path after `/_control`, and the parsed body (undefined: none). */
export interface ControlRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
}

/** Its answer, as JSON: `head`, and with `list` a long member that is written item by item. */
export interface ControlReply {
  readonly status: number
  readonly head: Readonly<Record<string, unknown>>
  readonly list?: { readonly name: string; readonly items: Iterable<unknown> }
}

/** A new random token of 64 characters. */
export type NewToken = () => string

type Handler = (sell: Sell, request: ControlRequest, id: number, newToken: NewToken) => ControlReply

function ok(head: ControlReply['head'] = {}): ControlReply {
  return { status: 200, head }
}

function bad(problems: readonly string[], status = 400): ControlReply {
  return { status, head: { problems } }
}

function* mapped<A, B>(items: Iterable<A>, map: (item: A) => B): Generator<B> {
  for (const item of items) yield map(item)
}

const getRequests: Handler = ({ log }, { query }) => {
  const [since, limit] = ['since', 'limit'].map((name) => Number(query.get(name) ?? Number.NaN))
  const texts = ['since', 'limit'].flatMap((name) => query.get(name) ?? [])
  if (!texts.every((text) => /^\d{1,15}$/.test(text))) return bad(['since and limit must be whole numbers'])
  const entries = log.since(Number.isNaN(since) ? 0 : (since ?? 0))
  const kept = limit === undefined || Number.isNaN(limit) ? entries : entries.slice(0, limit)
  const head = { dropped: log.dropped(), lastSeq: log.lastSeq() }
  return { status: 200, head, list: { name: 'requests', items: mapped(kept, describeEntry) } }
}

const deleteRequests: Handler = ({ log, traffic }) => {
  log.clear()
  traffic.reset()
  return ok({ lastSeq: log.lastSeq() })
}

const putSwitches: Handler = (sell, { body }) => {
  if (!isObject(body)) return bad(['the body must be an object of switch names and values'])
  const read = readSwitches(Object.entries(body))
  if (!read.ok) return bad(read.problems)
  sell.switches = { ...sell.switches, ...read.switches }
  return ok({ ...sell.switches })
}

const getFaults: Handler = ({ faults, clock }) => ok({ faults: faults.list(clock.monotonicMs()) })

const postFault: Handler = ({ faults, clock }, { body }) => {
  const added = faults.add(body, clock.monotonicMs())
  return added.ok ? { status: 201, head: { ...added.fault } } : bad(added.problems)
}

const deleteFaults: Handler = ({ faults }) => {
  faults.remove()
  return ok()
}

const deleteFault: Handler = ({ faults }, _request, id) =>
  faults.remove(id) ? ok() : bad([`there is no fault ${id}`], 404)

const putCustomFields: Handler = (sell, { body }) => {
  const defined = defineCustomFields(isObject(body) ? body['custom_fields'] : body)
  if (!defined.ok) return bad(defined.problems)
  sell.customFields = defined.fields
  return ok({ custom_fields: customFieldsInput(sell.customFields) })
}

const getContacts: Handler = ({ contacts }) => ({
  status: 200,
  head: { count: contacts.versions.size },
  list: { name: 'contacts', items: currentContacts(contacts) },
})

// What people do in the application is visible at once: the lag belongs to the API's index.
function atOnce(sell: Sell): OperationContext {
  const context = operationContext(sell)
  return { ...context, switches: { ...context.switches, indexLagMs: 0 } }
}

function refusedContact(errors: readonly SellError[], index?: number): ControlReply {
  const at = index === undefined ? 'contact' : `contacts[${index}]`
  return bad(
    errors.map((error) => `${at}${error.field ?? ''}: ${error.details}`),
    422,
  )
}

const postContacts: Handler = (sell, { body }) => {
  const given = isObject(body) && Array.isArray(body['contacts']) ? (body['contacts'] as unknown[]) : body
  const inputs: readonly unknown[] = Array.isArray(given) ? given : [given]
  const context = atOnce(sell)
  // All or none: every record is checked before the first one is made.
  for (const [index, input] of inputs.entries()) {
    if (!isObject(input)) return bad([`contacts[${index}] must be an object of Sell attributes`])
    const checked = checkRecord(input, context)
    if (!checked.ok) return refusedContact(invalidRecord(checked.problems, 'short').errors, index)
  }
  const ids = inputs.filter(isObject).flatMap((input) => {
    const outcome = createContact(context, input)
    return outcome.kind === 'contact' ? [outcome.contact.id] : []
  })
  return { status: 201, head: { ids } }
}

function contactResult(outcome: ContactOutcome): ControlReply {
  switch (outcome.kind) {
    case 'refused':
      return { ...refusedContact(outcome.refusal.errors), status: outcome.refusal.status }
    case 'deleted':
      return ok()
    case 'contact':
      return ok({ contact: outcome.contact })
  }
}

const putContact: Handler = (sell, { body }, id) =>
  isObject(body)
    ? contactResult(updateContact(atOnce(sell), String(id), body))
    : bad(['the body must be an object of Sell attributes'])

const removeContact: Handler = (sell, _request, id) => contactResult(deleteContact(atOnce(sell), String(id)))

const putToken: Handler = (sell, { body }, _id, newToken) => {
  const reader = createReader(body ?? {}, 'body')
  const token = reader.optionalText('token') ?? newToken()
  const problems = [...reader.problems(), tokenProblem(token)].filter((problem) => problem !== undefined)
  if (problems.length > 0) return bad(problems)
  renewToken(sell, token)
  return ok({ token })
}

const handlers: Readonly<Record<string, Handler>> = {
  'GET /requests': getRequests,
  'DELETE /requests': deleteRequests,
  'GET /stats': ({ traffic, contacts }) => ok({ ...traffic.report(), contacts: contacts.versions.size }),
  'GET /switches': ({ switches }) => ok({ ...switches }),
  'PUT /switches': putSwitches,
  'GET /faults': getFaults,
  'POST /faults': postFault,
  'DELETE /faults': deleteFaults,
  'DELETE /faults/{id}': deleteFault,
  'GET /custom-fields': ({ customFields }) => ok({ custom_fields: customFieldsInput(customFields) }),
  'PUT /custom-fields': putCustomFields,
  'GET /contacts': getContacts,
  'POST /contacts': postContacts,
  'PUT /contacts/{id}': putContact,
  'DELETE /contacts/{id}': removeContact,
  'PUT /token': putToken,
}

/** Serves the control endpoint. Bad input is a 400 or 422 with `problems`, an unknown path a 404 that lists all. */
export function control(sell: Sell, request: ControlRequest, newToken: NewToken): ControlReply {
  const id = /^\/(?:contacts|faults)\/(?<id>\d{1,15})$/.exec(request.path)?.groups?.['id']
  const path = id === undefined ? request.path : request.path.replace(/\d+$/, '{id}')
  const key = `${request.method} ${path}`
  const handler = Object.hasOwn(handlers, key) ? handlers[key] : undefined
  if (handler !== undefined) return handler(sell, request, Number(id ?? 0), newToken)
  return { status: 404, head: { problems: [`there is no ${key}`], known: Object.keys(handlers) } }
}

/** The text of a reply in pieces of some hundred items, so that a long list never exists as one string. */
export function* replyText({ head, list }: ControlReply): Generator<string> {
  const text = JSON.stringify(head)
  if (list === undefined) {
    yield `${text}\n`
    return
  }
  yield `${text.slice(0, -1)}${text === '{}' ? '' : ','}${JSON.stringify(list.name)}:[`
  let piece: string[] = []
  let separator = ''
  for (const item of list.items) {
    piece.push(JSON.stringify(item))
    if (piece.length < 500) continue
    yield separator + piece.join(',\n')
    separator = ',\n'
    piece = []
  }
  if (piece.length > 0) yield separator + piece.join(',\n')
  yield ']}\n'
}
