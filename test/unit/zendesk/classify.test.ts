import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import type { Write } from '../../../src/domain/plan.ts'
import { classifyWrite } from '../../../src/zendesk/classify.ts'
import type { Answer } from '../../../src/zendesk/exchange.ts'
import { errorBody, updateOf, upsertOf } from './writes.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')
const update = updateOf()
const upsert = upsertOf()

function classify(
  write: Write,
  status: number,
  body: string | Answer['body'] = '',
  retryAfter: string | null = null,
) {
  const read = typeof body === 'string' ? ({ type: 'whole', text: body } as const) : body
  return classifyWrite(write, { type: 'answered', status, retryAfter, requestId: null, body: read }, nowMs)
}

const html = '<html><body>504 Gateway Time-out</body></html>'
const contact = (id: unknown) =>
  JSON.stringify({ data: { id, email: 'jane@example.com' }, meta: { type: 'contact' } })
const notFound = errorBody({
  code: 'not_found',
  resource: 'contact',
  details: "with the id '42' was not found.",
})
const noPath = errorBody({ code: 'not_found', details: 'Requested path was not found.' })
const reset = { type: 'broken', code: 'ECONNRESET' } as const

describe('an acknowledgement', () => {
  it.each([200, 201, 202, 299])('with status %s and an id means written', (status) => {
    expect(classify(upsert, status, contact(7))).toEqual({ type: 'written', contactId: 7 })
    expect(classify(update, status, contact(42))).toEqual({ type: 'written', contactId: 42 })
  })

  it.each([
    ['no body', ''],
    ['a proxy page', html],
    ['half a body', contact(7).slice(0, -5)],
    ['null', 'null'],
    ['a list', '{"items":[]}'],
    ['no id', '{"data":{}}'],
    ['an id of null', contact(null)],
    ['an id of 0', contact(0)],
    ['a negative id', contact(-1)],
    ['an id in text', contact('7')],
    ['a fraction', contact(1.5)],
    ['an id that JSON cannot hold exactly', '{"data":{"id":9007199254740993}}'],
  ])('with %s may have been applied', (_case, body) => {
    expect(classify(upsert, 200, body)).toEqual({ type: 'ambiguous', reason: 'unreadable_answer' })
  })

  it('that broke off may have been applied', () => {
    expect(classify(upsert, 200, reset)).toEqual({ type: 'ambiguous', reason: 'econnreset' })
  })

  it('of an update for another contact means that the known one is gone', () => {
    expect(classify(update, 200, contact(43))).toEqual({ type: 'missing' })
  })
})

describe('an answer that every request would get', () => {
  it.each([
    [301, ''],
    [302, html],
    [304, ''],
    [307, contact(7)],
  ])('%s is a redirect and thus a fault of the configuration', (status, body) => {
    expect(classify(upsert, status, body)).toEqual({ type: 'unauthorised', status, code: 'redirect' })
  })

  it.each([
    [401, errorBody({ code: 'unauthorized' }), 'unauthorized'],
    [401, '', 'http_401'],
    [401, reset, 'http_401'],
    [403, errorBody({ code: 'insufficient_scope' }), 'insufficient_scope'],
    [403, html, 'http_403'],
    [400, errorBody({ code: 'invalid_header' }), 'invalid_header'],
    [400, errorBody({ code: 'invalid_user_agent' }), 'invalid_user_agent'],
    [406, '', 'http_406'],
    [402, '', 'http_402'],
    [405, '', 'http_405'],
    [407, html, 'http_407'],
    [410, '', 'http_410'],
    [401, errorBody({ code: 'jane@example.com' }), 'unrecognised'],
  ])('%s %j is unauthorised', (status, body, code) => {
    for (const write of [upsert, update]) {
      expect(classify(write, status, body)).toEqual({ type: 'unauthorised', status, code })
    }
  })

  it.each([
    ['an empty body', '', null, null],
    ['a JSON body', errorBody({ code: 'rate_limit_exceeded' }), null, null],
    ['a page', html, null, null],
    ['a body that broke off', reset, null, null],
    ['Retry-After in seconds', '', '2', 2_000],
    ['Retry-After as a date', '', 'Sun, 22 Nov 2026 12:00:05 GMT', 5_000],
    ['an unreadable Retry-After', '', 'later', null],
    ['an enormous Retry-After', '', '1000000000', 900_000],
  ])('429 with %s is throttled', (_case, body, retryAfter, retryAfterMs) => {
    expect(classify(update, 429, body, retryAfter)).toEqual({ type: 'throttled', retryAfterMs })
  })
})

describe('a 404', () => {
  it.each([
    ['Sell error about the record', notFound],
    ['error without resource', errorBody({ code: 'not_found', details: 'gone' })],
    ['empty body', ''],
  ])('of an update with an %s means that the contact is missing', (_case, body) => {
    expect(classify(update, 404, body)).toEqual({ type: 'missing' })
  })

  it.each([
    ['update', update, noPath],
    ['update', update, errorBody({ code: 'incorrect_path' })],
    ['update', update, html],
    ['update', update, '404 page not found'],
    ['upsert', upsert, notFound],
    ['upsert', upsert, noPath],
    ['upsert', upsert, ''],
  ])('of an %s with no record to miss means a wrong path (%#)', (_operation, write, body) => {
    expect(classify(write, 404, body)).toEqual({ type: 'unauthorised', status: 404, code: 'incorrect_path' })
  })

  it('that broke off tells nothing', () => {
    expect(classify(update, 404, reset)).toEqual({ type: 'ambiguous', reason: 'econnreset' })
  })
})

describe('a refusal of the content', () => {
  it.each([400, 409, 413, 415, 422])('%s with errors is rejected with every code and field', (status) => {
    const body = errorBody(
      { code: 'unknown', field: '/invalid_field', resource: 'contact' },
      { code: 'incorrect_value', field: '/data/address/city' },
      { code: 'invalid_param' },
    )
    expect(classify(upsert, status, body)).toEqual({
      type: 'rejected',
      status,
      errors: [
        { code: 'unknown', field: '/invalid_field' },
        { code: 'incorrect_value', field: '/data/address/city' },
        { code: 'invalid_param', field: null },
      ],
    })
  })

  it.each([413, 414, 422])('%s is rejected even without a readable list of errors', (status) => {
    expect(classify(upsert, status, html)).toEqual({
      type: 'rejected',
      status,
      errors: [{ code: `http_${status}`, field: null }],
    })
  })

  it.each([
    [400, html, 'http_400'],
    [409, '', 'http_409'],
    [415, '{"errors":[]}', 'http_415'],
    [418, '{"errors":"no"}', 'http_418'],
    [422, reset, 'econnreset'],
    [400, { type: 'broken', code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' } as const, 'body_too_large'],
  ])('%s without a complete list (%j) is not held against the record', (status, body, reason) => {
    expect(classify(upsert, status, body)).toEqual({ type: 'ambiguous', reason })
  })
})

describe('an answer in doubt', () => {
  it.each([
    [408, ''],
    [500, errorBody({ code: 'server_error' })],
    [502, html],
    [503, errorBody({ code: 'temporarily_unavailable' })],
    [504, html],
    [599, ''],
    [600, ''],
  ])('%s is ambiguous', (status, body) => {
    expect(classify(upsert, status, body)).toEqual({ type: 'ambiguous', reason: `http_${status}` })
  })
})

describe('no answer', () => {
  const codes = [
    ['ECONNREFUSED', 'econnrefused'],
    ['ENOTFOUND', 'enotfound'],
    ['EAI_AGAIN', 'eai_again'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
    ['CERT_HAS_EXPIRED', 'cert_has_expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'err_tls_cert_altname_invalid'],
    ['ECONNRESET', 'econnreset'],
    ['EPIPE', 'epipe'],
    ['UND_ERR_SOCKET', 'socket_closed'],
    ['UND_ERR_HEADERS_TIMEOUT', 'headers_timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'body_timeout'],
    ['DEADLINE', 'deadline'],
    ['HPE_INVALID_CONSTANT', 'hpe_invalid_constant'],
    ['', 'unknown'],
    ['constructor', 'unknown'],
    ['jane@example.com', 'unknown'],
  ] as const

  it.each(codes)('to a request that was never sent (%s) is unreachable: %s', (code, reason) => {
    expect(classifyWrite(upsert, { type: 'failed', dispatched: false, code }, nowMs)).toEqual({
      type: 'unreachable',
      reason,
    })
  })

  it.each(codes)('to a request that was sent (%s) is ambiguous: %s', (code, reason) => {
    expect(classifyWrite(update, { type: 'failed', dispatched: true, code }, nowMs)).toEqual({
      type: 'ambiguous',
      reason,
    })
  })
})

describe('any answer', () => {
  const secret = 'Jane Q. Public <jane@example.com>'
  const noisy = fc.oneof(fc.constant(secret), fc.string(), fc.integer(), fc.constant(null))
  const error = fc.record(
    { code: noisy, field: noisy, message: noisy, details: noisy, resource: noisy },
    { requiredKeys: [] },
  )
  const bodies = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .array(fc.oneof(error, noisy))
      .map((errors) => JSON.stringify({ errors: errors.map((e) => ({ error: e })) })),
    fc.integer({ min: 1 }).map(contact),
  )

  it('has an outcome that quotes no text of it, and is written only with a 2xx', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(upsert, update),
        fc.integer({ min: 200, max: 599 }),
        bodies,
        fc.option(fc.string()),
        (write, status, body, retryAfter) => {
          const outcome = classify(write, status, body, retryAfter)
          expect(JSON.stringify(outcome)).not.toMatch(/jane|public/i)
          expect(outcome.type === 'written' && status > 299).toBe(false)
          expect(outcome.type === 'rejected' && (status < 400 || status > 499)).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })
})
