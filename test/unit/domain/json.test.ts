import { Buffer } from 'node:buffer'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { canonicalJson, isJsonObject, type Json, ownMember, toJson } from '../../../src/domain/json.ts'

type Entries = (readonly [string, Json])[]

const hostileKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'length', '1', '0', '']
const key = fc.oneof(fc.constantFrom(...hostileKeys), fc.string({ maxLength: 3 }))
const leaf = fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean())

/** JSON values whose keys may be hostile; all keys are own properties. */
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value

/** The same value with the keys of every object inserted the other way round. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed)
  if (!isJsonObject(value)) return value
  const entries: Entries = Object.entries(value).map(([name, member]) => [name, reversed(member)])
  return Object.fromEntries(entries.reverse())
}

describe('the JSON of a decoded value', () => {
  it.each<[string, unknown, Json | undefined]>([
    ['text', 'a', 'a'],
    ['empty text', '', ''],
    ['false', false, false],
    ['zero', 0, 0],
    ['a fraction', -1.5, -1.5],
    ['a long as text, for it may not fit a number', 9007199254740993n, '9007199254740993'],
    ['null: absent', null, undefined],
    ['undefined: absent', undefined, undefined],
    ['NaN: absent', Number.NaN, undefined],
    ['infinity: absent', Number.NEGATIVE_INFINITY, undefined],
    ['a function: absent', () => 1, undefined],
    ['a symbol: absent', Symbol('s'), undefined],
    ['bytes as base64', Uint8Array.from([0, 255, 16]), 'AP8Q'],
    ['a buffer as base64', Buffer.from('hello'), 'aGVsbG8='],
    ['no bytes as empty text', Buffer.alloc(0), ''],
    ['a list without its nulls', [1, null, Number.NaN, 'x', [null]], [1, 'x', []]],
    ['a map without its nulls', { a: null, b: { c: undefined, d: 1n } }, { b: { d: '1' } }],
    ['an empty map', {}, {}],
  ])('takes %s', (_claim, value, expected) => {
    expect(toJson(value)).toStrictEqual(expected)
  })

  it('encodes any bytes as Node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(toJson(bytes)).toBe(Buffer.from(bytes).toString('base64'))
      }),
    )
  })

  it('keeps a key __proto__ as data and pollutes nothing', () => {
    const value = toJson(
      JSON.parse('{"__proto__": {"polluted": "yes"}, "a": {"__proto__": {"polluted": "yes"}}}'),
    )
    expect(isJsonObject(value)).toBe(true)
    const object = isJsonObject(value) ? value : {}
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
    expect(Object.hasOwn(object, '__proto__')).toBe(true)
    expect(object['polluted']).toBeUndefined()
    expect(ownMember(object, '__proto__')).toStrictEqual({ polluted: 'yes' })
    expect(JSON.stringify(object)).toBe(
      '{"__proto__":{"polluted":"yes"},"a":{"__proto__":{"polluted":"yes"}}}',
    )
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('of JSON is the JSON itself, hostile keys included', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(isDeepStrictEqual(toJson(value), value)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a member', () => {
  it.each([...hostileKeys, 'valueOf', 'hasOwnProperty', '__defineGetter__'])(
    '%j exists only as an own property',
    (name) => {
      expect(ownMember({}, name)).toBeUndefined()
      expect(ownMember(Object.fromEntries([[name, 'mine']]), name)).toBe('mine')
    },
  )

  it.each<[string, unknown, boolean]>([
    ['an object', {}, true],
    ['a list', [], false],
    ['null', null, false],
    ['undefined', undefined, false],
    ['text', 'a', false],
    ['a number', 1, false],
  ])('of %s can be asked for: isJsonObject', (_claim, value, expected) => {
    expect(isJsonObject(value)).toBe(expected)
  })
})

describe('canonical JSON', () => {
  it.each([
    ['{"b":1,"a":2}', '{"a":2,"b":1}'],
    ['{"a":[{"d":1,"c":{"f":1,"e":2}}]}', '{"a":[{"c":{"e":2,"f":1},"d":1}]}'],
    ['{"z":1,"__proto__":{"y":1,"x":2}}', '{"__proto__":{"x":2,"y":1},"z":1}'],
  ])('of %s is %s', (text, expected) => {
    expect(canonicalJson(JSON.parse(text))).toBe(expected)
  })

  it('does not depend on the order of keys at any depth', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
      }),
      { numRuns: 500 },
    )
  })

  it('keeps the order of lists, and everything else of the value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(isDeepStrictEqual(JSON.parse(canonicalJson(value)), value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it.each<[Json, Json]>([
    [
      [1, 2],
      [2, 1],
    ],
    [1, '1'],
    [true, 'true'],
    [{}, []],
    [{ a: { b: 1 } }, { a: { b: 2 } }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [JSON.parse('{"__proto__":1}') as Json, {}],
  ])('tells %j from %j', (a, b) => {
    expect(canonicalJson(a)).not.toBe(canonicalJson(b))
  })
})
