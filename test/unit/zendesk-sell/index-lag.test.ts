import { describe, expect, it } from '@jest/globals'

import {
  createContact,
  getContact,
  updateContact,
  upsertContact,
} from '../../../sandbox/zendesk-sell/contacts.ts'
import { briefly, contactOf, createAccount } from './account.ts'

const jane = { first_name: 'Jane', last_name: 'Doe', email: 'jane+vip@example.com' }

describe('index lag', () => {
  it('hides a creation from lists and upserts until it is over, and never from get', () => {
    const account = createAccount({ indexLagMs: 1000 })
    const { id } = account.create(jane, 100)
    expect(contactOf(getContact(account.at(100), String(id)))).toMatchObject(jane)
    expect(account.list('', 1099)).toEqual([])
    expect(account.list('last_name=Doe', 1100)).toEqual(['Doe'])
  })

  it('lets a second upsert for the same new e-mail create a duplicate, and then both match', () => {
    const account = createAccount({ indexLagMs: 1000 })
    const query = 'email=jane%2Bvip%40example.com'
    expect(contactOf(account.upsert(query, jane, 0)).id).toBe(1)
    expect(contactOf(account.upsert(query, jane, 999)).id).toBe(2)
    expect(contactOf(account.upsert(query, jane, 1000)).id).toBe(1)
    expect(briefly(account.upsert(query, jane, 1999))).toBe('422 already_exists')
  })

  it('shows lists the state before an update', () => {
    const account = createAccount({ indexLagMs: 1000 })
    account.create(jane, 0)
    updateContact(account.at(2000), '1', { last_name: 'Roe', email: 'roe@example.com' })
    updateContact(account.at(2500), '1', { phone: '+1' })
    expect(account.list('email=jane%2Bvip%40example.com', 2999)).toEqual(['Doe'])
    expect(account.list('email=roe%40example.com', 2999)).toEqual([])
    expect(account.list('email=roe%40example.com', 3000)).toEqual(['Roe'])
    expect(account.list('phone=%2B1', 3499)).toEqual([])
    expect(account.list('phone=%2B1', 3500)).toEqual(['Roe'])
    expect(account.list('email=jane%2Bvip%40example.com', 3500)).toEqual([])
  })

  it('an upsert that matches an old state is based on the current one', () => {
    const account = createAccount({ indexLagMs: 1000 })
    account.create(jane, 0)
    updateContact(account.at(2000), '1', { email: 'roe@example.com', phone: '+1' })
    const late = upsertContact(account.at(2100), 'email=jane%2Bvip%40example.com', { title: 'CEO' })
    expect(contactOf(late)).toMatchObject({ id: 1, email: 'roe@example.com', phone: '+1', title: 'CEO' })
  })

  it('is the one in force when the write happened', () => {
    const account = createAccount()
    createContact(account.at(0, { indexLagMs: 1000 }), jane)
    createContact(account.at(10, { indexLagMs: 0 }), { last_name: 'Roe' })
    expect(account.list('', 10)).toEqual(['Roe'])
    expect(account.list('', 1000)).toEqual(['Doe', 'Roe'])
  })
})
