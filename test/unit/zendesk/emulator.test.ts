import { afterEach, describe, expect, it } from '@jest/globals'

import { startZendeskSell, type ZendeskSellOptions } from '../../../sandbox/zendesk-sell/server.ts'
import { createResources, fixedToken, type TestClient } from './clients.ts'
import { updateOf, upsertOf } from './writes.ts'

const resources = createResources()
const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  await resources.release()
  for (const stop of stops.splice(0)) await stop()
})

interface Sell {
  readonly client: TestClient
  /** A contact as Sell's own API shows it. */
  readonly contact: (id: number) => Promise<Record<string, unknown>>
}

async function startSell(options: ZendeskSellOptions = {}, token?: string): Promise<Sell> {
  const sell = await startZendeskSell({ ratePerSecond: 0, ...options })
  stops.push(async () => sell.stop())
  const headers = { authorization: `Bearer ${sell.token}`, accept: 'application/json', 'user-agent': 'test' }
  return {
    client: resources.client(sell.url, { token: fixedToken(token ?? sell.token) }),
    contact: async (id) => {
      const response = await fetch(`${sell.url}/v2/contacts/${id}`, { headers })
      return ((await response.json()) as { data: Record<string, unknown> }).data
    },
  }
}

async function create(client: TestClient, fields: Record<string, string>): Promise<number> {
  const outcome = await client.write(upsertOf(fields))
  if (outcome.type !== 'written') throw new Error(`not written: ${JSON.stringify(outcome)}`)
  return outcome.contactId
}

describe('against Sell as documented', () => {
  it.each([200, 201] as const)(
    'an upsert creates a contact, answered with %s, and then updates it',
    async (status) => {
      const { client, contact } = await startSell({ switches: { upsertCreatedStatus: status } })
      const id = await create(client, {
        last_name: 'Doe',
        'address.city': 'Oslo',
        'custom_fields.VIP customers': 'realized',
      })
      expect(await contact(id)).toMatchObject({
        email: 'jane@example.com',
        last_name: 'Doe',
        is_organization: false,
        address: { city: 'Oslo' },
        custom_fields: { 'VIP customers': 'realized' },
      })
      expect(await create(client, { last_name: 'Roe' })).toBe(id)
      expect(await contact(id)).toMatchObject({
        last_name: 'Roe',
        custom_fields: { 'VIP customers': 'realized' },
      })
    },
  )

  it('an upsert finds an e-mail with a plus again', async () => {
    const { client } = await startSell()
    const write = upsertOf({ last_name: 'Doe' }, 'jane+vip@example.com')
    const first = await client.write(write)
    expect(first.type).toBe('written')
    expect(await client.write(write)).toEqual(first)
  })

  it('an update changes only what is sent', async () => {
    const { client, contact } = await startSell()
    const id = await create(client, {
      last_name: 'Doe',
      title: 'CTO',
      'custom_fields.Churn risk': 'realized',
    })
    const write = updateOf({ title: null, 'custom_fields.Trial users': 'exited' }, id)
    expect(await client.write(write)).toEqual({ type: 'written', contactId: id, tags: [] })
    expect(await contact(id)).toMatchObject({
      last_name: 'Doe',
      title: null,
      custom_fields: { 'Churn risk': 'realized', 'Trial users': 'exited' },
    })
  })

  it('an update of a contact that is gone is missing', async () => {
    const { client } = await startSell()
    expect(await client.write(updateOf({ title: 'CTO' }, 999))).toEqual({ type: 'missing' })
  })

  it.each(['short', 'data'] as const)(
    'unknown attributes are rejected by name, pointers being %s',
    async (prefix) => {
      const { client } = await startSell({ switches: { pointerPrefix: prefix } })
      const fields = { last_name: 'Doe', nonsense: 'x', 'custom_fields.No such; field': 'x' }
      const start = prefix === 'data' ? '/data' : ''
      const outcome = await client.write(upsertOf(fields))
      expect(outcome).toMatchObject({ type: 'rejected', status: 422 })
      expect(new Set(outcome.type === 'rejected' ? outcome.errors : [])).toEqual(
        new Set([
          { code: 'unknown', field: `${start}/nonsense` },
          { code: 'unknown', field: `${start}/custom_fields/No such; field` },
        ]),
      )
    },
  )

  it('a new contact without a last name is rejected', async () => {
    const { client } = await startSell()
    expect(await client.write(upsertOf({ first_name: 'Jane' }))).toEqual({
      type: 'rejected',
      status: 422,
      errors: [{ code: 'missing', field: '/last_name' }],
    })
  })

  it('a wrong token is unauthorised', async () => {
    const { client } = await startSell({}, 'wrong'.padEnd(64, 'x'))
    const unauthorised = { type: 'unauthorised', status: 401, code: 'unauthorized' }
    expect(await client.write(upsertOf())).toEqual(unauthorised)
    expect(await client.checkToken()).toEqual(unauthorised)
  })

  it.each([
    ['none', 'empty', null],
    ['seconds', 'json', 1_000],
    ['garbage', 'empty', null],
    ['huge', 'empty', 900_000],
  ] as const)(
    'beyond the rate a write is throttled (Retry-After %s, body %s)',
    async (retryAfter, body, waitMs) => {
      const { client } = await startSell({
        ratePerSecond: 3,
        switches: { retryAfter, rateLimitBody: body },
      })
      const outcomes = await Promise.all(Array.from({ length: 6 }, async () => client.write(upsertOf())))
      expect(outcomes.filter(({ type }) => type === 'written')).toHaveLength(3)
      expect(outcomes.filter(({ type }) => type === 'throttled')).toEqual(
        Array.from({ length: 3 }, () => ({ type: 'throttled', retryAfterMs: waitMs })),
      )
    },
  )

  it.each([
    ['read+write+profile', expect.any(Number)],
    ['read+write', null],
  ] as const)('a token with the scopes %s is accepted', async (scopes, userId) => {
    const { client } = await startSell({ switches: { scopes } })
    expect(await client.checkToken()).toEqual({ type: 'accepted', userId })
  })

  it.each(['choices', 'options'] as const)(
    'the custom fields are listed with their %s',
    async (choicesKey) => {
      const { client } = await startSell({ switches: { choicesKey } })
      const listed = await client.listCustomFields()
      expect(listed).toMatchObject({
        type: 'listed',
        fields: expect.arrayContaining([
          { name: 'VIP customers', type: 'string', forContact: true, choices: null },
          { name: 'Churn risk', type: 'list', forContact: true, choices: ['realized', 'exited'] },
        ]),
      })
    },
  )
})
