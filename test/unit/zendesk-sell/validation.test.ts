import { describe, expect, it } from '@jest/globals'

import { createContact, updateContact } from '../../../sandbox/zendesk-sell/contacts.ts'
import type { SellSwitches } from '../../../sandbox/zendesk-sell/switches.ts'
import { briefly, contactOf, createAccount, refusalOf } from './account.ts'

const person = { last_name: 'Doe' }
const long = 'x'.repeat(256)

function creating(input: Readonly<Record<string, unknown>>, switches: Partial<SellSwitches> = {}) {
  return createContact(createAccount(switches).at(0), input)
}

function updating(input: Readonly<Record<string, unknown>>, switches: Partial<SellSwitches> = {}) {
  const account = createAccount(switches)
  const { id } = account.create(person)
  return updateContact(account.at(1), String(id), input)
}

describe('a record is refused', () => {
  it.each([
    ['an unknown attribute', { ...person, invalid_field: 1 }, '422 unknown /invalid_field'],
    ['a slash in a name, escaped', { ...person, 'a/b~c': 1 }, '422 unknown /a~1b~0c'],
    ['id', { ...person, id: 7 }, '422 unknown /id'],
    ['creator_id', { ...person, creator_id: 7 }, '422 unknown /creator_id'],
    ['created_at', { ...person, created_at: '2014-08-27T16:32:56Z' }, '422 unknown /created_at'],
    ['updated_at', { ...person, updated_at: '2014-08-27T16:32:56Z' }, '422 unknown /updated_at'],
    ['a number as text', { ...person, email: 5 }, '422 invalid_type /email'],
    ['a number as last_name', { last_name: 5 }, '422 invalid_type /last_name'],
    ['a text as owner', { ...person, owner_id: '1' }, '422 invalid_type /owner_id'],
    ['no owner', { ...person, owner_id: null }, '422 invalid_type /owner_id'],
    ['a broken contact_id', { ...person, contact_id: 1.5 }, '422 invalid_type /contact_id'],
    ['a text as kind', { ...person, is_organization: 'false' }, '422 invalid_type /is_organization'],
    [
      'a parent organisation of a person',
      { ...person, parent_organization_id: 1 },
      '422 incorrect_value /parent_organization_id',
    ],
    [
      'an organisation of an organisation',
      { is_organization: true, name: 'Ltd', contact_id: 1 },
      '422 incorrect_value /contact_id',
    ],
    ['customer_status', { ...person, customer_status: 'lost' }, '422 incorrect_value /customer_status'],
    ['prospect_status', { ...person, prospect_status: 'past' }, '422 incorrect_value /prospect_status'],
    ['a status of null', { ...person, prospect_status: null }, '422 invalid_type /prospect_status'],
    ['tags as text', { ...person, tags: 'a,b' }, '422 invalid_type /tags'],
    ['a tag that is no text', { ...person, tags: ['a', 1] }, '422 invalid_type /tags/1'],
    ['an address as text', { ...person, address: 'x' }, '422 invalid_type /address'],
    ['a part no address has', { ...person, address: { street: 'x' } }, '422 unknown /address/street'],
    [
      'a part of a wrong type',
      { ...person, billing_address: { city: 1 } },
      '422 invalid_type /billing_address/city',
    ],
    ['custom fields as list', { ...person, custom_fields: [] }, '422 invalid_type /custom_fields'],
    ['no last_name', {}, '422 missing /last_name'],
    ['last_name null', { last_name: null }, '422 missing /last_name'],
    ['last_name of blanks', { last_name: ' \t' }, '422 missing /last_name'],
    ['an organisation without name', { is_organization: true, last_name: 'Doe' }, '422 missing /name'],
  ])('with %s', (_name, input, brief) => {
    expect(briefly(creating(input))).toBe(brief)
  })

  it('for everything that is wrong with it at once', () => {
    const outcome = creating({ foo: 1, email: 1, tags: [1, 'a', 2], custom_fields: { Nope: 1, Churn: 'x' } })
    expect(briefly(outcome)).toBe(
      '422 unknown /foo, invalid_type /email, invalid_type /tags/0, invalid_type /tags/2, ' +
        'unknown /custom_fields/Nope, incorrect_value /custom_fields/Churn, missing /last_name',
    )
  })

  it.each([
    ['blanking last_name', { last_name: '' }, '422 missing /last_name'],
    ['clearing last_name', { last_name: null }, '422 missing /last_name'],
    ['making an organisation of it', { is_organization: true }, '422 incorrect_value /is_organization'],
    ['an unknown attribute', { foo: 1 }, '422 unknown /foo'],
  ])('when it is an update %s', (_name, input, brief) => {
    expect(briefly(updating(input))).toBe(brief)
  })

  it('with exactly one error when data is empty', () => {
    expect(refusalOf(creating({})).errors).toHaveLength(1)
  })
})

describe('a record is accepted', () => {
  it.each([
    ['nothing but a last name', person],
    ['no e-mail and any text as one', { ...person, email: 'not an address' }],
    ['an organisation with a name alone', { is_organization: true, name: 'Design Services Company' }],
    ['null in optional attributes', { ...person, email: null, contact_id: null, address: null }],
    ['a person with an organisation', { ...person, contact_id: 3 }],
    ['an address in parts', { ...person, address: { state: 'CA', city: null } }],
    ['a text of any length', { ...person, title: long }],
  ])('with %s', (_name, input) => {
    expect(creating(input)).toMatchObject({ kind: 'contact', status: 200, written: 'created' })
  })

  it('as an update without last_name, and with is_organization repeated', () => {
    expect(updating({ email: 'a@example.com', is_organization: false })).toMatchObject({ kind: 'contact' })
  })

  it('with tags each once', () => {
    expect(contactOf(creating({ ...person, tags: ['b', 'a', 'b'] })).tags).toEqual(['b', 'a'])
  })
})

describe('the switch', () => {
  it.each([
    ['missing', {}, '422 missing /last_name'],
    ['blank', {}, '422 blank /last_name'],
    ['blank', { last_name: '' }, '422 blank /last_name'],
    ['blank', { is_organization: true }, '422 blank /name'],
  ] as const)('blankCode=%s decides the code of a required attribute (%j)', (blankCode, input, brief) => {
    expect(briefly(creating(input, { blankCode }))).toBe(brief)
  })

  it.each([
    ['short', '/invalid_field'],
    ['data', '/data/invalid_field'],
  ] as const)('pointerPrefix=%s points at %s, in the details too', (pointerPrefix, field) => {
    const { errors } = refusalOf(creating({ ...person, invalid_field: 1 }, { pointerPrefix }))
    expect(errors).toEqual([
      {
        resource: 'contact',
        field,
        code: 'unknown',
        message: 'unknown attribute',
        details: `The attribute '${field}' is not a known attribute for the 'contact' resource.`,
      },
    ])
  })

  it.each([
    ['title', { ...person, title: long }, '422 incorrect_value /title'],
    ['a tag', { ...person, tags: [long] }, '422 incorrect_value /tags/0'],
    ['a part of an address', { ...person, address: { city: long } }, '422 incorrect_value /address/city'],
    [
      'a single-line field',
      { ...person, custom_fields: { VIP: long } },
      '422 incorrect_value /custom_fields/VIP',
    ],
  ])('maxLengths=on refuses 256 characters in %s', (_name, input, brief) => {
    expect(creating(input, { maxLengths: 'off' })).toMatchObject({ kind: 'contact' })
    expect(briefly(creating(input, { maxLengths: 'on' }))).toBe(brief)
  })

  it('maxLengths=on counts characters, not code units, and leaves prose alone', () => {
    const input = {
      ...person,
      title: '\u{1F600}'.repeat(255),
      description: long,
      custom_fields: { Notes: long },
    }
    expect(creating(input, { maxLengths: 'on' })).toMatchObject({ kind: 'contact' })
  })

  it.each([
    ['reject', '422 unknown /custom_fields/Nope'],
    ['ignore', undefined],
  ] as const)('unknownCustomField=%s', (unknownCustomField, brief) => {
    const outcome = creating(
      { ...person, custom_fields: { Nope: 'x', VIP: 'realized' } },
      { unknownCustomField },
    )
    const found = outcome.kind === 'refused' ? briefly(outcome) : undefined
    expect(found).toBe(brief)
    const kept = outcome.kind === 'contact' ? outcome.contact.custom_fields : undefined
    expect(kept).toEqual(brief === undefined ? { VIP: 'realized' } : undefined)
  })

  it.each([
    ['reject', 'Churn', 'maybe', '422 incorrect_value /custom_fields/Churn'],
    ['reject', 'Products', ['Notify', 'Nope'], '422 incorrect_value /custom_fields/Products/1'],
    ['accept', 'Churn', 'maybe', undefined],
    ['accept', 'Products', ['Notify', 'Nope'], undefined],
  ] as const)('dropdownUnknown=%s for %s = %j', (dropdownUnknown, name, value, brief) => {
    const outcome = creating({ ...person, custom_fields: { [name]: value } }, { dropdownUnknown })
    const found = outcome.kind === 'refused' ? briefly(outcome) : undefined
    expect(found).toBe(brief)
    const kept = outcome.kind === 'contact' ? outcome.contact.custom_fields[name] : undefined
    expect(kept).toEqual(brief === undefined ? value : undefined)
  })
})

describe('a custom field', () => {
  const address = { line1: null, city: 'Leeds', postal_code: null, state: null, country: null }

  it.each([
    ['VIP', 'realized', 'realized'],
    ['Notes', 'two\nlines', 'two\nlines'],
    ['Score', 12.5, '12.5'],
    ['Score', '-7', '-7'],
    ['Member', false, false],
    ['Since', '2024-02-29', '2024-02-29'],
    ['Seen', '2026-01-31T23:59:59Z', '2026-01-31T23:59:59Z'],
    ['Second e-mail', 'a@example.com', 'a@example.com'],
    ['Second phone', '+441134960000', '+441134960000'],
    ['Blog', 'https://example.com', 'https://example.com'],
    ['Branch', { city: 'Leeds' }, address],
    ['Churn', 'exited', 'exited'],
    ['Products', ['Pay', 'Notify'], ['Pay', 'Notify']],
    ['Products', [], []],
  ])('%s takes %j', (name, value, stored) => {
    expect(contactOf(creating({ ...person, custom_fields: { [name]: value } })).custom_fields).toEqual({
      [name]: stored,
    })
  })

  it.each([
    ['VIP', 1, 'invalid_type'],
    ['VIP', ['x'], 'invalid_type'],
    ['Score', true, 'invalid_type'],
    ['Score', '1e3', 'incorrect_value'],
    ['Member', 'true', 'invalid_type'],
    ['Since', 20240229, 'invalid_type'],
    ['Since', '2023-02-29', 'incorrect_value'],
    ['Since', '2024-2-9', 'incorrect_value'],
    ['Seen', '2026-01-31T24:00:00Z', 'incorrect_value'],
    ['Seen', '2026-01-31T10:00:00+01:00', 'incorrect_value'],
    ['Branch', 'Leeds', 'invalid_type'],
    ['Churn', 1, 'invalid_type'],
    ['Churn', 'Realized', 'incorrect_value'],
    ['Products', 'Pay', 'invalid_type'],
    ['vip', 'realized', 'unknown'],
    ['VIP ', 'realized', 'unknown'],
    ['Tax id', 'x', 'unknown'],
    ['__proto__', 'x', 'unknown'],
  ])('%s refuses %j with %s', (name, value, code) => {
    const custom_fields = Object.fromEntries([[name, value]])
    expect(briefly(creating({ ...person, custom_fields }))).toBe(`422 ${code} /custom_fields/${name}`)
  })

  it('for organisations is open to them alone', () => {
    const organisation = { is_organization: true, name: 'Ltd' }
    expect(creating({ ...organisation, custom_fields: { 'Tax id': 'x' } })).toMatchObject({ kind: 'contact' })
    expect(briefly(creating({ ...organisation, custom_fields: { VIP: 'x' } }))).toBe(
      '422 unknown /custom_fields/VIP',
    )
  })
})
