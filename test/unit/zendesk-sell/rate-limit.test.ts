import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { startZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import type { RunningZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import { call, codeOf } from './http-client.ts'

describe('the rate limit', () => {
  let limited: RunningZendeskSell
  let nowMs = 0

  beforeAll(async () => {
    const clock = { epochMs: () => Date.parse('2026-11-22T12:00:00Z'), monotonicMs: () => nowMs }
    limited = await startZendeskSell({ clock })
  })
  afterAll(async () => await limited.stop())

  const statuses = async (count: number) => {
    const found: number[] = []
    for (let n = 0; n < count; n += 1) found.push((await call(limited, '/v2/contacts')).status)
    return found
  }

  it('admits ten in any second, refuses the rest, and does not count what it refused', async () => {
    expect(await statuses(12)).toEqual([...Array<number>(10).fill(200), 429, 429])
    nowMs += 999
    expect(await statuses(1)).toEqual([429])
    nowMs += 1
    expect(await statuses(11)).toEqual([...Array<number>(10).fill(200), 429])
    const { json } = await call(limited, '/_control/stats')
    expect(json).toMatchObject({
      counts: { 'contacts.list': { 200: 20, 429: 4 } },
      maxAdmittedPerSecond: 10,
      maxReceivedPerSecond: 13,
    })
  })

  it('does not count who has no valid token, nor the control endpoint and the page', async () => {
    nowMs += 1000
    const headers = { authorization: null }
    for (let n = 0; n < 20; n += 1) await call(limited, '/v2/contacts', { headers })
    for (let n = 0; n < 20; n += 1) await call(limited, '/_control/stats')
    expect((await call(limited, '/')).status).toBe(200)
    expect(await statuses(1)).toEqual([200])
  })

  it('counts requests that are refused for another reason', async () => {
    nowMs += 1000
    for (let n = 0; n < 10; n += 1) await call(limited, '/v2/contacts/77')
    expect(await statuses(1)).toEqual([429])
  })

  it("is the token's own: a new one starts with an empty window", async () => {
    nowMs += 1000
    await statuses(10)
    await call(limited, '/_control/token', { method: 'PUT', body: { token: limited.token } })
    expect(await statuses(1)).toEqual([200])
  })

  it.each([
    ['none', undefined],
    ['seconds', '1'],
    ['date', 'Sun, 22 Nov 2026 12:00:02 GMT'],
    ['garbage', 'soon'],
    ['huge', '86400000'],
  ])('retryAfter=%s answers with Retry-After: %s and an empty body', async (retryAfter, expected) => {
    await call(limited, '/_control/switches', { method: 'PUT', body: { retryAfter, rateLimitBody: 'empty' } })
    await statuses(10)
    const answer = await call(limited, '/v2/contacts')
    expect([answer.status, answer.text]).toEqual([429, ''])
    expect(answer.headers['retry-after']).toBe(expected)
    expect(answer.headers['content-type']).toBeUndefined()
  })

  it('rateLimitBody=json answers with the envelope', async () => {
    await call(limited, '/_control/switches', { method: 'PUT', body: { rateLimitBody: 'json' } })
    await statuses(10)
    expect(codeOf(await call(limited, '/v2/contacts'))).toBe('429 rate_limit_exceeded')
  })
})
