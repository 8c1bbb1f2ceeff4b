import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { startZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import type { RunningZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import { call, write } from './http-client.ts'
import type { Answer } from './http-client.ts'

const moreInfo = { more_info: 'https://developers.getbase.com/docs/rest/articles/errors' }
const logref = 'b5h8u-qn0oj-8mr2n-94mug'

// What an answer says, with the id of the request made comparable. Fails when header and body disagree about it.
function comparable({ headers, text }: Answer): unknown {
  const id = headers['x-request-id']
  expect(id).toMatch(/^[0-9a-z]{5}(-[0-9a-z]{5}){3}$/)
  const named = (JSON.parse(text) as { meta: { logref?: unknown } }).meta.logref
  expect([undefined, id]).toContain(named)
  return JSON.parse(text.replaceAll(String(id), logref)) as unknown
}

let sell: RunningZendeskSell

beforeAll(async () => {
  sell = await startZendeskSell({ ratePerSecond: 0 })
})
afterAll(async () => await sell.stop())

describe('error bodies equal the captured ones', () => {
  it('422 for an unknown attribute', async () => {
    const answer = await write(sell, 'POST', '/v2/contacts', { last_name: 'Doe', invalid_field: 1 })
    expect(answer.status).toBe(422)
    expect(comparable(answer)).toEqual({
      errors: [
        {
          error: {
            resource: 'contact',
            field: '/invalid_field',
            code: 'unknown',
            message: 'unknown attribute',
            details: "The attribute '/invalid_field' is not a known attribute for the 'contact' resource.",
          },
          meta: { type: 'error', links: moreInfo },
        },
      ],
      meta: { type: 'errors', http_status: '422 Unprocessable Entity', logref, links: moreInfo },
    })
  })

  it('422 for a value that is not in the list', async () => {
    const answer = await write(sell, 'POST', '/v2/contacts', { last_name: 'Doe', customer_status: 'x' })
    expect(comparable(answer)).toMatchObject({
      errors: [
        {
          error: {
            resource: 'contact',
            field: '/customer_status',
            code: 'incorrect_value',
            message: 'attribute value is incorrect',
            details: "The attribute '/customer_status' value is not included in the list",
          },
        },
      ],
    })
  })

  it('400 for a page size, without a logref', async () => {
    const answer = await call(sell, '/v2/contacts?per_page=200')
    expect(comparable(answer)).toEqual({
      errors: [
        {
          error: {
            code: 'invalid_param',
            message: 'invalid request query parameter',
            details:
              "The request query parameter 'per_page' is malformed, missing, or has an invalid value (must be between 1 and 100, given: 200)",
          },
          meta: { type: 'error', links: moreInfo },
        },
      ],
      meta: { type: 'errors', http_status: '400 Bad Request', links: moreInfo },
    })
  })

  it('404 for a contact', async () => {
    const answer = await call(sell, '/v2/contacts/23231')
    expect(comparable(answer)).toEqual({
      errors: [
        {
          error: {
            code: 'not_found',
            message: 'resource you are looking for was not found',
            resource: 'contact',
            details: "Resource of the type 'contact' with the id '23231' was not found.",
          },
          meta: { type: 'error', links: moreInfo },
        },
      ],
      meta: { type: 'collection', http_status: '404 Not Found', logref, links: moreInfo },
    })
  })

  it('404 for a path, with or without a token', async () => {
    for (const authorization of [null, `Bearer ${sell.token}`]) {
      const answer = await call(sell, '/v2/unicorns', { headers: { authorization } })
      expect(comparable(answer)).toMatchObject({
        errors: [
          { error: { code: 'not_found', details: 'Requested path was not found.', message: 'Not Found' } },
        ],
        meta: { http_status: '404 Not Found' },
      })
    }
  })

  it('401 without a valid token', async () => {
    const answer = await call(sell, '/v2/contacts', { headers: { authorization: null } })
    expect(comparable(answer)).toMatchObject({
      errors: [
        {
          error: {
            code: 'unauthorized',
            details: 'Required access token is missing, malformed, expired, or invalid.',
          },
        },
      ],
      meta: { http_status: '401 Unauthorized' },
    })
  })
})
