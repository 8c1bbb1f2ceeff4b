import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Json, toJson } from '../../../src/domain/json.ts'
import { compilePath, type Getter, xdmMember } from '../../../src/domain/path.ts'

function getter(path: string): Getter {
  const compiled = compilePath(path)
  if (compiled.type === 'invalid') throw new Error(`${path}: ${compiled.problem}`)
  return compiled.get
}

const profile =
  toJson({
    person: { name: { lastName: 'Doe' }, active: false, age: 0, note: '' },
    phones: [{ number: '+1' }, { number: '+2', tags: [['a', 'b']] }],
    'xdm:consents': { xdm_marketing: { 'xdm:val': 'y' } },
    'key with space': 1,
  }) ?? {}

const lists =
  toJson({
    emails: [
      { address: 'a@x.com', type: 'home', primary: false, rank: 1, tags: ['p', 'q'] },
      { address: 'b@x.com', 'xdm:primary': true, rank: 2, tags: ['r'] },
      { address: 'c@x.com', type: 'a.b', primary: true },
      { address: 'd@x.com', type: '[x].y' },
    ],
    tiers: ['gold', 'vip'],
    nested: [[1, 2], 'text', [3]],
    empty: [],
    person: { type: 'home' },
  }) ?? {}

describe('a path', () => {
  it.each<[string, Json | undefined]>([
    ['person.name.lastName', 'Doe'],
    ['person.active', false],
    ['person.age', 0],
    ['person.note', ''],
    ['phones[0].number', '+1'],
    ['phones[1].tags[0][1]', 'b'],
    ['key with space', 1],
    ['person.name', { lastName: 'Doe' }],
    ['consents.marketing.val', 'y'],
    ['xdm:consents.xdm:marketing.xdm:val', 'y'],
    ['xdm_consents.marketing.xdm_val', 'y'],
    ['xdm:person.xdm:name.xdm_lastName', 'Doe'],
    ['person.name.firstName', undefined],
    ['person.name.lastName.length', undefined],
    ['phones.length', undefined],
    ['phones.0', undefined],
    ['phones[2].number', undefined],
    ['phones[0][0]', undefined],
    ['person[0]', undefined],
    ['nothing.at.all', undefined],
  ])('%s reads %j', (path, expected) => {
    expect(getter(path)(profile)).toStrictEqual(expected)
  })

  it.each<[string, Json | undefined]>([
    ['emails[primary=true].address', 'b@x.com'],
    ['emails[type=home].address', 'a@x.com'],
    ['emails[xdm:type=home].address', 'a@x.com'],
    ['emails[type="home"].address', 'a@x.com'],
    ['emails[rank=2].address', 'b@x.com'],
    ['emails[type=a.b].address', 'c@x.com'],
    ['emails[type="[x].y"].address', 'd@x.com'],
    ['emails[type=none].address', undefined],
    ['emails[nothing=undefined].address', undefined],
    ['emails[toString=x].address', undefined],
    ['emails[tags=p].address', undefined],
    ['emails[0][primary=true]', undefined],
    ['tiers[type=home]', undefined],
    ['person[type=home]', undefined],
    ['emails[type=home].tags[1]', 'q'],
  ])('%s reads %j, of the first element whose member reads so', (path, expected) => {
    expect(getter(path)(lists)).toStrictEqual(expected)
  })

  it.each<[string, Json | undefined]>([
    ['tiers[*]', ['gold', 'vip']],
    ['emails[*].type', ['home', 'a.b', '[x].y']],
    ['emails[*].tags', [['p', 'q'], ['r']]],
    ['emails[*].tags[*]', ['p', 'q', 'r']],
    ['emails[*].tags[0]', ['p', 'r']],
    ['emails[type=home].tags[*]', ['p', 'q']],
    ['nested[*][*]', [1, 2, 3]],
    ['emails[*].nothing', []],
    ['empty[*]', []],
    ['person[*]', undefined],
    ['nothing[*]', undefined],
  ])('%s reads %j, of all that is there', (path, expected) => {
    expect(getter(path)(lists)).toStrictEqual(expected)
  })

  it.each([
    ['a.b', false],
    ['a[0]', false],
    ['a[b=*]', false],
    ['a[*]', true],
    ['a[b=c].d[*].e', true],
  ])('%s says whether it names many values: %s', (path, many) => {
    expect(compilePath(path)).toMatchObject({ type: 'path', many })
  })

  it('prefers the plain spelling, then xdm:, then xdm_', () => {
    expect(xdmMember({ xdm_a: 3, 'xdm:a': 2, a: 1 }, 'a')).toBe(1)
    expect(xdmMember({ xdm_a: 3, 'xdm:a': 2 }, 'a')).toBe(2)
    expect(xdmMember({ xdm_a: 3 }, 'a')).toBe(3)
    expect(xdmMember({ a: false, 'xdm:a': true }, 'a')).toBe(false)
    expect(xdmMember('text', 'length')).toBeUndefined()
    expect(xdmMember(['x'], '0')).toBeUndefined()
  })

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '[0]',
    'a[',
    'a[]',
    'a[-1]',
    'a[x]',
    'a[0]b',
    'a[1234567]',
    'a]',
    'a[=x]',
    'a[b=]',
    'a[b=""]',
    'a[b="x]',
    'a[b.c=x]',
    'a[**]',
    'a[b=x]c',
    '[*]',
    '[b=x].c',
    'xdm:',
    'a.xdm_',
  ])('%j is refused with the segment at fault', (path) => {
    expect(compilePath(path)).toStrictEqual({
      type: 'invalid',
      problem: expect.stringMatching(
        /^".*" is no path segment; write name, name\[0\], name\[member=value\] or name\[\*\]$/,
      ),
    })
  })
})

describe('a hostile path', () => {
  const hostile = fc.constantFrom('__proto__', 'constructor', 'prototype')
  const harmless = fc.array(fc.constantFrom('a', 'xdm:b', 'c[0]', 'proto', '__proto', 'Constructor'), {
    maxLength: 3,
  })
  const prefix = fc.constantFrom('', 'xdm:', 'xdm_')
  const suffix = fc.constantFrom('', '[0]', '[1][2]', '[*]', '[a=b]')

  it('is refused wherever the segment stands, however it is spelled', () => {
    fc.assert(
      fc.property(harmless, hostile, prefix, suffix, harmless, (before, name, prefixed, index, after) => {
        const path = [...before, prefixed + name + index, ...after].join('.')
        expect(compilePath(path)).toStrictEqual({
          type: 'invalid',
          problem: expect.stringContaining(name),
        })
        expect(compilePath([...before, ...after].join('.') || 'a').type).toBe('path')
      }),
      { numRuns: 300 },
    )
  })

  it('is refused as the member of a condition, however it is spelled', () => {
    fc.assert(
      fc.property(hostile, prefix, (name, prefixed) => {
        expect(compilePath(`a[0][${prefixed}${name}=x]`)).toStrictEqual({
          type: 'invalid',
          problem: expect.stringContaining(name),
        })
      }),
    )
  })

  it.each([
    'toString',
    'valueOf',
    'hasOwnProperty',
    '__defineGetter__',
    '__lookupGetter__',
    'length',
    'at',
    'map',
    'name',
  ])('%s, which every value inherits, reads nothing', (name) => {
    for (const root of [{}, { a: {} }, [], 'text', 1, true] as Json[]) {
      expect(getter(name)(root)).toBeUndefined()
      expect(getter(`a.${name}`)(root)).toBeUndefined()
    }
  })

  it('reads what a plain walk over own properties reads, for any value and path', () => {
    const name = fc.constantFrom('a', 'b', 'toString', 'length', '0')
    const value = fc.letrec<{ node: Json }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Json>('text', 1, false),
        fc.array(tie('node'), { maxLength: 2 }),
        fc.dictionary(name, tie('node'), { maxKeys: 3 }),
      ),
    })).node
    const steps = fc.array(fc.oneof(name, fc.nat(2)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(value, name, steps, (root, first, rest) => {
        const path = rest.reduce<string>(
          (text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`),
          first,
        )
        let expected: unknown = root
        for (const step of [first, ...rest]) {
          const container = expected
          const fits =
            typeof container === 'object' &&
            container !== null &&
            Array.isArray(container) === (typeof step === 'number')
          expected = fits ? Object.getOwnPropertyDescriptor(container, step)?.value : undefined
        }
        expect(getter(path)(root)).toStrictEqual(expected)
      }),
      { numRuns: 500 },
    )
  })
})
