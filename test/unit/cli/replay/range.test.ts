import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parsePlace, type Place, resolveRanges } from '../../../../src/cli/replay/range.ts'

describe('a place in a topic', () => {
  it.each<[string, Place]>([
    ['beginning', { type: 'beginning' }],
    [' end ', { type: 'end' }],
    ['2026-01-31', { type: 'time', timeMs: Date.parse('2026-01-31T00:00:00Z') }],
    ['2026-01-31T09:30:00+01:00', { type: 'time', timeMs: Date.parse('2026-01-31T08:30:00Z') }],
    ['0:1200', { type: 'offsets', offsets: new Map([[0, 1200]]) }],
    ['0:1200, 3:0', { type: 'offsets', offsets: new Map([[0, 1200], [3, 0]]) }], // prettier-ignore
  ])('is %j', (text, place) => {
    expect(parsePlace(text)).toStrictEqual(place)
  })

  it.each(['', 'start', '1200', '1700000000', '2026-02-30', '0:-1', '0:1,', 'a:1', '0:1:2'])(
    'is not %j',
    (text) => {
      expect(parsePlace(text)).toBeNull()
    },
  )
})

describe('the ranges of a replay', () => {
  const bounds = new Map([
    [0, { startOffset: 100, endOffset: 200 }],
    [1, { startOffset: 0, endOffset: 0 }],
    [2, { startOffset: 50, endOffset: 60 }],
  ])
  const ranges = (
    from: Place,
    to: Place,
    atFrom = new Map<number, number>(),
    atTo = new Map<number, number>(),
  ) => Object.fromEntries(resolveRanges(bounds, { place: from, atTime: atFrom }, { place: to, atTime: atTo }))
  const beginning = { type: 'beginning' } as const
  const end = { type: 'end' } as const
  const offsets = (...pairs: [number, number][]): Place => ({ type: 'offsets', offsets: new Map(pairs) })

  it('are all that the log holds, without partitions that hold nothing', () => {
    expect(ranges(beginning, end)).toStrictEqual({ 0: { from: 100, to: 200 }, 2: { from: 50, to: 60 } })
  })

  it('begin at the end for a time past the end, so that nothing is replayed', () => {
    expect(ranges({ type: 'time', timeMs: 9e12 }, end)).toStrictEqual({})
    expect(ranges({ type: 'time', timeMs: 9e12 }, end, new Map([[0, 150]]))).toStrictEqual({
      0: { from: 150, to: 200 },
    })
  })

  it('are within the log, and of the partitions that offsets name alone', () => {
    expect(ranges(offsets([0, 5], [7, 1]), end)).toStrictEqual({ 0: { from: 100, to: 200 } })
    expect(ranges(beginning, offsets([2, 1000]))).toStrictEqual({ 2: { from: 50, to: 60 } })
    expect(ranges(offsets([0, 150]), offsets([2, 55]))).toStrictEqual({})
  })

  it('never leave the log, nor go backwards', () => {
    const place = fc.oneof(
      fc.constantFrom<Place>(beginning, end, { type: 'time', timeMs: 0 }),
      fc
        .uniqueArray(fc.tuple(fc.nat(4), fc.nat(300)), { selector: ([partition]) => partition })
        .map((pairs) => offsets(...pairs)),
    )
    const times = fc.uniqueArray(fc.tuple(fc.nat(3), fc.nat(300)), { selector: ([partition]) => partition })
    fc.assert(
      fc.property(place, place, times, times, (from, to, atFrom, atTo) => {
        for (const [partition, range] of Object.entries(ranges(from, to, new Map(atFrom), new Map(atTo)))) {
          const log = bounds.get(Number(partition))
          expect(range.from).toBeGreaterThanOrEqual(log?.startOffset ?? Infinity)
          expect(range.to).toBeLessThanOrEqual(log?.endOffset ?? -1)
          expect(range.from).toBeLessThan(range.to)
        }
      }),
    )
  })
})
