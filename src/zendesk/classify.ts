import type { WriteOutcome } from '../deliver/contact-writer.ts'
import type { Write } from '../domain/plan.ts'
import { type RawError, readErrors, readJson, readRecordId, readRecordTags } from './answer-body.ts'
import { type Answer, type Exchange, reasonOf } from './exchange.ts'
import { parseRetryAfter } from './retry-after.ts'
import { toSafeCode, toSafeErrors } from './safe-errors.ts'

/** Statuses that say nothing about this record: the same request with any other record fares alike. */
const systemicStatuses: ReadonlySet<number> = new Set([
  401, 402, 403, 405, 406, 407, 410, 411, 421, 426, 431, 451,
])
/** Codes of a 400 that blame a header, which every request carries (facts: error codes). */
const headerCodes: readonly string[] = ['invalid_header', 'invalid_user_agent']
/** Refusals of this content by their nature, whether or not a readable list of errors comes along. */
const contentStatuses: ReadonlySet<number> = new Set([413, 414, 422])

/** A refusal that every request would meet, of a write or of a read. */
export type Systemic = Extract<WriteOutcome, { type: 'throttled' | 'unauthorised' }>

/**
 * How a write ended (facts: outcome classification). `nowMs` is wall-clock time, for a `Retry-After` with a date.
 * Where the documentation is silent:
 * - 3xx: `unauthorised`. Redirects are never followed, and one in front of an API means a wrong origin or a proxy's
 *   login page: every write meets it until a person acts.
 * - 404 of an upsert: `unauthorised`. There is no record that could be missing, so the path is wrong. Likewise a 404 of
 *   an update that speaks of the path or is not Sell's (a proxy's page); taking these for `missing` would forget the
 *   ids of the whole ledger.
 * - 400 and other 4xx without a readable list of errors: `ambiguous`. It may be one record's fault or a broken proxy's;
 *   repeated it is neither lost nor, by the thousand, dead-lettered.
 * - 2xx for an update that names another contact: `missing`, as after a merge. Believing that id would later write one
 *   person's data to another's record; an upsert finds the right one by its e-mail.
 */
export function classifyWrite(write: Write, exchange: Exchange, nowMs: number): WriteOutcome {
  if (exchange.type === 'failed') return classifyFailure(exchange.dispatched, exchange.code)
  const { status, body } = exchange
  if (status >= 200 && status <= 299) return classifySuccess(write, exchange)
  const errors = readErrors(readJson(body))
  const systemic = classifySystemic(exchange, errors, nowMs)
  if (systemic !== undefined) return systemic
  if (status === 404) {
    const outcome = classifyNotFound(exchange, errors)
    // An upsert names no record that could be missing.
    return outcome.type === 'missing' && write.type === 'upsert' ? wrongPath : outcome
  }
  // A list of errors that broke off would be dead-lettered incomplete.
  if (body.type === 'broken') return ambiguous(reasonOf(body.code))
  if (status < 400 || status > 499 || status === 408) return ambiguous(`http_${status}`)
  if (errors.length > 0) {
    return { type: 'rejected', status, errors: toSafeErrors(errors, Object.keys(write.fields)) }
  }
  return contentStatuses.has(status)
    ? { type: 'rejected', status, errors: [{ code: `http_${status}`, field: null }] }
    : ambiguous(`http_${status}`)
}

/** The outcome of an answer that throttles or refuses every request alike, or `undefined` for any other answer. */
export function classifySystemic(
  answer: Answer,
  errors: readonly RawError[],
  nowMs: number,
): Systemic | undefined {
  const { status } = answer
  if (status === 429) return { type: 'throttled', retryAfterMs: parseRetryAfter(answer.retryAfter, nowMs) }
  if (status >= 300 && status <= 399) return { type: 'unauthorised', status, code: 'redirect' }
  const blamesHeader = status === 400 && errors.some(({ code }) => headerCodes.includes(code ?? ''))
  if (!blamesHeader && !systemicStatuses.has(status)) return undefined
  const [first] = errors
  return {
    type: 'unauthorised',
    status,
    code: first === undefined ? `http_${status}` : toSafeCode(first.code),
  }
}

/**
 * No answer. Before the request was handed to a connected socket nothing can have arrived, whatever went wrong; after
 * that nobody knows, whatever the error is called: a reset while connecting and a reset after sending share one code.
 */
function classifyFailure(dispatched: boolean, code: string): WriteOutcome {
  return { type: dispatched ? 'ambiguous' : 'unreachable', reason: reasonOf(code) }
}

function classifySuccess(write: Write, { body }: Answer): WriteOutcome {
  if (body.type === 'broken') return ambiguous(reasonOf(body.code))
  const json = readJson(body)
  const contactId = readRecordId(json)
  if (contactId === undefined) return ambiguous('unreadable_answer')
  if (write.type === 'update' && contactId !== write.contactId) return { type: 'missing' }
  const tags = readRecordTags(json)
  return { type: 'written', contactId, ...(tags === undefined ? {} : { tags }) }
}

const wrongPath = { type: 'unauthorised', status: 404, code: 'incorrect_path' } as const

/** What a 404 means of a request for one contact: that it is gone, or that the path is wrong, as it would be for any other. */
export function classifyNotFound(
  { body }: Answer,
  errors: readonly RawError[],
): Extract<WriteOutcome, { type: 'missing' | 'unauthorised' | 'ambiguous' }> {
  if (body.type === 'broken') return ambiguous(reasonOf(body.code))
  // Without a body there is nothing to tell by; if the path is wrong, the upsert that follows says so.
  const fromSell = errors.length > 0 || body.text.trim() === ''
  return fromSell && !errors.some(speaksOfPath) ? { type: 'missing' } : wrongPath
}

/** Sell gives `not_found` for records and paths alike; only `details`, always English, tells them apart. */
function speaksOfPath({ code, details }: RawError): boolean {
  return code === 'incorrect_path' || /requested path/i.test(details ?? '')
}

function ambiguous(reason: string): Extract<WriteOutcome, { type: 'ambiguous' }> {
  return { type: 'ambiguous', reason }
}
