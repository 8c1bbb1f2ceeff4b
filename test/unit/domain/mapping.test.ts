import { describe, expect, it } from '@jest/globals'
import type { Json } from '../../../src/domain/json.ts'
import type { Misfit } from '../../../src/domain/custom-field-value.ts'
import {
  createMapper,
  type FieldMapping,
  type MappedFields,
  type Transform,
} from '../../../src/domain/mapping.ts'

function row(target: string, source: string | null, ...transforms: Transform[]): FieldMapping {
  return { target, source, transforms }
}

function formatPhone(text: string, country: string | null): string | undefined {
  return /\d/.test(text) ? `+${country ?? ''}:${text}` : undefined
}

function mapOne(value: Json | undefined, target: string, ...transforms: Transform[]): MappedFields {
  return createMapper([row(target, 'v', ...transforms)], formatPhone)(value === undefined ? {} : { v: value })
}

function mapped(value: Json | undefined, ...transforms: Transform[]): unknown {
  const { fields, unusable } = mapOne(value, 'custom_fields.x', ...transforms)
  return unusable.length > 0 ? 'unusable' : fields['custom_fields.x']
}

const trim: Transform = { type: 'trim' }
const lowercase: Transform = { type: 'lowercase' }
const uppercase: Transform = { type: 'uppercase' }
const date: Transform = { type: 'date' }
const e164: Transform = { type: 'e164', country: 'DE' }
const join: Transform = { type: 'join', separator: '; ' }
const constant: Transform = { type: 'constant', value: 'fixed' }
const orNone: Transform = { type: 'default', value: 'none' }

describe('a transform', () => {
  it.each<[string, Transform, Json | undefined, unknown]>([
    ['trim takes spaces off text', trim, '  a b\n', 'a b'],
    ['trim makes blank text absent', trim, '  ', undefined],
    ['trim leaves a number', trim, 5, 5],
    ['trim leaves a boolean', trim, false, false],
    ['trim leaves absence', trim, undefined, undefined],
    ['trim cannot help a list', trim, [' a '], 'unusable'],
    ['trim cannot help an object', trim, { a: ' a ' }, 'unusable'],

    ['lowercase lowers text', lowercase, 'VIP', 'vip'],
    ['lowercase leaves a number', lowercase, 5, 5],
    ['lowercase leaves a boolean', lowercase, true, true],
    ['lowercase leaves absence', lowercase, undefined, undefined],
    ['lowercase cannot help a list', lowercase, ['A'], 'unusable'],
    ['lowercase cannot help an object', lowercase, {}, 'unusable'],

    ['uppercase raises text', uppercase, 'vip', 'VIP'],
    ['uppercase leaves a number', uppercase, 5, 5],
    ['uppercase leaves absence', uppercase, undefined, undefined],
    ['uppercase cannot help an object', uppercase, { a: 'b' }, 'unusable'],

    ['date takes the day of a time', date, '2022-01-11T21:24:39Z', '2022-01-11'],
    ['date takes the UTC day', date, '2022-01-11T21:24:39-05:00', '2022-01-12'],
    ['date keeps a day', date, '1985-12-31', '1985-12-31'],
    ['date takes milliseconds', date, 1641936279000, '2022-01-11'],
    ['date takes seconds as text', date, '1641936279', '2022-01-11'],
    ['date makes a day that does not exist absent', date, '2022-02-30', 'unusable'],
    ['date makes other text absent', date, 'soon', 'unusable'],
    ['date makes a boolean absent', date, true, 'unusable'],
    ['date makes a list absent', date, ['2022-01-11'], 'unusable'],
    ['date makes an object absent', date, { day: 1 }, 'unusable'],
    ['date leaves absence', date, undefined, undefined],
    ['date makes a year of six digits absent', date, '9999-12-31T23:59:59-01:00', 'unusable'],
    ['date makes a year before 0 absent', date, '0000-01-01T00:00:00+01:00', 'unusable'],

    ['date leaves blank text, which is absent', date, ' ', undefined],

    ['e164 formats text', e164, '030 12', '+DE:030 12'],
    ['e164 formats a number', e164, 12, '+DE:12'],
    ['e164 cannot use what is no telephone number', e164, 'none', 'unusable'],
    ['e164 cannot help a list', e164, ['030'], 'unusable'],
    ['e164 leaves absence', e164, undefined, undefined],

    ['join writes a list as text', join, ['a', 1, true], 'a; 1; true'],
    ['join leaves objects and lists of a list out', join, ['a', { b: 1 }, ['c'], 'd'], 'a; d'],
    ['join makes an empty list absent', join, [], undefined],
    ['join makes a list of objects absent', join, [{ a: 1 }], undefined],
    ['join leaves text', join, 'a', 'a'],
    ['join leaves a number', join, 5, 5],
    ['join leaves absence', join, undefined, undefined],
    ['join cannot help an object', join, { a: 'b' }, 'unusable'],

    ['constant stands for absence', constant, undefined, 'fixed'],
    ['constant stands for any text', constant, 'a', 'fixed'],
    ['constant stands for an object', constant, {}, 'fixed'],

    ['default stands for absence', orNone, undefined, 'none'],
    ['default stands for empty text', orNone, '', 'none'],
    ['default stands for blank text', orNone, ' \t', 'none'],
    ['default leaves text', orNone, 'a', 'a'],
    ['default leaves zero', orNone, 0, 0],
    ['default leaves false', orNone, false, false],
    ['default cannot help an object', orNone, {}, 'unusable'],
  ])('%s', (_claim, transform, value, expected) => {
    expect(mapped(value, transform)).toStrictEqual(expected)
  })

  it('works on what the one before it made', () => {
    expect(mapped(' VIP ', trim, lowercase)).toBe('vip')
    expect(mapped('soon', date, orNone)).toBe('none')
    expect(mapped('soon', orNone, date)).toBe('unusable')
    expect(mapped(['B', 'A'], join, lowercase)).toBe('b; a')
  })

  it.each<[Transform, string]>([
    [trim, 'a B; C; 1'],
    [lowercase, ' a b; c ; 1'],
    [uppercase, ' A B; C ; 1'],
  ])('%j changes each text of a list and nothing else of it', (transform, expected) => {
    expect(mapped([' a B', 'C ', 1, { a: 'x' }], transform, join)).toBe(expected)
  })
})

describe('a mapped field', () => {
  it.each<[string, string, Json, unknown]>([
    ['a number as text in an attribute', 'phone', 49301234, '49301234'],
    ['a boolean as text in an attribute', 'title', false, 'false'],
    ['a number itself in a custom field', 'custom_fields.Score', 7.5, 7.5],
    ['a boolean itself in a custom field', 'custom_fields.Opted in', false, false],
    ['zero in a custom field', 'custom_fields.Score', 0, 0],
    ['text untrimmed, for no transform says otherwise', 'first_name', ' a ', ' a '],
    ['a name with dots', 'custom_fields.a.b;c', 'x', 'x'],
    ['a part of an address', 'billing_address.city', 'Bonn', 'Bonn'],
  ])('holds %s', (_claim, target, value, expected) => {
    expect(mapOne(value, target)).toStrictEqual({ fields: { [target]: expected }, unusable: [] })
  })

  it.each<[Json | undefined]>([[undefined], [''], ['   '], ['\u00a0']])(
    'without a value (%j) is left out, so that Sell keeps what it has',
    (value) => {
      expect(mapOne(value, 'last_name')).toStrictEqual({ fields: {}, unusable: [] })
      expect(mapOne(value, 'custom_fields.x')).toStrictEqual({ fields: {}, unusable: [] })
      expect(mapOne(value, 'customer_status')).toStrictEqual({ fields: {}, unusable: [] })
    },
  )

  it.each<[string, Json, Misfit]>([
    ['last_name', ['Doe'], 'no_text'],
    ['last_name', { value: 'Doe' }, 'no_text'],
    ['custom_fields.x', [], 'no_text'],
    ['custom_fields.x', {}, 'no_text'],
    ['customer_status', 'Current', 'no_choice'],
    ['customer_status', 'lost', 'no_choice'],
    ['prospect_status', 'past', 'no_choice'],
    ['prospect_status', true, 'no_choice'],
    ['customer_status', 'constructor', 'no_choice'],
    ['owner_id', 'Jane', 'no_id'],
    ['owner_id', 0, 'no_id'],
    ['owner_id', -1, 'no_id'],
    ['owner_id', 1.5, 'no_id'],
    ['contact_id', '9007199254740993', 'no_id'],
    ['contact_id', true, 'no_id'],
    ['contact_id', [1], 'no_text'],
  ])('%s cannot hold %j: it is named as unusable, and %s says why', (target, value, misfit) => {
    expect(mapOne(value, target)).toStrictEqual({ fields: {}, unusable: [{ target, misfit }] })
  })

  it.each<[string, Json, number]>([
    ['owner_id', 12, 12],
    ['owner_id', ' 12 ', 12],
    ['contact_id', '9007199254740991', 9007199254740991],
  ])('%s holds %j as the number %d', (target, value, expected) => {
    expect(mapOne(value, target)).toStrictEqual({ fields: { [target]: expected }, unusable: [] })
  })

  it.each([
    ['customer_status', ['none', 'current', 'past']],
    ['prospect_status', ['none', 'current', 'lost']],
  ])('%s holds the values that Sell has: %j', (target, values) => {
    for (const value of values) expect(mapOne(value, target).fields).toStrictEqual({ [target]: value })
  })
})

describe('a mapper', () => {
  it('maps every row of one profile, naming the unusable ones and keeping the others', () => {
    const map = createMapper([
      row('last_name', 'person.name.lastName', trim),
      row('first_name', 'person.name.firstName'),
      row('phone', 'phones[0].number'),
      row('custom_fields.Source', null, constant),
      row('title', 'person'),
      row('customer_status', 'status', lowercase),
    ])
    const profile = { person: { name: { lastName: ' Doe ' } }, phones: [{ number: '+1' }], status: 'CURRENT' }
    expect(map(profile)).toStrictEqual({
      fields: { last_name: 'Doe', phone: '+1', 'custom_fields.Source': 'fixed', customer_status: 'current' },
      unusable: [{ target: 'title', misfit: 'no_text' }],
    })
  })

  it('names what date and e164 cannot read, by its reason, unless a default replaces it', () => {
    const map = createMapper(
      [row('title', 'v', date), row('phone', 'v', e164), row('fax', 'v', e164, orNone)],
      formatPhone,
    )
    expect(map({ v: 'soon' })).toStrictEqual({
      fields: { fax: 'none' },
      unusable: [
        { target: 'title', misfit: 'no_date' },
        { target: 'phone', misfit: 'no_phone' },
      ],
    })
  })

  it('is not made with e164 and nothing that formats', () => {
    expect(() => createMapper([row('phone', 'v', e164)])).toThrow('needs to format phones')
  })

  it('keeps nothing of one profile for the next', () => {
    const map = createMapper([row('last_name', 'v'), row('title', 'w')])
    map({ v: 'Doe', w: {} })
    expect(map({})).toStrictEqual({ fields: {}, unusable: [] })
  })

  it.each(['__proto__.x', 'a.constructor', '', 'a[x]'])(
    'refuses to be made with the source %j, quoting it',
    (source) => {
      expect(() => createMapper([row('last_name', source)])).toThrow(`mapping source "${source}"`)
    },
  )
})
