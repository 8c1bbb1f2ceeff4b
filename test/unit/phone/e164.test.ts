import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { formatE164 } from '../../../src/phone/e164.ts'

describe('a telephone number', () => {
  it.each<[string, string | null, string | undefined]>([
    ['+49 (30) 123 45 67', null, '+49301234567'],
    ['+49 (30) 123 45 67', 'FR', '+49301234567'],
    ['030/123 45 67', 'DE', '+49301234567'],
    ['0049 30 1234567', 'DE', '+49301234567'],
    ['(202) 555-0143', 'US', '+12025550143'],
    ['030 1234567 ext. 5', 'DE', '+49301234567'],
    ['030 1234567', null, undefined],
    ['030 1234567', 'ZZ', undefined],
    ['call 030 1234567', 'DE', undefined],
    ['12', 'DE', undefined],
    ['+999 1234567', null, undefined],
    ['', 'DE', undefined],
    ['constructor', 'DE', undefined],
  ])('%j of %j is %j', (text, country, expected) => {
    expect(formatE164(text, country)).toBe(expected)
  })

  it('never throws, gives E.164 or nothing, and leaves what is E.164 as it is', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^\+?[\d ()/-]{3,20}$/))
    fc.assert(
      fc.property(text, fc.constantFrom(null, 'DE', 'US', 'ZZ', '__proto__'), (one, country) => {
        const number = formatE164(one, country)
        expect(number ?? '+1').toMatch(/^\+[1-9]\d{0,16}$/)
        expect(number === undefined ? undefined : formatE164(number, null)).toBe(number)
      }),
      { numRuns: 500 },
    )
  })
})
