import { afterEach, describe, expect, it } from '@jest/globals'

import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import {
  type ContactPolicy,
  createContactIdentity,
  defaultContactPolicy,
} from '../../../src/zendesk/contact-identity.ts'
import type { Exchange } from '../../../src/zendesk/exchange.ts'
import { createIdentityWorlds } from './identity-world.ts'
import { errorBody, upsertOf } from './writes.ts'

const worlds = createIdentityWorlds()
afterEach(worlds.release)

const jane = { last_name: 'Doe', email: 'jane@example.com' }

describe('a refusal', () => {
  const noField = { code: 'already_exists' }
  const title = { code: 'incorrect_value', field: '/title' }
  const email = { code: 'already_exists', field: '/data/email' }

  it.each<[string, number, readonly object[], ContactPolicy['severalMatches'], WriteOutcome['type']]>([
    ['names no field', 422, [noField], 'any', 'undecided'],
    ['names no field', 409, [noField], 'newest', 'undecided'],
    ['names no field', 400, [noField], 'any', 'undecided'],
    ['names the e-mail', 422, [email, noField], 'any', 'undecided'],
    ['names another field, too', 422, [noField, title], 'any', 'rejected'],
    ['is about the size', 413, [noField], 'any', 'rejected'],
    ['would be one anyway', 422, [noField], 'refuse', 'rejected'],
  ])('that %s (%i, %p, %s) is %s', (_what, status, errors, severalMatches, outcome) => {
    const nextStep = createContactIdentity({ ...defaultContactPolicy, severalMatches })
    const write = upsertOf()
    const nobody: Exchange = answerOf(200, '{"items":[]}')
    const first = nextStep(write)
    if (first.request.method === 'GET') first.judge(nobody, 0)
    expect(nextStep(write).judge(answerOf(status, errorBody(...errors)), 0).type).toBe(outcome)
  })

  function answerOf(status: number, text: string): Exchange {
    return { type: 'answered', status, retryAfter: null, requestId: null, body: { type: 'whole', text } }
  }
})

describe('a list that answers something else', () => {
  it('than was asked for makes nobody of others the contact', async () => {
    const world = await worlds.start({ ...defaultContactPolicy, severalMatches: 'oldest' })
    const [other] = await world.seed({ ...jane, email: 'other@example.com' })
    world.lists({ id: other ?? 0, email: 'other@example.com' }, { id: 77, email: null })
    expect(await world.write({ last_name: 'Doe', title: 'CTO' })).toEqual(['undecided', 'written'])
    expect(await world.idsWith({ title: 'CTO' })).not.toContain(other)
  })

  it.each([
    ['that is none', '{"items":"none"}'],
    ['that is no JSON', '<html></html>'],
  ])('%s changes nothing: it is asked for again', async (_what, body) => {
    const world = await worlds.start({ ...defaultContactPolicy, severalMatches: 'oldest' })
    world.listsText(body)
    expect(await world.write({ last_name: 'Doe', title: 'CTO' })).toEqual([
      'unreachable',
      'undecided',
      'written',
    ])
  })

  it.each([
    [503, { type: 'unreachable', reason: 'http_503' }],
    [429, { type: 'throttled', retryAfterMs: null }],
    [401, { type: 'unauthorised', status: 401, code: 'unauthorized' }],
  ])('with %i is as any write is, and nothing is in doubt', async (status, outcome) => {
    const world = await worlds.start({ ...defaultContactPolicy, severalMatches: 'oldest' })
    await world.fault({ kind: 'respond', status, body: 'json', count: 1 })
    await world.write({ last_name: 'Doe' }, 1)
    expect(world.lastOutcome()).toEqual(outcome)
  })
})
