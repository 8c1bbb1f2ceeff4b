import { afterEach, describe, expect, it } from '@jest/globals'

import { type ContactPolicy, defaultContactPolicy } from '../../../src/zendesk/contact-identity.ts'
import { createIdentityWorlds } from './identity-world.ts'

const worlds = createIdentityWorlds()
afterEach(worlds.release)

const jane = { last_name: 'Doe', email: 'jane@example.com' }
const refusals = [
  { manyMatches: 'error', manyMatchesStatus: 422 },
  { manyMatches: 'error', manyMatchesStatus: 409 },
] as const
const all = [...refusals, { manyMatches: 'first' }, { manyMatches: 'newest' }] as const

describe('an e-mail that several contacts have', () => {
  it.each(refusals)('is by default that of the oldest, where Sell takes none (%p)', async (switches) => {
    const world = await worlds.start(defaultContactPolicy, switches)
    const [oldest] = await world.seed(jane, jane, jane)
    expect(await world.write({ title: 'CTO' })).toEqual(['undecided', 'chosen', 'written'])
    expect(await world.idsWith({ title: 'CTO' })).toEqual([oldest])
    expect(await world.write({ title: 'CEO' })).toEqual(['written'])
    expect(await world.idsWith({ title: 'CEO' })).toEqual([oldest])
  })

  it.each([
    ['first', 0],
    ['newest', 2],
  ] as const)(
    'is by default that of the one that Sell takes, if it takes the %s',
    async (manyMatches, taken) => {
      const world = await worlds.start(defaultContactPolicy, { manyMatches })
      const ids = await world.seed(jane, jane, jane)
      expect(await world.write({ title: 'CTO' })).toEqual(['written'])
      expect(await world.idsWith({ title: 'CTO' })).toEqual([ids[taken]])
    },
  )

  it.each(all.flatMap((switches) => [['oldest', 0, switches] as const, ['newest', 2, switches] as const]))(
    'is that of the %s where the configuration says so, whatever Sell does (%#)',
    async (policy, taken, switches) => {
      const world = await worlds.start({ ...defaultContactPolicy, severalMatches: policy }, switches)
      const ids = await world.seed(jane, jane, jane)
      expect(await world.write({ title: 'CTO' })).toEqual(['chosen', 'written'])
      expect(await world.idsWith({ title: 'CTO' })).toEqual([ids[taken]])
      expect(await world.write({ title: 'CEO' })).toEqual(['written'])
    },
  )

  it.each(all)(
    'is refused where the configuration says so, and nothing is written (%p)',
    async (switches) => {
      const world = await worlds.start({ ...defaultContactPolicy, severalMatches: 'refuse' }, switches)
      await world.seed(jane, jane)
      expect(await world.write({ title: 'CTO' })).toEqual(['rejected'])
      expect(world.lastOutcome()).toEqual({
        type: 'rejected',
        status: 0,
        errors: [{ code: 'several_matches', field: null }],
      })
      expect(await world.idsWith({ title: 'CTO' })).toEqual([])
      expect(await world.again()).toEqual([])
    },
  )

  it('is written again without a look once one of them is gone', async () => {
    const world = await worlds.start(defaultContactPolicy, { manyMatches: 'error' })
    const [oldest = 0, other] = await world.seed(jane, jane)
    await world.write({ title: 'CTO' })
    await world.remove(oldest)
    expect(await world.write({ title: 'CEO' })).toEqual(['missing', 'written'])
    expect(await world.idsWith({ title: 'CEO' })).toEqual([other])
  })

  it('is found in whatever case and with whatever blanks Sell keeps it, if Sell finds it', async () => {
    const spellings = [
      { ...jane, email: 'Jane@Example.com' },
      { ...jane, email: ' jane@example.com' },
    ]
    const world = await worlds.start(defaultContactPolicy, {
      manyMatches: 'error',
      emailMatch: 'trimmed-case-insensitive',
    })
    const [oldest] = await world.seed(...spellings)
    expect(await world.write({ title: 'CTO' })).toEqual(['undecided', 'chosen', 'written'])
    expect(await world.idsWith({ title: 'CTO' })).toEqual([oldest])
  })

  it('costs a contact whose token may not look its refusal, and nobody else anything', async () => {
    const world = await worlds.start(defaultContactPolicy, { manyMatches: 'error', scopes: 'write' })
    await world.seed(jane, jane)
    expect(await world.write({ title: 'CTO' })).toEqual(['undecided', 'rejected'])
    expect(world.lastOutcome()).toMatchObject({ status: 422, errors: [{ code: 'already_exists' }] })
  })
})

describe('an e-mail that nobody has yet', () => {
  it.each<[string, Partial<ContactPolicy>, readonly string[]]>([
    ['one request by default', {}, ['written']],
    ['two where several matches count', { severalMatches: 'oldest' }, ['undecided', 'written']],
    ['two where companies count', { companyMatches: 'refuse' }, ['undecided', 'written']],
    ['one where deletions count', { deletedContacts: 'leave' }, ['written']],
  ])('costs %s', async (_what, policy, outcomes) => {
    for (const upsertCreatedStatus of [200, 201] as const) {
      const world = await worlds.start({ ...defaultContactPolicy, ...policy }, { upsertCreatedStatus })
      expect(await world.write({ last_name: 'Doe', title: 'CTO' })).toEqual(outcomes)
      expect(await world.idsWith({ title: 'CTO' })).toHaveLength(1)
      expect(await world.write({ title: 'CEO' })).toEqual(['written'])
    }
  })

  it('that cannot be created is refused by what Sell says, with no request more', async () => {
    for (const pointerPrefix of ['short', 'data'] as const) {
      const world = await worlds.start(defaultContactPolicy, { pointerPrefix })
      expect(await world.write({ title: 'CTO' })).toEqual(['rejected'])
      expect(world.lastOutcome()).toMatchObject({ status: 422, errors: [{ code: 'missing' }] })
    }
  })

  it('is not looked up twice for a write that Sell had no time for', async () => {
    const world = await worlds.start({ ...defaultContactPolicy, severalMatches: 'oldest' })
    await world.fault({ kind: 'rate-limit', count: 1, match: { method: 'POST' } })
    const outcomes = await world.write({ last_name: 'Doe', title: 'CTO' })
    expect(outcomes).toEqual(['undecided', 'throttled', 'written'])
  })

  it('is looked up again after a write in doubt: that may have created it', async () => {
    const world = await worlds.start({ ...defaultContactPolicy, severalMatches: 'oldest' })
    await world.fault({ kind: 'drop-after', count: 1, match: { method: 'POST' } })
    const outcomes = await world.write({ last_name: 'Doe', title: 'CTO' })
    expect(outcomes).toEqual(['undecided', 'ambiguous', 'found', 'written'])
    expect(await world.idsWith({ title: 'CTO' })).toHaveLength(1)
  })
})

describe('an e-mail that a company has', () => {
  const company = { is_organization: true, name: 'Doe Ltd', email: jane.email }

  it('is by default that of a person beside it, and the company is left alone', async () => {
    const world = await worlds.start()
    const [companyId] = await world.seed(company)
    expect(await world.write({ last_name: 'Doe', title: 'CTO' })).toEqual(['written'])
    const [personId] = await world.idsWith({ title: 'CTO' })
    expect(personId).not.toBe(companyId)
    expect(await world.idsWith({ is_organization: false })).toEqual([personId])
  })

  it('is refused where the configuration says so, until a person has it', async () => {
    const world = await worlds.start({ ...defaultContactPolicy, companyMatches: 'refuse' })
    await world.seed(company)
    expect(await world.write({ last_name: 'Doe', title: 'CTO' })).toEqual(['rejected'])
    expect(world.lastOutcome()).toMatchObject({ status: 0, errors: [{ code: 'company_match', field: null }] })
    expect(await world.idsWith({ is_organization: false })).toEqual([])
    const [person] = await world.seed(jane)
    expect(await world.write({ last_name: 'Doe', title: 'CEO' })).toEqual(['found', 'written'])
    expect(await world.idsWith({ title: 'CEO' })).toEqual([person])
  })
})

describe('a contact that somebody deleted', () => {
  const leave: ContactPolicy = { ...defaultContactPolicy, deletedContacts: 'leave' }

  it('is by default created again at its next change, once and whole', async () => {
    for (const manyMatches of ['error', 'first', 'newest'] as const) {
      const world = await worlds.start(defaultContactPolicy, { manyMatches })
      await world.write({ last_name: 'Doe', title: 'CTO' })
      await world.remove(1)
      expect(await world.write({ last_name: 'Doe', title: 'CEO' })).toEqual(['missing', 'written'])
      expect(await world.idsWith({ last_name: 'Doe', title: 'CEO' })).toEqual([2])
      expect(await world.again()).toEqual([])
    }
  })

  it('stays deleted where the configuration says so, for one look at each change', async () => {
    const world = await worlds.start(leave)
    await world.write({ last_name: 'Doe', title: 'CTO' })
    await world.remove(1)
    expect(await world.write({ last_name: 'Doe', title: 'CEO' })).toEqual(['missing', 'absent'])
    expect(await world.again()).toEqual([])
    expect(await world.write({ last_name: 'Doe', title: 'Chair' })).toEqual(['absent'])
    expect(await world.idsWith({})).toEqual([])
  })

  it('that somebody created again is written to again, at its next change', async () => {
    const world = await worlds.start(leave)
    await world.write({ last_name: 'Doe', title: 'CTO' })
    await world.remove(1)
    await world.write({ last_name: 'Doe', title: 'CEO' })
    const [again] = await world.seed(jane)
    expect(await world.write({ last_name: 'Doe', title: 'Chair' })).toEqual(['found', 'written'])
    expect(await world.idsWith({ title: 'Chair' })).toEqual([again])
    expect(await world.write({ title: 'Owner' })).toEqual(['written'])
  })

  it('and was the only one is no reason to refuse who is new', async () => {
    const world = await worlds.start(leave)
    expect(await world.write({ last_name: 'Doe', title: 'CTO' })).toEqual(['written'])
  })

  it.each([
    ['create', ['missing', 'written']],
    ['leave', ['missing', 'found', 'written']],
  ] as const)(
    'for another one with its e-mail, as in a merge, is that one from then on (%s)',
    async (deletedContacts, outcomes) => {
      const world = await worlds.start({ ...defaultContactPolicy, deletedContacts })
      await world.write({ last_name: 'Doe', title: 'CTO' })
      const [survivor] = await world.seed(jane)
      await world.remove(1)
      expect(await world.write({ last_name: 'Doe', title: 'CEO' })).toEqual(outcomes)
      expect(await world.idsWith({ title: 'CEO' })).toEqual([survivor])
      expect(await world.idsWith({})).toHaveLength(1)
    },
  )

  it('and is still listed by an index that lags behind is not taken for the one to write to', async () => {
    const world = await worlds.start({ ...defaultContactPolicy, severalMatches: 'oldest' })
    await world.write({ last_name: 'Doe', title: 'CTO' })
    await world.remove(1)
    world.lists({ id: 1, email: jane.email })
    expect(await world.write({ last_name: 'Doe', title: 'CEO' })).toEqual(['missing', 'undecided', 'written'])
  })
})
