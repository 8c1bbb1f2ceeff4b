import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'

import { isLoopback } from '../../../sandbox/zendesk-sell/control-edge.ts'
import { startZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import type { RunningZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import { call, until, write } from './http-client.ts'

let sell: RunningZendeskSell

beforeAll(async () => {
  sell = await startZendeskSell({ ratePerSecond: 0 })
})
afterAll(async () => await sell.stop())
beforeEach(async () => {
  for (const path of ['faults', 'requests', 'contacts/1']) {
    await call(sell, `/_control/${path}`, { method: 'DELETE' })
  }
})

interface Logged {
  readonly seq: number
  readonly timeMs: number
  readonly monotonicMs: number
  readonly appliedAtMs: number
}

async function logged(): Promise<readonly Logged[]> {
  const { json } = await call(sell, '/_control/requests')
  return (json as { requests: readonly Logged[] }).requests
}

describe('the server', () => {
  it('has a token of 64 characters, a different one each time, on a free port', async () => {
    const other = await startZendeskSell()
    expect(other.token).toMatch(/^\S{64}$/)
    expect(other.token).not.toBe(sell.token)
    expect(other.url).not.toBe(sell.url)
    await other.stop()
  })

  it('rejects when the port is taken, and frees it when stopped', async () => {
    const other = await startZendeskSell()
    const port = Number(new URL(other.url).port)
    await expect(startZendeskSell({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await other.stop()
    const again = await startZendeskSell({ port })
    expect(again.url).toBe(other.url)
    await again.stop()
  })

  it('rejects wrong settings', async () => {
    await expect(startZendeskSell({ token: 'short' })).rejects.toThrow('exactly 64 characters')
  })

  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.127.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['2001:db8::1', false],
    [undefined, false],
  ])('lets %s at the control endpoint: %p', (address, isLet) => {
    expect(isLoopback(address)).toBe(isLet)
  })

  it('answers a control request that is no JSON with 400', async () => {
    const answer = await call(sell, '/_control/switches', { method: 'PUT', body: '{' })
    expect(answer).toMatchObject({
      status: 400,
      json: { problems: [expect.stringContaining('not valid JSON')] },
    })
  })
})

describe('the request log', () => {
  it('has what was received, in order, with status, effect and clocks', async () => {
    const before = Date.now()
    const created = await write(sell, 'POST', '/v2/contacts', { last_name: 'Doe', email: 'Doe@example.com' })
    const { id } = (created.json as { data: { id: number } }).data
    await call(sell, `/v2/contacts/${id}`)
    await write(sell, 'PUT', `/v2/contacts/${id}`, { foo: 1 })
    await call(sell, '/v2/nowhere', { headers: { authorization: null } })
    await call(sell, '/v2/contacts?email=a%2Bb%40example.com', { headers: { authorization: null } })

    const entries = await logged()
    expect(entries).toMatchObject([
      {
        method: 'POST',
        path: '/v2/contacts',
        operation: 'contacts.create',
        query: {},
        email: 'Doe@example.com',
        body: { data: { last_name: 'Doe', email: 'Doe@example.com' } },
        status: 200,
        applied: true,
        rate: 'admitted',
        requestId: created.headers['x-request-id'],
      },
      { method: 'GET', email: 'Doe@example.com', body: null, status: 200, applied: false, appliedAtMs: null },
      { method: 'PUT', email: 'Doe@example.com', status: 422, applied: false, rate: 'admitted' },
      { path: '/v2/nowhere', operation: null, status: 404, rate: 'uncounted' },
      { query: { email: 'a+b@example.com' }, email: 'a+b@example.com', status: 401, rate: 'uncounted' },
    ])
    const [first] = entries
    expect(first?.timeMs).toBeGreaterThanOrEqual(before)
    expect(first?.appliedAtMs).toBeGreaterThanOrEqual(first?.monotonicMs ?? Infinity)
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => (first?.seq ?? 0) + index))
  })

  it('never shows the token', async () => {
    await call(sell, '/v2/contacts')
    expect((await call(sell, '/_control/requests')).text).not.toContain(sell.token)
  })
})

describe('the gauge of writes in flight', () => {
  const slow = { kind: 'delay', delayMs: 200 }

  it('sees two writes for one contact, by e-mail and by id', async () => {
    const created = await write(sell, 'POST', '/v2/contacts', { last_name: 'Doe', email: 'doe@example.com' })
    const { id } = (created.json as { data: { id: number } }).data
    await call(sell, '/_control/faults', { method: 'POST', body: slow })
    await Promise.all([
      write(sell, 'PUT', `/v2/contacts/${id}`, { phone: '+1' }),
      write(sell, 'POST', '/v2/contacts/upsert?email=DOE%40example.com', { last_name: 'Doe' }),
      call(sell, `/v2/contacts/${id}`),
    ])
    const { json } = await call(sell, '/_control/stats')
    expect(json).toMatchObject({
      maxInFlight: 3,
      maxInFlightPerContact: 2,
      contended: { 'email:doe@example.com': 2 },
    })
  })

  it('does not count one after the other, nor one whose client has gone', async () => {
    await call(sell, '/_control/faults', {
      method: 'POST',
      body: { kind: 'apply-late', delayMs: 400, count: 1 },
    })
    const path = '/v2/contacts/upsert?email=gone%40example.com'
    const body = { data: { last_name: 'Doe' } }
    await expect(call(sell, path, { method: 'POST', body, timeoutMs: 100 })).rejects.toThrow('timed out')
    await until(async () => {
      const { json } = await call(sell, '/_control/stats')
      return (json as { counts: Record<string, unknown> }).counts['contacts.upsert'] !== undefined
    })
    for (let n = 0; n < 3; n += 1) await call(sell, path, { method: 'POST', body })
    const { json } = await call(sell, '/_control/stats')
    expect(json).toMatchObject({ maxInFlightPerContact: 1, contended: {} })
  })
})
