import { describe, expect, it } from '@jest/globals'
import {
  addressOf,
  closedValues,
  customFieldName,
  mappableFields,
  unmappableFields,
} from '../../../src/domain/sell-fields.ts'

describe('the fields of a Sell contact', () => {
  it('are mappable or have a reason why not, never both', () => {
    // The contact attributes of Sell's reference and SDKs; addresses are mapped by part.
    const attributes = [
      'id',
      'creator_id',
      'created_at',
      'updated_at',
      'owner_id',
      'is_organization',
      'contact_id',
      'parent_organization_id',
      'name',
      'first_name',
      'last_name',
      'customer_status',
      'prospect_status',
      'title',
      'description',
      'industry',
      'website',
      'email',
      'phone',
      'mobile',
      'fax',
      'twitter',
      'facebook',
      'linkedin',
      'skype',
      'address',
      'billing_address',
      'shipping_address',
      'tags',
      'custom_fields',
    ]
    for (const attribute of attributes) {
      expect([attribute, mappableFields.includes(attribute)]).toStrictEqual([
        attribute,
        !Object.hasOwn(unmappableFields, attribute),
      ])
    }
  })

  it('have addresses in five parts each', () => {
    expect(mappableFields.filter((field) => addressOf(field) !== undefined)).toHaveLength(15)
    expect(mappableFields).toContain('shipping_address.postal_code')
  })

  it('name each field once, closed ones included', () => {
    expect(new Set(mappableFields).size).toBe(mappableFields.length)
    expect(mappableFields).toStrictEqual(expect.arrayContaining(Object.keys(closedValues)))
  })
})

describe('a field name', () => {
  it.each([
    ['address.city', 'address'],
    ['billing_address.city', 'billing_address'],
    ['shipping_address.line1', 'shipping_address'],
    ['address', undefined],
    ['addressee.city', undefined],
    ['city', undefined],
    ['custom_fields.address.city', undefined],
  ])('%s is part of the address %s', (field, address) => {
    expect(addressOf(field)).toBe(address)
  })

  it.each([
    ['custom_fields.VIP status', 'VIP status'],
    ['custom_fields.a.b', 'a.b'],
    ['custom_fields.custom_fields.x', 'custom_fields.x'],
    ['custom_fields.__proto__', '__proto__'],
    ['custom_fields', undefined],
    ['last_name', undefined],
    ['my_custom_fields.x', undefined],
  ])('%s stands for the custom field %s', (field, name) => {
    expect(customFieldName(field)).toBe(name)
  })
})
