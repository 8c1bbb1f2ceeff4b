import { createHash } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { blankContact } from '../../../sandbox/zendesk-sell/contact.ts'
import { html } from '../../../sandbox/zendesk-sell/html.ts'
import { listPage } from '../../../sandbox/zendesk-sell/page.ts'
import { startZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import type { RunningZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import { call } from './http-client.ts'

const evil = `<img src=x onerror="alert('1')">&`
const escaped = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;'

let sell: RunningZendeskSell

beforeAll(async () => {
  sell = await startZendeskSell({
    customFields: [
      { name: evil, type: 'string' },
      { name: 'Churn', type: 'list', choices: ['realized', 'exited'] },
      { name: 'Products', type: 'multi_select_list', choices: [evil, 'Pay'] },
    ],
  })
  const wicked = {
    first_name: evil,
    last_name: evil,
    email: evil,
    phone: evil,
    title: evil,
    description: evil,
    tags: [evil],
    address: { city: evil },
    custom_fields: { [evil]: evil, Churn: 'exited', Products: [evil] },
  }
  const others = Array.from({ length: 30 }, (_, n) => ({
    last_name: `Person ${n}`,
    email: `p${n}@example.com`,
    custom_fields: n === 7 ? { Churn: 'realized' } : {},
  }))
  await call(sell, '/_control/contacts', { method: 'POST', body: [wicked, ...others] })
})
afterAll(async () => await sell.stop())

async function page(path: string): Promise<string> {
  const { status, text } = await call(sell, path, { headers: { authorization: null } })
  expect(status).toBe(200)
  return text
}

describe('templates', () => {
  it('escape every part, lists and attributes included, and markup never twice', () => {
    const inner = html`<b>${evil}</b>`
    expect(html`<a title="${evil}">${[inner, inner]}${7}${null}${undefined}</a>`.markup).toBe(
      `<a title="${escaped}"><b>${escaped}</b><b>${escaped}</b>7</a>`,
    )
  })
})

describe('the pages', () => {
  it.each(['/?page=2', '/contacts/1', `/?q=${encodeURIComponent(evil)}`])(
    '%s shows what is stored as text, never as markup',
    async (path) => {
      const text = await page(path)
      expect(text).toContain(escaped)
      expect(text).not.toContain('<img')
    },
  )

  it('list contacts, the latest first, 25 a page, with a link to the rest', async () => {
    const first = await page('/')
    expect(first).toContain('31 contacts')
    expect(first.indexOf('Person 29')).toBeLessThan(first.indexOf('Person 28'))
    expect(first.match(/<tr /g)).toHaveLength(25)
    expect(first).toContain('href="/?page=2"')
    const second = await page('/?page=2')
    expect(second.match(/<tr /g)).toHaveLength(6)
    expect(await page('/?page=99')).toContain('Page 2 of 2')
  })

  it('put an older contact first once it was changed', () => {
    const [first, second] = [1, 2].map((id) => ({ ...blankContact(id, 1, 0), name: `Person ${id}` }))
    if (first === undefined || second === undefined) throw new Error('two contacts were made')
    const changed = { ...first, updated_at: '1970-01-01T00:01:00Z' }
    const view = { customFields: new Map(), search: '', page: 1, refreshes: false, nowEpochMs: 90_000 }
    const text = listPage({ ...view, contacts: [changed, second] })
    expect(text.indexOf('Person 1')).toBeLessThan(text.indexOf('Person 2'))
    expect(text).toMatch(/<time[^>]*>30 s ago<.*<time[^>]*>1 min ago</s)
  })

  it.each([
    ['person 7', ['p7@example.com'], ['p8@example.com']],
    ['P7@EXAMPLE', ['p7@example.com'], ['p8@example.com']],
    ['realized', ['p7@example.com', 'chip in'], ['p8@example.com']],
    ['nobody', ['No contact matches'], ['@example.com']],
  ])('find %s', async (search, shown, hidden) => {
    const text = await page(`/?q=${encodeURIComponent(search)}`)
    for (const part of shown) expect(text).toContain(part)
    for (const part of hidden) expect(text).not.toContain(part)
  })

  it('show one contact with its additional fields, statuses as marked chips', async () => {
    const text = await page('/contacts/1')
    expect(text).toContain('Additional fields')
    const churn = text.slice(text.indexOf('<dt>Churn</dt>'))
    expect(churn).toMatch(/^<dt>Churn<\/dt>\s*<dd>\s*<span class="chip out">.*exited<\/span/s)
    expect(await page('/contacts/9')).toContain('chip in')
  })

  it.each(['/contacts/999', '/contacts/abc', '/contacts/'])(
    '%s is a page that says not found',
    async (path) => {
      const { status, text } = await call(sell, path)
      expect(status).toBe(404)
      expect(text).toContain('does not exist')
    },
  )

  it('reload by themselves unless told not to, and keep to that from link to link', async () => {
    expect(await page('/')).toContain('http-equiv="refresh" content="5"')
    const still = await page('/?q=person&refresh=off')
    expect(still).not.toContain('http-equiv')
    expect(still).not.toContain('<script')
    expect(still).toContain('href="/?q=person&amp;page=2&amp;refresh=off"')
    expect(still).toContain('href="/?q=person"')
  })

  it('allow the style and the script they have, and nothing from outside', async () => {
    const { headers, text } = await call(sell, '/')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    for (const tag of ['style', 'script']) {
      const [, inside = ''] = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(text) ?? []
      expect(inside).not.toBe('')
      expect(policy).toContain(`${tag}-src 'sha256-${createHash('sha256').update(inside).digest('base64')}'`)
    }
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//)
  })

  it('put many fields into one column', async () => {
    const names = Array.from({ length: 7 }, (_, n) => `Audience ${n}`)
    const many = await startZendeskSell({ customFields: names.map((name) => ({ name, type: 'string' })) })
    const body = { last_name: 'Doe', custom_fields: { 'Audience 3': 'realized' } }
    await call(many, '/_control/contacts', { method: 'POST', body })
    const { text } = await call(many, '/')
    await many.stop()
    expect(text).toContain('<th scope="col">Additional fields</th>')
    expect(text).toMatch(/Audience 3:\s*<span class="chip in">/)
    expect(text).not.toContain('Audience 4')
  })

  it('are neither in the request log nor under the rate limit', async () => {
    for (let n = 0; n < 15; n += 1) await page('/')
    const { json } = await call(sell, '/_control/requests')
    expect((json as { requests: unknown[] }).requests).toEqual([])
  })
})
