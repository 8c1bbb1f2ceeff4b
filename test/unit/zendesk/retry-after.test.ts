import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { maxRetryAfterMs, parseRetryAfter } from '../../../src/zendesk/retry-after.ts'

const nowMs = Date.parse('2026-11-22T12:00:00Z')

describe('Retry-After', () => {
  it.each([
    ['no header', null, null],
    ['an empty header', '', null],
    ['seconds', '3', 3_000],
    ['seconds with spaces around', ' 3 ', 3_000],
    ['a fraction of a second', '0.5', 500],
    ['zero', '0', 0],
    ['a billion seconds', '1000000000', maxRetryAfterMs],
    ['more digits than a number holds', '9'.repeat(400), maxRetryAfterMs],
    ['a negative number', '-5', null],
    ['an exponent', '1e3', null],
    ['a word', 'soon', null],
    ['two values', '3, 5', null],
    ['a date to come', 'Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['a date that passed', 'Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['a date years ahead', 'Fri, 22 Nov 2030 12:00:00 GMT', maxRetryAfterMs],
    ['a date that does not exist', 'Sun, 99 Nov 2026 12:00:00 GMT', null],
    ['a date in another form', '2026-11-22T12:00:30Z', null],
  ])('reads %s', (_case, value, expected) => {
    expect(parseRetryAfter(value, nowMs)).toBe(expected)
  })

  it('is null or between zero and the maximum, whatever the header says', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)), (value) => {
        const ms = parseRetryAfter(value, nowMs)
        expect(ms === null || (ms >= 0 && ms <= maxRetryAfterMs)).toBe(true)
      }),
    )
  })
})
