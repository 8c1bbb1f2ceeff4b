import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { type FieldValues, mappableFields } from '../../../src/domain/sell-fields.ts'
import { requestOf } from '../../../src/zendesk/sell-request.ts'
import { updateOf, upsertOf } from './writes.ts'

function dataOf(fields: FieldValues): unknown {
  return (JSON.parse(requestOf(updateOf(fields)).body ?? '') as { data: unknown }).data
}

describe('the request of a write', () => {
  it('is, for an upsert, a POST filtered by e-mail and persons, with the e-mail in the record too', () => {
    expect(requestOf(upsertOf({ last_name: 'Doe', 'custom_fields.vip': 'realized' }))).toEqual({
      operation: 'upsert',
      method: 'POST',
      path: '/v2/contacts/upsert?email=jane%40example.com&is_organization=false',
      body: JSON.stringify({
        data: { last_name: 'Doe', custom_fields: { vip: 'realized' }, email: 'jane@example.com' },
        meta: { type: 'contact' },
      }),
    })
  })

  it('is, for an update, a PUT of the given fields alone', () => {
    expect(requestOf(updateOf({ title: 'CTO' }))).toEqual({
      operation: 'update',
      method: 'PUT',
      path: '/v2/contacts/42',
      body: '{"data":{"title":"CTO"},"meta":{"type":"contact"}}',
    })
  })

  it('has a list and an address of custom fields as they are, and what is cleared as null', () => {
    expect(
      dataOf({
        'custom_fields.Tags': ['a', 'b'],
        'custom_fields.Home': { line1: 'Main St 1', city: 'Bonn' },
        'custom_fields.Old': null,
        'address.city': null,
        owner_id: 7,
      }),
    ).toEqual({
      custom_fields: { Tags: ['a', 'b'], Home: { line1: 'Main St 1', city: 'Bonn' }, Old: null },
      address: { city: null },
      owner_id: 7,
    })
  })

  it.each([
    ['jane+vip@example.com', 'jane%2Bvip%40example.com'],
    ['a&is_organization=true@example.com', 'a%26is_organization%3Dtrue%40example.com'],
    ['a#b?c/d%2B@example.com', 'a%23b%3Fc%2Fd%252B%40example.com'],
    ['a b@example.com', 'a%20b%40example.com'],
    ['j\u00f6rg@example.com', 'j%C3%B6rg%40example.com'],
    ['\ud800@example.com', '%EF%BF%BD%40example.com'],
  ])('filters by %j as %s', (email, encoded) => {
    expect(requestOf(upsertOf({}, email)).path).toBe(
      `/v2/contacts/upsert?email=${encoded}&is_organization=false`,
    )
  })

  it('reads back as the same e-mail, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (email) => {
        const { path } = requestOf(upsertOf({}, email))
        expect(path).toMatch(/^[\x21-\x7e]+$/)
        expect(new URL(path, 'https://x').searchParams.get('email')).toBe(email)
      }),
    )
  })

  it('upserts the e-mail that it filters by, even if the mapping says another', () => {
    const { body } = requestOf(upsertOf({ email: 'other@example.com' }))
    expect(JSON.parse(body ?? '')).toMatchObject({ data: { email: 'jane@example.com' } })
  })

  it('nests the parts of each address', () => {
    expect(
      dataOf({ 'address.city': 'Oslo', 'billing_address.city': 'Bergen', 'address.postal_code': null }),
    ).toEqual({
      address: { city: 'Oslo', postal_code: null },
      billing_address: { city: 'Bergen' },
    })
  })

  it.each(['a.b.c', 'Field; with, punctuation', 'address.city', ' spaced ', 'constructor', '\u00d6', ''])(
    'takes the custom-field name %j whole',
    (name) => {
      expect(dataOf({ [`custom_fields.${name}`]: 1 })).toEqual({ custom_fields: { [name]: 1 } })
    },
  )

  it('sends a custom field called __proto__ like any other', () => {
    const { body } = requestOf(updateOf({ 'custom_fields.__proto__': 'realized' }))
    expect(body).toBe('{"data":{"custom_fields":{"__proto__":"realized"}},"meta":{"type":"contact"}}')
  })

  it('keeps every value of every field', () => {
    const name = fc.oneof(
      fc.constantFrom(...mappableFields),
      fc.string().map((text) => `custom_fields.${text}`),
    )
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
    fc.assert(
      fc.property(fc.dictionary(name, value), (fields) => {
        const nested = Object.entries(dataOf(fields) as object).flatMap(([group, member]) =>
          typeof member === 'object' && member !== null
            ? Object.entries(member as object).map(([part, inner]) => [`${group}.${part}`, inner as unknown])
            : [[group, member]],
        )
        expect(new Map(nested as [string, unknown][])).toEqual(new Map(Object.entries(fields)))
      }),
    )
  })
})
