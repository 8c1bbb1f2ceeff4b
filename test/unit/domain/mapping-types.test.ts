import { describe, expect, it } from '@jest/globals'
import { customFieldTypes } from '../../../src/domain/custom-field-value.ts'
import type { Json } from '../../../src/domain/json.ts'
import { createMapper, type FieldMapping } from '../../../src/domain/mapping.ts'

function row(target: string, source: string): FieldMapping {
  return { target, source, transforms: [] }
}

/** A value of each type that is written as it is. */
const samples = {
  string: 'gold',
  text: 'gold',
  number: 7,
  bool: true,
  date: '2026-01-31',
  datetime: '2026-01-31T09:30:00Z',
  list: 'gold',
  multi_select_list: ['gold'],
  address: { line1: 'Main St 1', city: 'Bonn' },
  phone: '+49 30 1234',
  email: 'jane@example.com',
  url: 'https://example.com/jane',
}

describe('a mapper', () => {
  it.each(customFieldTypes)('gives a custom field of the type %s what its type takes', (type) => {
    const map = createMapper([{ ...row('custom_fields.x', 'v'), type, choices: ['gold'] }])
    expect(map({ v: samples[type] })).toStrictEqual({
      fields: { 'custom_fields.x': samples[type] },
      unusable: [],
    })
  })

  it('takes no notice of a type where the field is none of the custom ones', () => {
    const map = createMapper([{ ...row('title', 'v'), type: 'number' }])
    expect(map({ v: 'Dr' })).toStrictEqual({ fields: { title: 'Dr' }, unusable: [] })
  })
})

describe('a field without a usable value', () => {
  const clear = (target: string): FieldMapping => ({ ...row(target, 'v'), whenNull: 'clear' })

  it.each<[string, Json]>([
    ['nothing', {}],
    ['blank text', { v: ' ' }],
    ['a value that the field cannot hold', { v: { a: 1 } }],
  ])('is cleared where the mapping says so: %s', (_claim, profile) => {
    expect(createMapper([clear('title')])(profile).fields).toStrictEqual({ title: null })
    expect(createMapper([clear('custom_fields.x')])(profile).fields).toStrictEqual({
      'custom_fields.x': null,
    })
    expect(createMapper([{ ...clear('title'), whenNull: 'keep' }])(profile).fields).toStrictEqual({})
    expect(createMapper([row('title', 'v')])(profile).fields).toStrictEqual({})
  })

  it('is counted where the value does not fit, cleared or not', () => {
    const unusable = [{ target: 'custom_fields.x', misfit: 'no_number' }]
    const typed: FieldMapping = { ...row('custom_fields.x', 'v'), type: 'number' }
    expect(createMapper([typed])({ v: 'soon' })).toStrictEqual({ fields: {}, unusable })
    expect(createMapper([{ ...typed, whenNull: 'clear' }])({ v: 'soon' })).toStrictEqual({
      fields: { 'custom_fields.x': null },
      unusable,
    })
  })

  it('is not cleared while there is a value, also one that reads as none', () => {
    for (const value of [0, false, 'null'])
      expect(createMapper([clear('custom_fields.x')])({ v: value }).fields).toStrictEqual({
        'custom_fields.x': value,
      })
  })
})
