import { afterEach, describe, expect, it } from '@jest/globals'
import { startZendeskSell } from '../../../sandbox/zendesk-sell/server.ts'
import type { SellSwitches } from '../../../sandbox/zendesk-sell/switches.ts'
import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { Look } from '../../../src/domain/plan.ts'
import { lookStep } from '../../../src/zendesk/contact-look.ts'
import type { Answer, Exchange } from '../../../src/zendesk/exchange.ts'
import { createResources, fixedToken } from './clients.ts'
import { errorBody, updateOf, upsertOf } from './writes.ts'

const resources = createResources()
const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  await resources.release()
  for (const stop of stops.splice(0)) await stop()
})

const names = [
  'first_name', 'title', 'address.city', 'address.line1', 'custom_fields.vip', 'custom_fields.constructor',
] as const // prettier-ignore

function lookAt(contactId: number): Look {
  const ledger = {
    email: 'jane@example.com',
    contactId,
    fields: {},
    rejected: null,
    writtenAtMs: 0,
  }
  return { type: 'look', email: 'jane@example.com', contactId, names, ledger }
}

async function connect(switches: Partial<SellSwitches> = {}) {
  const sell = await startZendeskSell({
    ratePerSecond: 0,
    switches,
    customFields: [
      { name: 'vip', type: 'string' },
      { name: 'constructor', type: 'string' },
    ],
  })
  stops.push(async () => sell.stop())
  return { sell, client: resources.client(sell.url, { token: fixedToken(sell.token) }) }
}

describe('a look at a contact', () => {
  it('gives what it holds of the fields, null for those that are empty, and changes nothing', async () => {
    const { client } = await connect()
    const fields = {
      last_name: 'Doe',
      first_name: 'Jane',
      'address.city': 'Berlin',
      'custom_fields.vip': 'realized',
    }
    const written = await client.write(upsertOf(fields))
    if (written.type !== 'written') throw new Error(`the contact is ${written.type}`)
    expect(await client.write(lookAt(written.contactId))).toStrictEqual({
      type: 'looked',
      fields: {
        first_name: 'Jane',
        title: null,
        'address.city': 'Berlin',
        'address.line1': null,
        'custom_fields.vip': 'realized',
        'custom_fields.constructor': null,
      },
    })
    expect(client.events.at(-1)).toMatchObject({ operation: 'contact', outcome: 'looked', status: 200 })
  })

  it('gives its tags, also where it has none, and so does the answer to a write', async () => {
    const { client } = await connect()
    const first = await client.write(upsertOf({ last_name: 'Doe' }))
    if (first.type !== 'written') throw new Error(`the contact is ${first.type}`)
    expect(first.tags).toStrictEqual([])
    const { contactId } = first
    const look = { type: 'look', email: 'jane@example.com', contactId, names: ['tags'] } as const
    expect(await client.write(look)).toStrictEqual({ type: 'looked', fields: { tags: [] } })
    const second = await client.write(updateOf({ tags: ['b', 'a'] }, contactId))
    expect(second).toStrictEqual({ type: 'written', contactId, tags: ['b', 'a'] })
    expect(await client.write(look)).toStrictEqual({ type: 'looked', fields: { tags: ['b', 'a'] } })
  })

  it('that is gone says so', async () => {
    const { client } = await connect()
    expect(await client.write(lookAt(4711))).toStrictEqual({ type: 'missing' })
  })

  it('without leave to read sees nothing, and stops nothing', async () => {
    const { client } = await connect({ scopes: 'write' })
    expect(await client.write(lookAt(1))).toStrictEqual({ type: 'looked', fields: {} })
  })
})

function answered(status: number, body: string | Answer['body']): Exchange {
  const read = typeof body === 'string' ? ({ type: 'whole', text: body } as const) : body
  return { type: 'answered', status, retryAfter: null, requestId: null, body: read }
}

const noPath = errorBody({ code: 'not_found', details: 'Requested path was not found.' })

describe('the tags in an answer', () => {
  it.each([
    ['as a list', '{"data":{"id":42,"tags":["a"]}}', ['a']],
    ['as null', '{"data":{"id":42,"tags":null}}', []],
    ['not at all', '{"data":{"id":42}}', null],
    ['in a form of next year', '{"data":{"id":42,"tags":[{"name":"a"}]}}', null],
  ])('are read where they are there %s', (_how, body, tags) => {
    const look = { type: 'look', email: 'jane@example.com', contactId: 42, names: ['tags'] } as const
    expect(lookStep(look).judge(answered(200, body), 0)).toStrictEqual({ type: 'looked', fields: { tags } })
  })
})

describe('the answer to a look', () => {
  it.each<[string, Exchange, WriteOutcome]>([
    ['of another contact means that it was merged', answered(200, '{"data":{"id":43}}'), { type: 'missing' }],
    ['that names no contact', answered(200, '{}'), { type: 'unreachable', reason: 'unreadable_answer' }],
    [
      'that breaks off',
      answered(200, { type: 'broken', code: 'ECONNRESET' }),
      { type: 'unreachable', reason: 'econnreset' },
    ],
    [
      'that never comes',
      { type: 'failed', dispatched: true, code: 'ECONNRESET' },
      { type: 'unreachable', reason: 'econnreset' },
    ],
    ['of a proxy in trouble', answered(503, '<html>'), { type: 'unreachable', reason: 'http_503' }],
    ['that throttles', answered(429, ''), { type: 'throttled', retryAfterMs: null }],
    ['to a token that expired', answered(401, ''), { type: 'unauthorised', status: 401, code: 'http_401' }],
    [
      'of a path that is wrong',
      answered(404, noPath),
      { type: 'unauthorised', status: 404, code: 'incorrect_path' },
    ],
    [
      '404 that breaks off',
      answered(404, { type: 'broken', code: 'ECONNRESET' }),
      { type: 'unreachable', reason: 'econnreset' },
    ],
    [
      'with values of other kinds',
      answered(200, '{"data":{"id":42,"title":{"a":1},"address":7}}'),
      {
        type: 'looked',
        fields: Object.fromEntries(names.map((name) => [name, null])),
      },
    ],
    [
      'with a list and an address, as they are written',
      answered(
        200,
        '{"data":{"id":42,"custom_fields":{"vip":["Golf","Opera"],"constructor":{"country":"DE","city":"Berlin","state":null}}}}',
      ),
      {
        type: 'looked',
        fields: {
          ...Object.fromEntries(names.map((name) => [name, null])),
          'custom_fields.vip': ['Golf', 'Opera'],
          'custom_fields.constructor': { city: 'Berlin', country: 'DE' },
        },
      },
    ],
  ])('%s', (_name, exchange, outcome) => {
    expect(lookStep(lookAt(42)).judge(exchange, 0)).toStrictEqual(outcome)
  })
})
