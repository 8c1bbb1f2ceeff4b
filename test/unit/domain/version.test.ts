import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compareVersions, type Version } from '../../../src/domain/version.ts'

const version = fc.record({ timeMs: fc.nat(3), rank: fc.nat(1), offset: fc.nat(3) })

function at(timeMs: number, rank: number, offset: number): Version {
  return { timeMs, rank, offset }
}

describe('the order of two versions', () => {
  it.each([
    ['the later event time wins over rank and offset', at(1, 1, 9), at(2, 0, 0)],
    ['at equal event time the higher rank wins over the offset', at(1, 0, 9), at(1, 1, 0)],
    ['at equal event time and rank the higher offset wins', at(1, 1, 4), at(1, 1, 5)],
    ['times before 1970 are ordered like any other', at(-5, 1, 0), at(-4, 0, 0)],
  ])('%s', (_claim, older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0)
    expect(compareVersions(newer, older)).toBeGreaterThan(0)
  })

  it('is 0 for one record compared with itself', () => {
    expect(compareVersions(at(1, 1, 1), at(1, 1, 1))).toBe(0)
  })

  it('is total: antisymmetric, transitive, and 0 only for equal versions', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0)
        expect(compareVersions(a, b) === 0).toBe(
          a.timeMs === b.timeMs && a.rank === b.rank && a.offset === b.offset,
        )
        const [first, second, third] = [a, b, c].toSorted(compareVersions)
        expect(first !== undefined && second !== undefined && third !== undefined).toBe(true)
        expect(compareVersions(first ?? a, third ?? a)).toBeLessThanOrEqual(0)
        expect(compareVersions(first ?? a, second ?? a)).toBeLessThanOrEqual(0)
        expect(compareVersions(second ?? a, third ?? a)).toBeLessThanOrEqual(0)
      }),
    )
  })
})
