import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { clampEventTime, parseEventTime } from '../../../src/domain/event-time.ts'
import type { Json } from '../../../src/domain/json.ts'

const second = Date.UTC(2022, 0, 11, 21, 24, 39)

describe('an event time', () => {
  it.each<[string | number, number]>([
    // The forms of AEP exports and of the XDM repository's examples.
    ['2022-01-11T21:24:39Z', second],
    ['2019-04-15T02:41:50.000+0000', Date.UTC(2019, 3, 15, 2, 41, 50)],
    ['2019-04-15T02:41:50+0000', Date.UTC(2019, 3, 15, 2, 41, 50)],
    ['2018-04-26T15:52:25+00:00', Date.UTC(2018, 3, 26, 15, 52, 25)],
    [1641936279000, second],
    // Their relatives.
    ['  2022-01-11T21:24:39Z\n', second],
    ['2022-01-11t21:24:39z', second],
    ['2022-01-11 21:24:39Z', second],
    ['2022-01-11T21:24:39-00:00', second],
    ['2022-01-11T23:24:39+0200', second],
    ['2022-01-11T23:24:39+02:00', second],
    ['2022-01-11T15:54:39-0530', second],
    ['2022-01-11T21:24:39.1Z', second + 100],
    ['2022-01-11T21:24:39.12+0000', second + 120],
    ['2022-01-11T21:24:39.123456789Z', second + 123],
    ['2022-01-11T21:24Z', second - 39_000],
    ['2022-01-11T22:24+0100', second - 39_000],
    ['2022-01-11', Date.UTC(2022, 0, 11)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2022-01-11T24:00:00Z', Date.UTC(2022, 0, 12)],
    ['1969-12-31T23:59:59Z', -1000],
    ['1641936279', second],
    ['1641936279000', second],
    ['1641936279000000', second],
    ['1641936279000000000', second],
    [1641936279, second],
    [1641936279.5, second + 500],
    [1641936279000999, second],
    [0, 0],
    // The year 5138: the last second read as one, the first millisecond read as one.
    [99_999_999_999, 99_999_999_999_000],
    [100_000_000_000, 100_000_000_000],
  ])('%j is read to the millisecond', (value, expected) => {
    expect(parseEventTime(value)).toBe(expected)
  })

  it.each(['2022-01-11T21:24:39', '2022-01-11 21:24:39', '2022-01-11T21:24:39.000', '2022-01-11t21:24:39'])(
    '%j, which has no zone, is UTC wherever the program runs',
    (text) => {
      expect(parseEventTime(text)).toBe(second)
    },
  )

  it.each([
    '2022-02-29',
    '2022-02-30T00:00:00Z',
    '2022-04-31 01:00',
    '2022-00-10',
    '2022-13-01',
    '2022-01-00',
    '2022-01-32',
    '0000-00-00',
    '2022-01-11T25:00:00Z',
    '2022-01-11T23:60:00Z',
    '2022-01-11T23:59:61Z',
    '2022-01-11T21:24:39+99:99',
    '2022-01-11T21:24:39+24:00',
  ])('%j, which no calendar or clock has, is none', (text) => {
    expect(parseEventTime(text)).toBeUndefined()
  })

  it.each<[Json | undefined]>([
    [undefined],
    [''],
    [' '],
    ['now'],
    ['Jan 11 2022'],
    ['11/01/2022'],
    ['2022'],
    ['2022-01'],
    ['20220111'],
    ['2022-01-11T'],
    ['2022-01-11Z'],
    ['2022-01-11T21'],
    ['2022-01-11T21:24:39.Z'],
    ['2022-01-11T21:24:39 UTC'],
    ['2022-01-11T21:24:39Z trailing'],
    ['+2022-01-11'],
    ['12345678'],
    ['-1641936279'],
    ['1e12'],
    ['99999999999999999999'],
    [-1],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [Number.MAX_VALUE],
    [true],
    [[]],
    [['2022-01-11']],
    [{}],
    [{ $date: '2022-01-11' }],
  ])('%j is none', (value) => {
    expect(parseEventTime(value)).toBeUndefined()
  })

  it('survives a round trip through every spelling of its zone', () => {
    const day = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(day, fc.integer({ min: -14 * 60, max: 14 * 60 }), fc.boolean(), (date, minutes, colon) => {
        const shifted = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1)
        const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
        const digits = [hours, rest].map((part) => String(part).padStart(2, '0'))
        const zone = (minutes < 0 ? '-' : '+') + digits.join(colon ? ':' : '')
        expect(parseEventTime(shifted + zone)).toBe(date.getTime())
      }),
      { numRuns: 300 },
    )
  })

  it('is a whole number of milliseconds that Date can hold, or none, for whatever a record has there', () => {
    const timeLike = fc.stringMatching(/^[0-9TZ:+. -]{0,30}$/)
    const nearIso = fc.stringMatching(
      /^\d{4}-[01]\d-[0-3]\d([T ][0-2]\d:[0-6]\d(:[0-6]\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/,
    )
    const anything = fc.oneof(
      timeLike,
      nearIso,
      fc.string(),
      fc.double(),
      fc.jsonValue() as fc.Arbitrary<Json>,
    )
    fc.assert(
      fc.property(anything, (value) => {
        const timeMs = parseEventTime(value)
        expect(timeMs === undefined || Number.isInteger(timeMs)).toBe(true)
        expect(Number.isNaN(new Date(timeMs ?? 0).getTime())).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('clamping', () => {
  const now = 1_700_000_000_000

  it.each([
    ['a past event time stands', now - 5, now, now - 5],
    ['the time of the record stands', now, now, now],
    ['a later one is pulled back to the record', now + 1, now, now],
    ['a year ahead is pulled back to the record', now + 31_536_000_000, now, now],
    ['no event time means the time of the record', undefined, now - 7, now - 7],
    ['a record without a time leaves the event time', now - 7, -1, now - 7],
    ['a record without any time counts as the oldest', undefined, -1, 0],
  ])('%s', (_claim, eventTimeMs, recordTimeMs, expected) => {
    expect(clampEventTime(eventTimeMs, recordTimeMs)).toBe(expected)
  })

  it('never moves a time forward, and never reorders the times of one record', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (a, b, recordMs) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)]
        const [clampedFirst, clampedSecond] = [first, second].map((timeMs) =>
          clampEventTime(timeMs, recordMs),
        )
        expect(clampedFirst).toBeLessThanOrEqual(first)
        expect(clampedFirst).toBeLessThanOrEqual(clampedSecond ?? Number.NaN)
      }),
    )
  })

  it('leaves nothing later than an erasure recorded after it, so that the erasure covers it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.nat(), (eventMs, recordMs, laterMs) => {
        const profileMs = clampEventTime(eventMs, recordMs)
        expect(profileMs).toBeLessThanOrEqual(clampEventTime(undefined, recordMs + laterMs))
      }),
    )
  })
})
