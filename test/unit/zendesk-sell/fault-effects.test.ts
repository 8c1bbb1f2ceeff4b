import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'

import { startZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import type { RunningZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import { call, until, write } from './http-client.ts'
import type { Answer } from './http-client.ts'

let sell: RunningZendeskSell

beforeAll(async () => {
  sell = await startZendeskSell({ ratePerSecond: 0 })
})
afterAll(async () => await sell.stop())
beforeEach(async () => {
  for (const path of ['faults', 'requests']) await call(sell, `/_control/${path}`, { method: 'DELETE' })
})

async function setFault(fault: Readonly<Record<string, unknown>>): Promise<void> {
  const { status, text } = await call(sell, '/_control/faults', { method: 'POST', body: fault })
  expect([status, text]).toEqual([201, text])
}

async function upsert(email: string, timeoutMs?: number): Promise<Answer> {
  const body = { data: { last_name: 'Doe', email } }
  const path = `/v2/contacts/upsert?email=${encodeURIComponent(email)}`
  return await call(sell, path, { method: 'POST', body, ...(timeoutMs === undefined ? {} : { timeoutMs }) })
}

async function exists(email: string): Promise<boolean> {
  const { json } = await call(sell, '/_control/contacts')
  return (json as { contacts: { email: string | null }[] }).contacts.some(
    (contact) => contact.email === email,
  )
}

interface Entry {
  readonly status: number | null
  readonly applied: boolean
  readonly fault: string | null
  readonly email: string | null
}

async function lastEntry(): Promise<Entry | undefined> {
  const { json } = await call(sell, '/_control/requests')
  return (json as { requests: Entry[] }).requests.at(-1)
}

describe('a fault', () => {
  it.each([
    ['html', 'text/html', /^<html>.*502 Bad Gateway/],
    ['json', 'application/json; charset=utf-8', /"code":"server_error"/],
    ['empty', undefined, /^$/],
  ])('respond with body %s answers without effect', async (body, type, text) => {
    const email = `respond-${body}@example.com`
    await setFault({ kind: 'respond', status: 502, body, count: 1 })
    const answer = await upsert(email)
    expect(answer.status).toBe(502)
    expect(answer.headers['content-type']).toBe(type)
    expect(answer.text).toMatch(text)
    expect(answer.headers['x-request-id']).toBeDefined()
    expect(await exists(email)).toBe(false)
    expect((await upsert(email)).status).toBe(200)
  })

  it('respond with apply takes effect behind an error, and carries a Retry-After', async () => {
    await setFault({ kind: 'respond', status: 503, apply: true, retryAfter: '7', count: 1 })
    const answer = await upsert('applied@example.com')
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '7'])
    expect(await exists('applied@example.com')).toBe(true)
    expect(await lastEntry()).toMatchObject({ status: 503, applied: true, fault: 'respond' })
  })

  it('drop-before resets the connection without effect', async () => {
    await setFault({ kind: 'drop-before', count: 1 })
    await expect(upsert('before@example.com')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await exists('before@example.com')).toBe(false)
    expect(await lastEntry()).toMatchObject({ status: null, applied: false, email: 'before@example.com' })
  })

  it('drop-after resets the connection with effect', async () => {
    await setFault({ kind: 'drop-after', count: 1 })
    await expect(upsert('after@example.com')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(await exists('after@example.com')).toBe(true)
    expect(await lastEntry()).toMatchObject({ status: null, applied: true, fault: 'drop-after' })
    const { json } = await call(sell, '/_control/stats')
    expect(json).toMatchObject({ counts: { 'contacts.upsert': { none: 1 } } })
  })

  it('delay serves later', async () => {
    await setFault({ kind: 'delay', delayMs: 400, count: 1 })
    const started = performance.now()
    const pending = upsert('delay@example.com')
    let seen: Entry | undefined
    await until(async () => (seen = await lastEntry())?.fault === 'delay')
    expect(seen).toMatchObject({ status: null, applied: false })
    expect((await pending).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThanOrEqual(399)
  })

  it('apply-late never answers and takes effect after the client has gone', async () => {
    await setFault({ kind: 'apply-late', delayMs: 600, count: 1 })
    await expect(upsert('late@example.com', 100)).rejects.toThrow('timed out')
    expect(await exists('late@example.com')).toBe(false)
    await until(async () => await exists('late@example.com'))
    expect(await lastEntry()).toMatchObject({ status: null, applied: true, fault: 'apply-late' })
  })

  it('slow-body sends the whole answer in pieces', async () => {
    await setFault({ kind: 'slow-body', chunkBytes: 100, intervalMs: 10, count: 1 })
    const started = performance.now()
    const answer = await upsert('slow@example.com')
    expect(answer.json).toMatchObject({ data: { email: 'slow@example.com' } })
    const pieces = Math.ceil(answer.text.length / 100)
    expect(pieces).toBeGreaterThan(4)
    expect(performance.now() - started).toBeGreaterThanOrEqual(pieces * 9)
  })

  it('huge-body pads the answer and leaves it valid JSON', async () => {
    await setFault({ kind: 'huge-body', bytes: 5_000_000, count: 1 })
    const answer = await upsert('huge@example.com')
    expect(answer.text).toHaveLength(5_000_000)
    expect(answer.json).toMatchObject({ data: { email: 'huge@example.com' } })
  })

  it('rate-limit storms for its duration', async () => {
    await setFault({ kind: 'rate-limit', durationMs: 400 })
    const first = await upsert('storm@example.com')
    expect([first.status, first.text]).toEqual([429, ''])
    expect(await exists('storm@example.com')).toBe(false)
    await until(async () => (await upsert('storm@example.com')).status === 200)
  })

  it('redirect points elsewhere without effect', async () => {
    await setFault({ kind: 'redirect', location: 'https://example.com/v2', count: 1 })
    const answer = await upsert('redirect@example.com')
    expect([answer.status, answer.headers.location]).toEqual([302, 'https://example.com/v2'])
    expect(await exists('redirect@example.com')).toBe(false)
  })

  it('expired-token refuses everything until a token is set', async () => {
    await setFault({ kind: 'expired-token', after: 1 })
    expect((await upsert('token@example.com')).status).toBe(200)
    for (let n = 0; n < 3; n += 1) expect((await call(sell, '/v2/contacts')).status).toBe(401)

    const renewed = await call(sell, '/_control/token', { method: 'PUT', body: {} })
    const { token } = renewed.json as { token: string }
    expect(token).toMatch(/^\S{64}$/)
    expect((await call(sell, '/v2/contacts')).status).toBe(401)
    const headers = { authorization: `Bearer ${token}` }
    expect((await call(sell, '/v2/contacts', { headers })).status).toBe(200)
    await call(sell, '/_control/token', { method: 'PUT', body: { token: sell.token } })
    expect((await call(sell, '/v2/contacts')).status).toBe(200)
  })

  it('matches by method, path and e-mail, that of a contact addressed by id included', async () => {
    const created = await upsert('match@example.com')
    const { id } = (created.json as { data: { id: number } }).data
    const match = { method: 'put', path: '^/v2/contacts/\\d+$', email: 'MATCH@example.com' }
    await setFault({ kind: 'respond', status: 500, match })
    expect((await upsert('match@example.com')).status).toBe(200)
    expect((await call(sell, `/v2/contacts/${id}`)).status).toBe(200)
    expect((await write(sell, 'PUT', `/v2/contacts/${id}`, { phone: '+1' })).status).toBe(500)
  })
})

describe('a client that goes away', () => {
  it('in the middle of a slow answer harms nobody', async () => {
    await setFault({ kind: 'slow-body', chunkBytes: 1, intervalMs: 20, count: 1 })
    await setFault({ kind: 'huge-body', bytes: 1_073_741_824, count: 1 })
    for (let n = 0; n < 2; n += 1) {
      const away = new AbortController()
      const answer = await fetch(`${sell.url}/v2/contacts`, {
        headers: { authorization: `Bearer ${sell.token}`, 'user-agent': 'emulator-test/1.0' },
        signal: away.signal,
      })
      expect(answer.status).toBe(200)
      away.abort()
    }
    await until(async () => {
      const { json } = await call(sell, '/_control/stats')
      return (
        (json as { counts: Record<string, Record<string, number>> }).counts['contacts.list']?.['200'] === 2
      )
    })
  })

  it('is no obstacle to stopping, nor is what was still to be applied', async () => {
    const other = await startZendeskSell({ ratePerSecond: 0 })
    const body = { kind: 'apply-late', delayMs: 3_600_000 }
    await call(other, '/_control/faults', { method: 'POST', body })
    const ended = call(other, '/v2/contacts').catch((error: unknown) => error)
    await until(async () => {
      const { json } = await call(other, '/_control/faults')
      return (json as { faults: { hits: number }[] }).faults[0]?.hits === 1
    })
    await other.stop()
    expect(await ended).toMatchObject({ code: 'ECONNRESET' })
  })
})
