import { describe, expect, it } from '@jest/globals'
import { createThrottle } from '../../../src/deliver/throttle.ts'

describe('the part of the rate that is used', () => {
  it('is all of it while nothing is refused', () => {
    expect(createThrottle().factor(5000)).toBe(1)
  })

  it('halves when Zendesk answers 429, and grows by a twentieth for each second after the pause', () => {
    const throttle = createThrottle()
    throttle.throttled(1000, 3000)
    expect([1000, 3000, 3999, 4000, 8000, 12_999, 13_000, 60_000].map((ms) => throttle.factor(ms))).toEqual([
      0.5, 0.5, 0.5, 0.55, 0.75, 0.95, 1, 1,
    ])
  })

  it('halves once for all that are refused within a second', () => {
    const throttle = createThrottle()
    for (const atMs of [1000, 1200, 1900]) throttle.throttled(atMs, atMs)
    expect(throttle.factor(1900)).toBe(0.5)
    throttle.throttled(2000, 2000)
    expect(throttle.factor(2000)).toBe(0.25)
  })

  it('never gets below a twentieth, from which it comes back', () => {
    const throttle = createThrottle()
    for (let atMs = 0; atMs < 20_000; atMs += 1000) throttle.throttled(atMs, atMs)
    expect(throttle.factor(19_000)).toBe(0.05)
    expect(throttle.factor(39_000)).toBe(1)
  })
})
