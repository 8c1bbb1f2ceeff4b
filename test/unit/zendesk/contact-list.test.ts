import { afterEach, describe, expect, it } from '@jest/globals'
import { startZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import { createResources, fixedToken } from './clients.ts'
import { startHttpServer } from './test-server.ts'
import { upsertOf } from './writes.ts'

const resources = createResources()
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await resources.release()
  for (const stop of stops.splice(0)) await stop()
})

async function answering(body: unknown, status = 200) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const server = await resources.server(startHttpServer((response) => response.writeHead(status).end(text)))
  return { server, client: resources.client(server.origin) }
}

describe('a page of all contacts', () => {
  it('has those with an e-mail, companies told apart, and says how many there are in all', async () => {
    const sell = await startZendeskSell({ ratePerSecond: 0 })
    stops.push(async () => sell.stop())
    const client = resources.client(sell.url, { token: fixedToken(sell.token) })
    await client.write(upsertOf({ last_name: 'Doe' }, 'jane@example.com'))
    await client.write(upsertOf({ last_name: 'Roe' }, 'john@example.com'))
    expect(await client.listContactPage(1)).toEqual({
      type: 'page',
      count: 2,
      contacts: [
        { id: 1, email: 'jane@example.com', isOrganisation: false },
        { id: 2, email: 'john@example.com', isOrganisation: false },
      ],
    })
    expect(await client.listContactPage(2)).toEqual({ type: 'page', count: 0, contacts: [] })
  })
})

describe('a list of contacts by id', () => {
  it('is one request, and gives what is there of them, in the fields that are asked for', async () => {
    const sell = await startZendeskSell({
      ratePerSecond: 0,
      customFields: [
        { name: 'points', type: 'number' },
        { name: 'tags', type: 'multi_select_list', choices: ['a', 'b'] },
      ],
    })
    stops.push(async () => sell.stop())
    const client = resources.client(sell.url, { token: fixedToken(sell.token) })
    const fields = {
      last_name: 'Doe',
      'address.city': 'Berlin',
      'custom_fields.points': 5,
      'custom_fields.tags': ['b', 'a'],
    }
    const written = await client.write(upsertOf(fields))
    if (written.type !== 'written') throw new Error(`the contact is ${written.type}`)
    const list = await client.listContacts([written.contactId, 4711])
    if (list.type !== 'listed') throw new Error(`the list is ${list.type}`)
    expect([...list.contacts.keys()]).toEqual([written.contactId])
    const contact = list.contacts.get(written.contactId)
    expect(contact?.values([...Object.keys(fields), 'title', 'custom_fields.none'])).toEqual({
      ...fields,
      'custom_fields.points': '5',
      title: null,
      'custom_fields.none': null,
    })
    expect(client.events.at(-1)).toMatchObject({ operation: 'contacts', outcome: 'read', status: 200 })
  })

  it('asks for all of them on one page', async () => {
    const { server, client } = await answering({ items: [] })
    expect(await client.listContacts([1, 2])).toEqual({ type: 'listed', contacts: new Map() })
    expect(server.received.map(({ url }) => url)).toEqual(['/v2/contacts?ids=1%2C2&per_page=100'])
  })

  it.each([
    ['is no list', { data: {} }, 'unreadable_answer'],
    ['has a record without an id', { items: [{ data: { email: 'a@x.com' } }] }, 'unreadable_answer'],
    ['has none of those that were asked for, but others', { items: [{ data: { id: 9 } }] }, 'other_contacts'],
  ])('that %s is unclear: nothing may look deleted for it', async (_case, body, reason) => {
    const { client } = await answering(body)
    expect(await client.listContacts([1, 2])).toEqual({ type: 'unclear', reason })
  })

  it.each([
    [429, { type: 'throttled', retryAfterMs: null }],
    [503, { type: 'unclear', reason: 'http_503' }],
    [404, { type: 'unauthorised', status: 404, code: 'incorrect_path' }],
  ])('answered with %d is classified as any read', async (status, outcome) => {
    const { client } = await answering('', status)
    expect(await client.listContacts([1])).toEqual(outcome)
  })
})
