import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'

import { startZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import type { RunningZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import { initialSwitches } from '../../../sandbox/zendesk-sell/switches.ts'
import { everyField } from './account.ts'
import { call, codeOf, write } from './http-client.ts'

let sell: RunningZendeskSell

beforeAll(async () => {
  sell = await startZendeskSell({ ratePerSecond: 0, customFields: everyField })
})
afterAll(async () => await sell.stop())
beforeEach(async () => {
  await call(sell, '/_control/switches', { method: 'PUT', body: initialSwitches })
})

async function turn(switches: Readonly<Record<string, unknown>>): Promise<void> {
  const { status } = await call(sell, '/_control/switches', { method: 'PUT', body: switches })
  expect(status).toBe(200)
}

describe('headers', () => {
  it.each([
    ['no token', { authorization: null }, '401 unauthorized'],
    ['another scheme', { authorization: 'Basic x' }, '401 unauthorized'],
    ['a wrong token', { authorization: `Bearer ${'x'.repeat(64)}` }, '401 unauthorized'],
    ['no user agent', { 'user-agent': null }, '400 invalid_user_agent'],
    ['an empty user agent', { 'user-agent': '' }, '400 invalid_user_agent'],
    ['no content type', { 'content-type': null }, '400 invalid_header'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, '400 invalid_header'],
    ['another charset', { 'content-type': 'application/json; charset=latin1' }, '400 invalid_header'],
    ['a compressed body', { 'content-encoding': 'gzip' }, '400 invalid_header'],
  ])('%s is refused', async (_name, headers, code) => {
    const answer = await call(sell, '/v2/contacts', {
      method: 'POST',
      headers,
      body: { data: { last_name: 'X' } },
    })
    expect(codeOf(answer)).toBe(code)
  })

  it.each([
    ['text/html', 406],
    ['application/xml, text/*', 406],
    ['application/json;q=0', 406],
    [null, 200],
    ['*/*', 200],
    ['text/html, application/json;q=0.9', 200],
  ])('Accept: %s is answered with %d', async (accept, status) => {
    const answer = await call(sell, '/v2/contacts', { headers: { accept } })
    expect(answer.status).toBe(status)
    expect(answer.headers['x-request-id']).toBeDefined()
  })

  it('of an answer name JSON, its language and the request', async () => {
    const { headers } = await call(sell, '/v2/contacts')
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(headers['content-language']).toBe('en')
    expect(headers['x-request-id']).toBeDefined()
  })
})

describe('bodies', () => {
  it.each([
    ['broken JSON', '{"data":', '400 invalid_payload'],
    ['nothing', '', '400 invalid_payload'],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), '400 invalid_payload'],
    ['a list', [], '422 incorrect_payload'],
    ['no data', { last_name: 'Doe' }, '422 incorrect_payload'],
    ['data that is a list', { data: [] }, '422 incorrect_payload'],
    ['more than data and meta', { data: { last_name: 'Doe' }, extra: 1 }, '422 incorrect_payload'],
    ['empty data', { data: {} }, '422 missing'],
    ['more than 1 MiB', { data: { last_name: 'x'.repeat(1_100_000) } }, '413 invalid_payload'],
  ])('with %s are refused', async (_name, body, code) => {
    const answer = await call(sell, '/v2/contacts', { method: 'POST', body })
    expect(codeOf(answer)).toBe(code)
  })
})

describe('operations', () => {
  it('create with 200, get, update, delete with 204 and no body', async () => {
    const created = await write(sell, 'POST', '/v2/contacts', {
      last_name: 'Doe',
      custom_fields: { VIP: 'x' },
    })
    expect(created.status).toBe(200)
    const { data, meta } = created.json as { data: { id: number }; meta: unknown }
    expect(meta).toEqual({ type: 'contact' })

    const path = `/v2/contacts/${data.id}`
    expect((await call(sell, path)).json).toEqual(created.json)
    const updated = await write(sell, 'PUT', path, { phone: '+1' })
    expect(updated.json).toMatchObject({ data: { id: data.id, last_name: 'Doe', phone: '+1' } })
    const deleted = await call(sell, path, { method: 'DELETE' })
    expect([deleted.status, deleted.text]).toEqual([204, ''])
    expect((await call(sell, path)).status).toBe(404)
  })

  it('upsert answers in the same envelope', async () => {
    const query = `email=${encodeURIComponent('jane+up@example.com')}`
    const data = { last_name: 'Doe', email: 'jane+up@example.com' }
    const [first, second] = [
      await write(sell, 'POST', `/v2/contacts/upsert?${query}`, data),
      await write(sell, 'POST', `/v2/contacts/upsert?${query}`, data),
    ]
    expect(first.json).toMatchObject({ data: { email: 'jane+up@example.com' }, meta: { type: 'contact' } })
    expect((second.json as { data: { id: number } }).data.id).toBe(
      (first.json as { data: { id: number } }).data.id,
    )
  })

  it('lists link to their pages until the last one, with every parameter repeated', async () => {
    for (const last_name of ['A', 'B', 'C']) {
      await write(sell, 'POST', '/v2/contacts', { last_name, title: 'Lister', phone: '+77' })
    }
    const path = '/v2/contacts?phone=%2B77&per_page=2&sort_by=last_name:desc'
    const first = await call(sell, path)
    const { items, meta } = first.json as {
      items: { data: { last_name: string }; meta: unknown }[]
      meta: { links: Record<string, string> }
    }
    expect(items.map(({ data }) => data.last_name)).toEqual(['C', 'B'])
    expect(items[0]?.meta).toEqual({ type: 'contact' })
    const base = `${sell.url}/v2/contacts?phone=%2B77&per_page=2&sort_by=last_name%3Adesc`
    expect(meta).toEqual({
      type: 'collection',
      count: 2,
      links: { self: `${base}&page=1`, first_page: `${base}&page=1`, next_page: `${base}&page=2` },
    })

    const next = await call(sell, String(meta.links['next_page']).slice(sell.url.length))
    expect(next.json).toMatchObject({ items: [{ data: { last_name: 'A' } }], meta: { count: 1 } })
    const { links } = (next.json as { meta: { links: Record<string, string> } }).meta
    expect(links['prev_page']).toBe(`${base}&page=1`)
    expect(links).not.toHaveProperty('next_page')
  })

  it('custom fields, user and account are answered, and take no parameters', async () => {
    const fields = await call(sell, '/v2/contact/custom_fields')
    expect((fields.json as { items: unknown[] }).items).toHaveLength(everyField.length)
    expect((await call(sell, '/v2/users/self')).json).toMatchObject({ data: { confirmed: true } })
    expect((await call(sell, '/v2/accounts/self')).json).toMatchObject({ data: { subdomain: 'sandbox' } })
    for (const path of ['contact/custom_fields', 'users/self', 'accounts/self', 'contacts/1']) {
      expect(codeOf(await call(sell, `/v2/${path}?unknown=param`))).toBe('400 invalid_param')
    }
  })

  it.each([
    ['PATCH', '/v2/contacts/1'],
    ['POST', '/v2/contacts/1'],
    ['GET', '/v2/contacts/upsert'],
    ['PUT', '/v2/contacts'],
    ['GET', '/v2/contacts/'],
    ['GET', '/v2/contact'],
    ['GET', '/v2'],
  ])('%s %s is no path', async (method, path) => {
    expect(codeOf(await call(sell, path, { method }))).toBe('404 not_found')
  })

  it.each([
    ['read', 'GET', '/v2/contacts', 200],
    ['read', 'POST', '/v2/contacts', 403],
    ['write', 'GET', '/v2/contacts', 403],
    ['write', 'POST', '/v2/contacts', 200],
    ['write', 'POST', '/v2/contacts/upsert?email=a', 200],
    ['read+write', 'GET', '/v2/users/self', 403],
    ['read+write', 'GET', '/v2/accounts/self', 403],
    ['profile', 'GET', '/v2/users/self', 200],
    ['profile', 'GET', '/v2/contact/custom_fields', 403],
  ])('a token with the scopes %s: %s %s is %d', async (scopes, method, path, status) => {
    await turn({ scopes })
    const body = method === 'POST' ? { data: { last_name: 'X', email: 'a' } } : undefined
    const answer = await call(sell, path, { method, body })
    const found = answer.status === 403 ? codeOf(answer) : answer.status
    expect(found).toBe(status === 403 ? '403 insufficient_scope' : status)
  })
})
