import { describe, expect, it } from '@jest/globals'

import { deleteContact, getContact, updateContact } from '../../../sandbox/zendesk-sell/contacts.ts'
import { briefly, contactOf, createAccount } from './account.ts'

const jane = { first_name: 'Jane', last_name: 'Doe', email: 'jane+vip@example.com' }

describe('creating', () => {
  it('gives a full contact with every documented attribute', () => {
    const contact = createAccount().create({ ...jane, custom_fields: { VIP: 'realized' } })
    expect(contact).toEqual({
      id: 1,
      creator_id: 1,
      owner_id: 1,
      is_organization: false,
      contact_id: null,
      parent_organization_id: null,
      name: 'Jane Doe',
      first_name: 'Jane',
      last_name: 'Doe',
      customer_status: 'none',
      prospect_status: 'none',
      title: null,
      description: null,
      industry: null,
      website: null,
      email: 'jane+vip@example.com',
      phone: null,
      mobile: null,
      fax: null,
      twitter: null,
      facebook: null,
      linkedin: null,
      skype: null,
      address: null,
      billing_address: null,
      shipping_address: null,
      tags: [],
      custom_fields: { VIP: 'realized' },
      created_at: '2026-11-22T12:00:00Z',
      updated_at: '2026-11-22T12:00:00Z',
    })
  })

  it('the same e-mail twice gives two contacts', () => {
    const account = createAccount()
    expect([account.create(jane).id, account.create(jane).id]).toEqual([1, 2])
  })

  it.each([
    ['a person without first name', { last_name: 'Doe' }, 'Doe'],
    ['a person that sends a name', { ...jane, name: 'Someone Else' }, 'Jane Doe'],
    ['an organisation', { is_organization: true, name: 'Ltd', last_name: 'ignored' }, 'Ltd'],
  ])('derives the name of %s', (_name, input, name) => {
    expect(createAccount().create(input).name).toBe(name)
  })

  it.each([
    [{}, null],
    [{ customer_status: 'current' }, 'Leeds'],
    [{ prospect_status: 'lost' }, 'Leeds'],
  ])('with %j keeps a billing address for customers and prospects only', (status, city) => {
    const contact = createAccount().create({ ...jane, ...status, billing_address: { city: 'Leeds' } })
    expect(contact.billing_address?.city ?? null).toBe(city)
  })
})

describe('updating', () => {
  const full = {
    ...jane,
    phone: '+1',
    tags: ['a', 'b'],
    address: { line1: '1 High Street', city: 'Leeds' },
    custom_fields: { VIP: 'realized', Products: ['Pay', 'Forms'], Score: 1 },
  }
  const update = (input: Readonly<Record<string, unknown>>, switches = {}) => {
    const account = createAccount(switches)
    account.create(full)
    return contactOf(updateContact(account.at(5000), '1', input))
  }

  it('changes what is sent and nothing else', () => {
    const before = createAccount().create(full)
    expect(update({ phone: '+2' })).toEqual({ ...before, phone: '+2', updated_at: '2026-11-22T12:00:05Z' })
  })

  it.each([
    ['tags are replaced', { tags: ['c'] }, { tags: ['c'] }],
    ['null clears a text', { phone: null }, { phone: null }],
    ['the name follows its parts', { first_name: 'Joan' }, { name: 'Joan Doe' }],
    [
      'custom fields merge per key, a choice list is replaced',
      { custom_fields: { Products: ['Notify'], Member: true } },
      { custom_fields: { VIP: 'realized', Products: ['Notify'], Score: '1', Member: true } },
    ],
    [
      'null clears a custom field of any type',
      { custom_fields: { Products: null, Score: null } },
      { custom_fields: { VIP: 'realized' } },
    ],
    ['null clears an address', { address: null }, { address: null }],
  ])('%s', (_name, input, expected) => {
    expect(update(input)).toMatchObject(expected)
    expect(update(input).custom_fields).toEqual(
      'custom_fields' in expected ? expected.custom_fields : update({}).custom_fields,
    )
  })

  it.each([
    ['merge', { line1: '1 High Street', city: 'Leeds', state: 'CA', postal_code: null, country: null }],
    ['replace', { line1: null, city: null, state: 'CA', postal_code: null, country: null }],
  ] as const)('addressMerge=%s: a part of an address', (addressMerge, address) => {
    expect(update({ address: { state: 'CA' } }, { addressMerge }).address).toEqual(address)
  })

  it.each(['0', '2', 'abc', '1e0', '01x', '999999999999999999'])('id %s is not found', (id) => {
    const account = createAccount()
    account.create(full)
    for (const operation of [getContact, deleteContact]) {
      expect(briefly(operation(account.at(0), id))).toBe('404 not_found')
    }
    expect(briefly(updateContact(account.at(0), id, {}))).toBe('404 not_found')
  })

  it('a refused update changes nothing', () => {
    const account = createAccount()
    const before = account.create(full)
    updateContact(account.at(9000), '1', { phone: '+3', foo: 1 })
    expect(contactOf(getContact(account.at(9000), '1'))).toBe(before)
  })
})

describe('deleting', () => {
  it('removes the contact from get, list and upsert at once, and a second time is not found', () => {
    const account = createAccount({ indexLagMs: 1000 })
    account.create(jane)
    expect(deleteContact(account.at(5000), '1')).toEqual({ kind: 'deleted' })
    expect(account.list('', 5000)).toEqual([])
    expect(briefly(deleteContact(account.at(5000), '1'))).toBe('404 not_found')
    expect(contactOf(account.upsert('last_name=Doe', jane, 5000)).id).toBe(2)
  })
})
