import { describe, expect, it } from '@jest/globals'

import { createContact } from '../../../sandbox/zendesk-sell/contacts.ts'
import { briefly, contactOf, createAccount } from './account.ts'

const jane = { first_name: 'Jane', last_name: 'Doe', email: 'jane+vip@example.com' }

describe('upserting', () => {
  const query = 'email=jane%2Bvip%40example.com'

  it('creates without a match and updates the one that matches', () => {
    const account = createAccount()
    expect(account.upsert(query, jane)).toMatchObject({ written: 'created', contact: { id: 1 } })
    const again = account.upsert(`${query}&is_organization=false`, { ...jane, phone: '+1' }, 60_000)
    expect(again).toMatchObject({ written: 'updated', status: 200, contact: { id: 1, phone: '+1' } })
    expect(contactOf(again)).toMatchObject({
      created_at: '2026-11-22T12:00:00Z',
      updated_at: '2026-11-22T12:01:00Z',
    })
  })

  it('does not fill the record from the filters', () => {
    const account = createAccount()
    expect(contactOf(account.upsert(query, { last_name: 'Doe' })).email).toBeNull()
    expect(briefly(account.upsert('last_name=Roe', {}))).toBe('422 missing /last_name')
  })

  it('a plus that is not encoded is a blank and matches nobody', () => {
    const account = createAccount()
    account.create(jane)
    expect(account.upsert('email=jane+vip@example.com', jane)).toMatchObject({ written: 'created' })
  })

  it('needs last_name only when it creates', () => {
    const account = createAccount()
    account.create(jane)
    expect(account.upsert(query, { phone: '+1' })).toMatchObject({ written: 'updated' })
  })

  it.each([
    ['no filter', '', '400 invalid_param'],
    ['inclusive alone', 'inclusive=false', '400 invalid_param'],
    ['an unknown parameter', 'mail=a', '400 invalid_param'],
    ['ids, which are for lists', 'ids=1', '400 invalid_param'],
    ['the state, which is for lists', 'address[state]=CA', '400 invalid_param'],
    ['paging', 'email=a&page=1', '400 invalid_param'],
    ['an empty value', 'email=', '400 invalid_param'],
    ['a name given twice', 'email=a&email=b', '400 invalid_param'],
    ['a bad encoding', 'email=%E4', '400 invalid_param'],
    ['a field that is not filterable', 'custom_fields[Notes]=x', '400 invalid_param'],
    ['a field that does not exist', 'custom_fields[Nope]=x', '400 invalid_param'],
    ['two bad ones', 'foo=1&is_organization=yes&owner_id=x', '400 invalid_param'],
    ['two bad values', 'is_organization=yes&owner_id=x', '400 invalid_param, invalid_param'],
  ])('refuses %s', (_name, raw, brief) => {
    expect(briefly(createAccount().upsert(raw, jane))).toBe(brief)
  })

  it('inclusive=false updates a contact that matches any filter', () => {
    const account = createAccount()
    account.create(jane)
    const raw = 'email=other%40example.com&last_name=Doe'
    expect(account.upsert(`${raw}&inclusive=false`, jane)).toMatchObject({ written: 'updated' })
    expect(account.upsert(`${raw}&inclusive=true`, jane)).toMatchObject({ written: 'created' })
  })

  it.each([
    [200, 'created'],
    [201, 'created'],
  ] as const)('upsertCreatedStatus=%d is the status of a creation', (upsertCreatedStatus, written) => {
    const account = createAccount({ upsertCreatedStatus })
    expect(account.upsert(query, jane)).toMatchObject({ status: upsertCreatedStatus, written })
    expect(account.upsert(query, jane)).toMatchObject({ status: 200, written: 'updated' })
    expect(createContact(account.at(0), jane)).toMatchObject({ status: 200 })
  })

  describe('with several matches', () => {
    const threeJanes = (switches: Parameters<typeof createAccount>[0]) => {
      const account = createAccount(switches)
      for (const phone of ['+1', '+2', '+3']) account.create({ ...jane, phone })
      return account
    }

    it.each([422, 409] as const)('manyMatches=error refuses with %d and writes nothing', (status) => {
      const account = threeJanes({ manyMatches: 'error', manyMatchesStatus: status })
      expect(briefly(account.upsert(query, { phone: '+9' }))).toBe(`${status} already_exists`)
      expect(account.list('phone=%2B9')).toEqual([])
    })

    it.each([
      ['first', 1],
      ['newest', 3],
    ] as const)('manyMatches=%s writes contact %d', (manyMatches, id) => {
      const account = threeJanes({ manyMatches })
      expect(contactOf(account.upsert(query, { phone: '+9' }))).toMatchObject({ id, phone: '+9' })
    })
  })

  it.each([
    ['exact', 'JANE@example.com', 'created'],
    ['exact', ' jane@example.com', 'created'],
    ['exact', 'jane@example.com', 'updated'],
    ['case-insensitive', 'JANE@example.com', 'updated'],
    ['case-insensitive', ' jane@example.com', 'created'],
    ['trimmed-case-insensitive', 'JANE@example.com', 'updated'],
    ['trimmed-case-insensitive', ' Jane@Example.com ', 'updated'],
  ] as const)('emailMatch=%s: %j is %s', (emailMatch, email, written) => {
    const account = createAccount({ emailMatch })
    account.create({ ...jane, email: 'jane@example.com' })
    expect(account.upsert(`email=${encodeURIComponent(email)}`, jane)).toMatchObject({ written })
  })

  it('emailMatch=trimmed-case-insensitive folds what is stored, too', () => {
    const account = createAccount({ emailMatch: 'trimmed-case-insensitive' })
    account.create({ ...jane, email: ' Jane@Example.com' })
    expect(account.upsert('email=jane%40example.com', jane)).toMatchObject({ written: 'updated' })
  })
})
