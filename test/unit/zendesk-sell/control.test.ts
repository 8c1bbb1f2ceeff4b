import { describe, expect, it } from '@jest/globals'

import { control, replyText } from '../../../sandbox/zendesk-sell/control.ts'
import { createSell } from '../../../sandbox/zendesk-sell/sell.ts'
import type { Sell, SellSettings } from '../../../sandbox/zendesk-sell/sell.ts'
import { answer, passGate } from '../../../sandbox/zendesk-sell/routes.ts'
import { everyField } from './account.ts'

function openAccount(settings: Partial<SellSettings> = {}): Sell {
  return createSell({
    clock: { epochMs: () => 0, monotonicMs: () => 0 },
    token: 't'.repeat(64),
    ratePerSecond: 0,
    switches: {},
    customFields: everyField,
    logCapacity: 3,
    newRequestId: () => 'r',
    ...settings,
  })
}

function ask(sell: Sell, call: string, body?: unknown): { status: number; json: unknown } {
  const [method = '', target = ''] = call.split(' ')
  const { pathname, searchParams } = new URL(target, 'http://sandbox')
  const request = { method, path: pathname, query: searchParams, body }
  const reply = control(sell, request, () => 'n'.repeat(64))
  return { status: reply.status, json: JSON.parse([...replyText(reply)].join('')) as unknown }
}

function arrive(sell: Sell, path: string) {
  const arrival = {
    timeMs: 5,
    monotonicMs: 1.5,
    requestId: 'r',
    method: 'GET',
    path,
    rawQuery: 'email=a%2Bb&x=1&x=2',
  }
  return sell.log.begin({ ...arrival, operation: null })
}

describe('the control endpoint', () => {
  it('shows requests in order, those after a number, and says how many are gone', () => {
    const sell = openAccount()
    for (const path of ['/1', '/2', '/3', '/4', '/5']) arrive(sell, path)
    const paths = (call: string) =>
      (ask(sell, call).json as { requests: { path: string }[] }).requests.map(({ path }) => path)
    expect(paths('GET /requests')).toEqual(['/3', '/4', '/5'])
    expect(paths('GET /requests?since=4')).toEqual(['/5'])
    expect(paths('GET /requests?since=0&limit=2')).toEqual(['/3', '/4'])
    expect(ask(sell, 'GET /requests?limit=0').json).toEqual({ dropped: 2, lastSeq: 5, requests: [] })
    expect(ask(sell, 'GET /requests?since=x').status).toBe(400)

    expect(ask(sell, 'DELETE /requests').json).toEqual({ lastSeq: 5 })
    arrive(sell, '/6')
    expect(ask(sell, 'GET /requests').json).toMatchObject({ dropped: 0, requests: [{ seq: 6, path: '/6' }] })
  })

  it('shows a request with its query decoded and its body parsed', () => {
    const sell = openAccount()
    const entry = arrive(sell, '/v2/contacts')
    Object.assign(entry, {
      bodyText: '{"data":{}}',
      status: 200,
      applied: true,
      appliedAtMs: 2,
      rate: 'admitted',
    })
    arrive(sell, '/v2/contacts').bodyText = 'not json'
    expect(ask(sell, 'GET /requests').json).toMatchObject({
      requests: [
        {
          seq: 1,
          timeMs: 5,
          monotonicMs: 1.5,
          method: 'GET',
          path: '/v2/contacts',
          query: { email: 'a+b', x: ['1', '2'] },
          email: null,
          body: { data: {} },
          status: 200,
          applied: true,
          rate: 'admitted',
        },
        { body: 'not json', status: null },
      ],
    })
  })

  it('reads and turns switches, any subset at once, or none when one is wrong', () => {
    const sell = openAccount()
    expect(ask(sell, 'PUT /switches', { indexLagMs: 1000, blankCode: 'blank' }).json).toMatchObject({
      indexLagMs: 1000,
      blankCode: 'blank',
      manyMatches: 'error',
    })
    const wrong = ask(sell, 'PUT /switches', { indexLagMs: 5, manyMatches: 'all' })
    expect(wrong).toEqual({
      status: 400,
      json: { problems: [expect.stringContaining('error|first|newest')] },
    })
    expect(ask(sell, 'GET /switches').json).toMatchObject({ indexLagMs: 1000 })
    expect(ask(sell, 'PUT /switches', []).status).toBe(400)
  })

  it('seeds contacts past the index lag, all or none', () => {
    const sell = openAccount({ switches: { indexLagMs: 1000 } })
    expect(ask(sell, 'POST /contacts', { last_name: 'Doe' })).toEqual({ status: 201, json: { ids: [1] } })
    const bad = ask(sell, 'POST /contacts', { contacts: [{ last_name: 'Roe' }, { foo: 1 }] })
    expect(bad).toEqual({
      status: 422,
      json: {
        problems: [
          "contacts[1]/foo: The attribute '/foo' is not a known attribute for the 'contact' resource.",
          "contacts[1]/last_name: The attribute '/last_name' is required.",
        ],
      },
    })
    expect(ask(sell, 'POST /contacts', [{ last_name: 'Roe' }, { last_name: 'Poe' }]).json).toEqual({
      ids: [2, 3],
    })
    expect(ask(sell, 'GET /contacts').json).toMatchObject({
      count: 3,
      contacts: [{ id: 1 }, { id: 2 }, { id: 3 }],
    })

    const api = { method: 'GET', path: '/v2/contacts', rawQuery: 'last_name=Poe', body: new Uint8Array() }
    const headers = { 'user-agent': 'x', authorization: `Bearer ${sell.token}` }
    const request = { ...api, headers, origin: 'http://s', requestId: 'r' }
    const gate = passGate(sell, request, 0)
    expect(gate.open ? answer(sell, request, gate.route).body : '').toContain('"count":1')
  })

  it('edits and deletes a contact as a person would', () => {
    const sell = openAccount()
    ask(sell, 'POST /contacts', { last_name: 'Doe' })
    expect(ask(sell, 'PUT /contacts/1', { phone: '+1' }).json).toMatchObject({ contact: { phone: '+1' } })
    expect(ask(sell, 'PUT /contacts/1', { phone: 1 }).status).toBe(422)
    expect(ask(sell, 'DELETE /contacts/1').status).toBe(200)
    expect(ask(sell, 'DELETE /contacts/1').status).toBe(404)
    expect(ask(sell, 'GET /contacts').json).toEqual({ count: 0, contacts: [] })
  })

  it('gives definitions in the form it takes them', () => {
    const sell = openAccount()
    const { json } = ask(sell, 'GET /custom-fields')
    expect(ask(sell, 'PUT /custom-fields', json)).toEqual({ status: 200, json })
    expect(ask(sell, 'PUT /custom-fields', [{ name: 'A', type: 'x' }]).status).toBe(400)
    expect(ask(sell, 'PUT /custom-fields', []).json).toEqual({ custom_fields: [] })
  })

  it('renews the token, and refuses one that no client of Sell would accept', () => {
    const sell = openAccount()
    expect(ask(sell, 'PUT /token').json).toEqual({ token: 'n'.repeat(64) })
    expect(sell.token).toBe('n'.repeat(64))
    expect(ask(sell, 'PUT /token', { token: 'short' })).toEqual({
      status: 400,
      json: { problems: ['a token has exactly 64 characters and no blank; this one has 5'] },
    })
    expect(ask(sell, 'PUT /token', { tokens: '' }).status).toBe(400)
  })

  it.each(['GET /', 'POST /requests', 'GET /contacts/x', 'GET /constructor', 'DELETE /switches'])(
    'has no %s and says what it has',
    (call) => {
      const { status, json } = ask(openAccount(), call)
      expect(status).toBe(404)
      expect((json as { known: string[] }).known).toContain('GET /requests')
    },
  )

  it('writes long lists in pieces that join to JSON', () => {
    const sell = openAccount()
    const seeds = Array.from({ length: 1203 }, (_, n) => ({ last_name: `P${n}` }))
    ask(sell, 'POST /contacts', seeds)
    const { json } = ask(sell, 'GET /contacts')
    expect(
      (json as { contacts: { last_name: string }[] }).contacts.map(({ last_name }) => ({ last_name })),
    ).toEqual(seeds)
  })
})

describe('an account', () => {
  it('does not open with wrong settings, and names all of them', () => {
    const open = () =>
      openAccount({
        token: 'short',
        ratePerSecond: 9.5,
        switches: { indexLagMs: -1 },
        customFields: [{ name: '', type: 'text' }],
      })
    for (const part of ['64 characters', 'not 9.5', "'indexLagMs' cannot be -1", 'custom_fields[0].name']) {
      expect(open).toThrow(part)
    }
  })
})
