import { afterEach, describe, expect, it } from '@jest/globals'

import { createResources, type TestClient } from './clients.ts'
import { startHttpServer, type TestServer } from './test-server.ts'
import { errorBody } from './writes.ts'

const resources = createResources()
afterEach(resources.release)

type Reply = readonly [status: number, body: unknown, headers?: Record<string, string>]

/** A server that knows the given paths and answers anything else with Sell's 404 for paths. */
async function serving(replies: Record<string, Reply>): Promise<{ server: TestServer; client: TestClient }> {
  const unknown: Reply = [404, errorBody({ code: 'not_found', details: 'Requested path was not found.' })]
  const server = await resources.server(
    startHttpServer((response, { url }) => {
      const [status, body, headers = {}] = replies[url] ?? unknown
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
    }),
  )
  return { server, client: resources.client(server.origin) }
}

const self = '/v2/users/self'
const contacts = '/v2/contacts?per_page=1'
const fields = '/v2/contact/custom_fields'
const noScope: Reply = [403, errorBody({ code: 'insufficient_scope' })]
const html = '<html>Log in to the guest network</html>'

describe('checking the token', () => {
  it('accepts one that may see its user', async () => {
    const { server, client } = await serving({ [self]: [200, { data: { id: 7, email: 'a@b.c' } }] })
    expect(await client.checkToken()).toEqual({ type: 'accepted', userId: 7 })
    expect(server.received.map(({ url }) => url)).toEqual([self])
    expect(server.received[0]?.headers['content-type']).toBeUndefined()
  })

  it('accepts one without the scope profile that may read contacts', async () => {
    const { server, client } = await serving({ [self]: noScope, [contacts]: [200, { items: [] }] })
    expect(await client.checkToken()).toEqual({ type: 'accepted', userId: null })
    expect(server.received.map(({ url }) => url)).toEqual([self, contacts])
    expect(client.events.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['users_self', 'unauthorised'],
      ['contacts', 'read'],
    ])
  })

  it.each([
    [
      'one without any scope to ask with',
      { [self]: noScope, [contacts]: noScope },
      403,
      'insufficient_scope',
    ],
    ['a wrong one', { [self]: [401, errorBody({ code: 'unauthorized' })] }, 401, 'unauthorized'],
    ['one forbidden for another reason', { [self]: [403, html] }, 403, 'http_403'],
    ['any one at a wrong path', {}, 404, 'incorrect_path'],
    ['any one where requests are redirected', { [self]: [302, '', { location: '/' }] }, 302, 'redirect'],
  ] as [string, Record<string, Reply>, number, string][])(
    'refuses %s',
    async (_case, replies, status, code) => {
      const { client } = await serving(replies)
      expect(await client.checkToken()).toEqual({ type: 'unauthorised', status, code })
    },
  )

  it.each([
    ['throttled', { [self]: [429, '', { 'retry-after': '2' }] }, { type: 'throttled', retryAfterMs: 2_000 }],
    ['unclear at a server error', { [self]: [503, html] }, { type: 'unclear', reason: 'http_503' }],
    ['unclear at a proxy page', { [self]: [200, html] }, { type: 'unclear', reason: 'unreadable_answer' }],
    [
      'unclear at other JSON',
      { [self]: [200, { ok: true }] },
      { type: 'unclear', reason: 'unreadable_answer' },
    ],
    [
      'unclear at other JSON instead of contacts',
      { [self]: noScope, [contacts]: [200, { ok: true }] },
      { type: 'unclear', reason: 'unreadable_answer' },
    ],
  ] as [string, Record<string, Reply>, object][])('is %s', async (_case, replies, expected) => {
    const { client } = await serving(replies)
    expect(await client.checkToken()).toEqual(expected)
  })

  it('is unreachable where nobody listens', async () => {
    const { server, client } = await serving({})
    await server.stop()
    expect(await client.checkToken()).toEqual({ type: 'unreachable', reason: 'econnrefused' })
  })
})

describe('listing the custom fields', () => {
  const item = (name: string, more: object = {}) => ({ data: { id: 1, name, type: 'string', ...more } })

  it('gives name, type, choices under either name, and whether persons have the field', async () => {
    const items = [
      item('VIP; tier 1.5', { for_contact: true, for_organisation: true }),
      item('__proto__', { for_contact: false }),
      item('Segment', {
        type: 'list',
        choices: [
          { id: 1, name: 'realized' },
          { id: 2, name: 'exited' },
        ],
      }),
      item('Product', { type: 'multi_select_list', options: ['A', 'B'] }),
      item('Future', { type: 'hologram', choices: null }),
    ]
    const { client } = await serving({ [fields]: [200, { items }] })
    expect(await client.listCustomFields()).toEqual({
      type: 'listed',
      fields: [
        { name: 'VIP; tier 1.5', type: 'string', forContact: true, choices: null },
        { name: '__proto__', type: 'string', forContact: false, choices: null },
        { name: 'Segment', type: 'list', forContact: true, choices: ['realized', 'exited'] },
        { name: 'Product', type: 'multi_select_list', forContact: true, choices: ['A', 'B'] },
        { name: 'Future', type: 'hologram', forContact: true, choices: null },
      ],
    })
  })

  it.each([`${fields}?page=2`, '?page=2'])('follows the link %s to a next page', async (link) => {
    const { client, server } = await serving({
      [fields]: [200, { items: [item('a')], meta: { links: { next_page: link } } }],
      [`${fields}?page=2`]: [200, { items: [item('b')], meta: { links: {} } }],
    })
    const listed = await client.listCustomFields()
    expect(listed.type === 'listed' && listed.fields.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(server.received).toHaveLength(2)
  })

  it('takes neither the token nor itself to another origin', async () => {
    const elsewhere = await serving({ [fields]: [200, { items: [] }] })
    const { client } = await serving({
      [fields]: [200, { items: [], meta: { links: { next_page: elsewhere.server.origin + fields } } }],
    })
    expect(await client.listCustomFields()).toEqual({ type: 'unclear', reason: 'foreign_page_link' })
    expect(elsewhere.server.connections()).toBe(0)
  })

  it('ends where pages lead in a circle', async () => {
    const { client, server } = await serving({
      [fields]: [200, { items: [], meta: { links: { next_page: fields } } }],
    })
    expect(await client.listCustomFields()).toEqual({ type: 'unclear', reason: 'too_many_pages' })
    expect(server.received).toHaveLength(50)
  })

  it.each([
    ['no list', { data: {} }],
    ['an item without a name', { items: [{ data: { type: 'string' } }] }],
  ])('is unclear where the answer is %s', async (_case, body) => {
    const { client } = await serving({ [fields]: [200, body] })
    expect(await client.listCustomFields()).toEqual({ type: 'unclear', reason: 'unreadable_answer' })
  })

  it('is refused as every read is', async () => {
    const { client } = await serving({ [fields]: noScope })
    expect(await client.listCustomFields()).toEqual({
      type: 'unauthorised',
      status: 403,
      code: 'insufficient_scope',
    })
  })
})
