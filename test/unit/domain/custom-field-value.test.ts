import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { defineCustomFields } from '../../../sandbox/zendesk-sell/custom-fields.ts'
import { checkCustomFields } from '../../../sandbox/zendesk-sell/custom-values.ts'
import { initialSwitches } from '../../../sandbox/zendesk-sell/switches.ts'
import {
  type CustomFieldType,
  customFieldTypes,
  fitCustomField,
  misfits,
} from '../../../src/domain/custom-field-value.ts'
import { type Json, toJson } from '../../../src/domain/json.ts'

/** The value that is written, `undefined` for nothing, or the misfit in a list of its own. */
function fit(type: CustomFieldType, value: Json | undefined, choices?: readonly string[]): unknown {
  const fitted = fitCustomField(type, value, choices)
  if (fitted.type === 'misfit') return { misfit: fitted.misfit }
  return fitted.type === 'value' ? fitted.value : undefined
}

const misfit = (reason: string): unknown => ({ misfit: reason })

describe('a value for a custom field', () => {
  it.each<[CustomFieldType, Json, unknown]>([
    ['string', 'a', 'a'],
    ['string', 7, '7'],
    ['string', false, 'false'],
    ['text', 'two\nlines', 'two\nlines'],
    ['string', ['a'], misfit('no_text')],
    ['text', { a: 'b' }, misfit('no_text')],

    ['number', 7.5, 7.5],
    ['number', 0, 0],
    ['number', ' 12.50 ', 12.5],
    ['number', '-3', -3],
    ['number', '+3', 3],
    ['number', '0.000000000000001', 0.000000000000001],
    ['number', '123456789012345', 123456789012345],
    ['number', '9007199254740993', misfit('no_number')],
    ['number', '1e3', misfit('no_number')],
    ['number', '0x10', misfit('no_number')],
    ['number', '1,5', misfit('no_number')],
    ['number', 'Infinity', misfit('no_number')],
    ['number', true, misfit('no_number')],
    ['number', [1], misfit('no_number')],
    ['number', '9'.repeat(400), misfit('no_number')],

    ['bool', true, true],
    ['bool', false, false],
    ['bool', 'Yes', true],
    ['bool', ' n ', false],
    ['bool', 1, true],
    ['bool', '0', false],
    ['bool', 2, misfit('no_boolean')],
    ['bool', 'pending', misfit('no_boolean')],
    ['bool', 'constructor', misfit('no_boolean')],
    ['bool', [true], misfit('no_boolean')],

    ['date', '2022-01-11T21:24:39-05:00', '2022-01-12'],
    ['date', 1641936279000, '2022-01-11'],
    ['date', '2022-02-30', misfit('no_date')],
    ['date', '0000-01-01T00:00:00+01:00', misfit('no_date')],
    ['date', true, misfit('no_date')],
    ['datetime', '2022-01-11T21:24:39.987-05:00', '2022-01-12T02:24:39Z'],
    ['datetime', '2022-01-11', '2022-01-11T00:00:00Z'],
    ['datetime', 1641936279, '2022-01-11T21:24:39Z'],
    ['datetime', 'soon', misfit('no_date')],
    ['datetime', '9999-12-31T23:59:59-01:00', misfit('no_date')],

    ['list', 'gold', 'gold'],
    ['list', 3, '3'],
    ['list', ['gold'], misfit('no_text')],

    ['multi_select_list', ['a', 'b'], ['a', 'b']],
    ['multi_select_list', ['b', 'a', 'b'], ['b', 'a']],
    ['multi_select_list', [' a ', '', 1], ['a', '1']],
    ['multi_select_list', 'a', ['a']],
    ['multi_select_list', [['a']], misfit('no_list')],
    ['multi_select_list', ['a', { b: 1 }], misfit('no_list')],
    ['multi_select_list', { a: 'b' }, misfit('no_list')],

    ['address', { street1: 'Main St 1', city: ' Bonn ', postalCode: 53111, countryCode: 'DE' },
      { line1: 'Main St 1', city: 'Bonn', postal_code: '53111', country: 'DE' }],
    ['address', { country: 'Germany', 'xdm:stateProvince': 'NW', line1: 'a', 'xdm:street1': 'b' },
      { line1: 'a', state: 'NW', country: 'Germany' }],
    ['address', { city: 'Bonn', region: 'x' }, { city: 'Bonn' }],
    ['address', { city: ['Bonn'] }, misfit('no_address')],
    ['address', { street: 'Main St 1' }, misfit('no_address')],
    ['address', { city: ' ' }, misfit('no_address')],
    ['address', 'Bonn', misfit('no_address')],
    ['address', ['Bonn'], misfit('no_address')],

    ['phone', '+49 (30) 1234-5', '+49 (30) 1234-5'],
    ['phone', '030/1234 ext. 12', '030/1234 ext. 12'],
    ['phone', 49301234, '49301234'],
    ['phone', 'call me', misfit('no_phone')],
    ['phone', '12', misfit('no_phone')],
    ['phone', '+'.padEnd(60, '1'), misfit('no_phone')],
    ['phone', {}, misfit('no_phone')],

    ['email', 'Jane@Example.com', 'Jane@Example.com'],
    ['email', ' jane@example.com\n', 'jane@example.com'],
    ['phone', ' 030 1234 ', '030 1234'],
    ['url', ' example.com ', 'example.com'],
    ['email', 'jane', misfit('no_email')],
    ['email', ['jane@example.com'], misfit('no_email')],

    ['url', 'https://example.com:8080/a?b=c#d', 'https://example.com:8080/a?b=c#d'],
    ['url', 'www.example.com/a', 'www.example.com/a'],
    ['url', 'javascript:alert(1)', misfit('no_url')],
    ['url', 'javascript://example.com/%0aalert(1)', misfit('no_url')],
    ['url', 'data:text/html,a.b', misfit('no_url')],
    ['url', 'https://user@example.com', misfit('no_url')],
    ['url', 'two words.com', misfit('no_url')],
    ['url', 'none', misfit('no_url')],
  ])('of the type %s, %j becomes %j', (type, value, expected) => {
    expect(fit(type, value)).toStrictEqual(expected)
  }) // prettier-ignore

  it('that is an address has its parts in one order, whatever the order in the profile', () => {
    const parts = { country: 'DE', city: 'Bonn', line1: 'Main St 1', state: 'NW', postal_code: '53111' }
    expect(Object.keys(fit('address', parts) as object)).toStrictEqual([
      'line1',
      'city',
      'postal_code',
      'state',
      'country',
    ])
  })

  it.each<[CustomFieldType, Json | undefined]>([
    ...customFieldTypes.flatMap((type): [CustomFieldType, Json | undefined][] => [
      [type, undefined],
      [type, ''],
      [type, ' \t'],
    ]),
    ['multi_select_list', []],
    ['multi_select_list', ['', ' ']],
    ['address', {}],
  ])('of the type %s, %j is nothing to write', (type, value) => {
    expect(fitCustomField(type, value)).toStrictEqual({ type: 'nothing' })
  })

  it.each<[CustomFieldType, Json, unknown]>([
    ['list', 'gold', 'gold'],
    ['list', ' gold ', 'gold'],
    ['list', 'Gold', misfit('no_choice')],
    ['list', 'toString', misfit('no_choice')],
    ['multi_select_list', ['vip', 'gold'], ['vip', 'gold']],
    ['multi_select_list', ['gold', 'new'], misfit('no_choice')],
    ['multi_select_list', 'new', misfit('no_choice')],
    ['string', 'new', 'new'],
  ])('of the type %s with choices, %j becomes %j', (type, value, expected) => {
    expect(fit(type, value, ['gold', 'vip'])).toStrictEqual(expected)
  })

  it('is one that a strict Sell takes for the type, whatever the profile holds', () => {
    const choices = ['x', 'y']
    const some = fc.oneof(
      fc.jsonValue().map(toJson),
      fc.constantFrom<Json>(
        'x',
        ['y', 'x'],
        1,
        '-0',
        '00.5',
        1e21,
        'yes',
        '2026-01-31',
        1641936279000,
        '+1 234',
      ),
      fc.record(
        { street1: fc.string(), city: fc.string(), country: fc.integer() },
        { noNullPrototype: true },
      ),
    )
    let written = 0
    fc.assert(
      fc.property(fc.constantFrom(...customFieldTypes), some, (type, one) => {
        const fitted = fitCustomField(type, one, choices)
        if (fitted.type !== 'value') return
        written += 1
        const fields = defineCustomFields([
          { name: 'F', type, ...(type.endsWith('list') ? { choices } : {}) },
        ])
        if (!fields.ok) throw new Error(fields.problems.join())
        const sent: unknown = JSON.parse(JSON.stringify({ F: fitted.value }))
        expect(checkCustomFields(sent, fields.fields, false, initialSwitches)).toMatchObject({ ok: true })
      }),
      { numRuns: 2000 },
    )
    expect(written).toBeGreaterThan(100)
  })

  it('never throws and has one of three results, whatever the type and the value', () => {
    const value = fc.jsonValue().map(toJson)
    fc.assert(
      fc.property(fc.constantFrom(...customFieldTypes), value, (type, one) => {
        const fitted = fitCustomField(type, one)
        const content =
          fitted.type === 'value' ? fitted.value : fitted.type === 'misfit' ? fitted.misfit : 'x'
        expect(JSON.stringify(content)).not.toMatch(/^(null|\[\]|\{\}|"\s*")$/)
        expect(fitted.type !== 'misfit' || misfits.includes(fitted.misfit)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
