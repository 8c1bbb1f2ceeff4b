import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { createRateLimiter, createSlidingSecond } from '../../../sandbox/zendesk-sell/rate.ts'

// Most times that fall into any second [t, t + 1000) starting at one of them.
function densest(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((t) => t >= from && t < from + 1000).length))
}

const arrivals = fc
  .array(
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 1200, noNaN: true })),
    {
      maxLength: 120,
    },
  )
  .map((gaps) => {
    let now = 0
    return gaps.map((gap) => (now += gap))
  })

describe('the rate limit', () => {
  it('never admits more than its number in any sliding second', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 12 }), (times, limit) => {
        const limiter = createRateLimiter(limit)
        expect(densest(times.filter((now) => limiter.admit(now)))).toBeLessThanOrEqual(limit)
      }),
    )
  })

  it('refuses only when the second before is full', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 12 }), (times, limit) => {
        const limiter = createRateLimiter(limit)
        const admitted: number[] = []
        for (const now of times) {
          const room = admitted.filter((t) => t > now - 1000).length < limit
          expect(limiter.admit(now)).toBe(room)
          if (room) admitted.push(now)
        }
      }),
    )
  })

  it('slides: eleven in a second that straddles two calendar seconds are one too many', () => {
    const limiter = createRateLimiter(10)
    const times = [900, 910, 920, 930, 940, 1000, 1010, 1020, 1030, 1040, 1050, 1899, 1900]
    expect(times.map((now) => limiter.admit(now))).toEqual([
      ...Array<boolean>(10).fill(true),
      false,
      false,
      true,
    ])
  })

  it.each([0, Infinity])('%d admits everything', (limit) => {
    const limiter = createRateLimiter(limit)
    expect(Array.from({ length: 1000 }, () => limiter.admit(0)).every(Boolean)).toBe(true)
  })

  it('counts the last second whatever came before', () => {
    fc.assert(
      fc.property(arrivals, (times) => {
        const second = createSlidingSecond()
        for (const now of times) second.add(now)
        const end = times.at(-1) ?? 0
        expect(second.count(end)).toBe(times.filter((t) => t > end - 1000).length)
      }),
    )
  })

  it('keeps counting right after thousands of events', () => {
    const second = createSlidingSecond()
    for (let now = 0; now < 20_000; now += 1) second.add(now)
    expect(second.count(19_999)).toBe(1000)
    expect(second.count(20_998)).toBe(1)
    expect(second.count(20_999)).toBe(0)
  })
})
