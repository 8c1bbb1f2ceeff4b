import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createPacer, type Pacer } from '../../../src/deliver/pacer.ts'

const bootMs = 1000

/** Most of `times` (ascending) that lie in one window `[t, t + windowMs)`. */
function mostWithin(times: readonly number[], windowMs: number): number {
  let most = 0
  let from = 0
  times.forEach((timeMs, index) => {
    // A time that rounding put a billionth of a millisecond early is at the window's end, and not in it.
    while (timeMs - (times[from] ?? 0) >= windowMs - 1e-6) from += 1
    most = Math.max(most, index - from + 1)
  })
  return most
}

/** Times of all places taken from `startMs` to `endMs` under backlog, by a caller whose timers fire late. */
function takePlaces(pacer: Pacer, startMs: number, endMs: number, latenessMs: () => number): number[] {
  const times: number[] = []
  let nowMs = startMs
  while (nowMs < endMs) {
    const waitMs = pacer.reserve(nowMs)
    if (waitMs === 0) times.push(nowMs)
    else nowMs += waitMs + latenessMs()
  }
  return times
}

/** One number after the other, over and over. */
function cycle(numbers: readonly number[]): () => number {
  let next = 0
  return () => numbers[next++ % numbers.length] ?? 0
}

const rate = fc.double({ min: 0.05, max: 9.5, noNaN: true })
const lateness = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 1, maxLength: 30 })

describe('a pacer', () => {
  it('admits at most 10 in any sliding second, whatever the rate that Zendesk allows and however late timers are', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 10, noNaN: true }), lateness, (perSecond, late) => {
        const pacer = createPacer()
        pacer.setRate({ perSecond, windowMax: 10 }, bootMs)
        expect(mostWithin(takePlaces(pacer, bootMs, bootMs + 20_000, cycle(late)), 1000)).toBeLessThanOrEqual(
          10,
        )
      }),
      { numRuns: 300 },
    )
  })

  it('stays within 10 where the rate changes again and again, also through 0', () => {
    const change = fc.record({
      perSecond: fc.oneof(rate, fc.constant(0)),
      forMs: fc.integer({ min: 0, max: 1500 }),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), lateness, (changes, late) => {
        const pacer = createPacer()
        const next = cycle(late)
        const times: number[] = []
        let nowMs = bootMs
        for (const { perSecond, forMs } of changes) {
          pacer.setRate({ perSecond, windowMax: 10 }, nowMs)
          times.push(
            ...takePlaces(pacer, nowMs, nowMs + forMs, next).filter((timeMs) => timeMs < nowMs + forMs),
          )
          nowMs += forMs
        }
        expect(mostWithin(times, 1000)).toBeLessThanOrEqual(10)
      }),
      { numRuns: 300 },
    )
  })

  it('keeps at least 98 % of the rate under backlog while timers are up to 15 ms late', () => {
    const late = fc.array(fc.double({ min: 0, max: 15, noNaN: true }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 9.5, noNaN: true }), late, (perSecond, delays) => {
        const pacer = createPacer()
        pacer.setRate({ perSecond, windowMax: 10 }, bootMs)
        const places = takePlaces(pacer, bootMs, bootMs + 300_000, cycle(delays)).length
        expect(places).toBeGreaterThanOrEqual(Math.floor(0.98 * 300 * perSecond))
      }),
      { numRuns: 60 },
    )
  })

  it('starts at rate 0: nothing is due by waiting', () => {
    expect(createPacer().reserve(bootMs)).toBe(Infinity)
  })

  it('starts a new rate empty: its first place comes a full interval later, and alone', () => {
    fc.assert(
      fc.property(rate, rate, fc.integer({ min: 0, max: 5000 }), (before, after, idleMs) => {
        const pacer = createPacer()
        pacer.setRate({ perSecond: before, windowMax: 10 }, bootMs)
        takePlaces(pacer, bootMs, bootMs + 3000, () => 0)
        const changedMs = bootMs + 3000 + idleMs
        pacer.setRate({ perSecond: after, windowMax: 10 }, changedMs)
        const intervalMs = 1000 / after
        const [first = 0, second = 0] = takePlaces(pacer, changedMs, changedMs + 3 * intervalMs + 1, () => 0)
        expect(first - changedMs).toBeGreaterThanOrEqual(intervalMs * (1 - 1e-9))
        expect(second - first).toBeGreaterThanOrEqual(intervalMs * (1 - 1e-9))
      }),
    )
  })

  it('saves nothing up while nobody asks', () => {
    const pacer = createPacer()
    pacer.setRate({ perSecond: 5, windowMax: 10 }, bootMs)
    expect(pacer.reserve(bootMs + 60_000)).toBe(0)
    expect(pacer.reserve(bootMs + 60_000)).toBeGreaterThan(0)
  })
})

describe('a pacer whose rate is adjusted', () => {
  it('goes on from its last place', () => {
    const pacer = createPacer()
    pacer.setRate({ perSecond: 5, windowMax: 10 }, bootMs)
    expect(pacer.reserve(bootMs + 1000)).toBe(0)
    pacer.adjust({ perSecond: 1, windowMax: 1 })
    expect(pacer.reserve(bootMs + 1000)).toBe(1000)
    pacer.adjust({ perSecond: 4, windowMax: 4 })
    expect(pacer.reserve(bootMs + 1250)).toBe(0)
    pacer.adjust({ perSecond: 0, windowMax: 0 })
    expect(pacer.reserve(bootMs + 99_000)).toBe(Infinity)
  })

  it('has in no second more places than its largest share by then allows', () => {
    const change = fc.record({
      slots: fc.integer({ min: 1, max: 10 }),
      forMs: fc.integer({ min: 0, max: 3000 }),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), lateness, (changes, late) => {
        const pacer = createPacer()
        const next = cycle(late)
        const times: number[] = []
        const shares: { readonly fromMs: number; readonly slots: number }[] = []
        let nowMs = bootMs
        pacer.setRate({ perSecond: 0.95, windowMax: 1 }, nowMs)
        for (const { slots, forMs } of changes) {
          pacer.adjust({ perSecond: 0.95 * slots, windowMax: slots })
          shares.push({ fromMs: nowMs, slots })
          const taken = takePlaces(pacer, nowMs, nowMs + forMs, next)
          times.push(...taken.filter((timeMs) => timeMs < nowMs + forMs))
          nowMs += forMs
        }
        for (const toMs of times) {
          const window = times.filter((timeMs) => timeMs > toMs - 1000 + 1e-6 && timeMs <= toMs)
          const during = shares.filter(
            ({ fromMs }, at) => fromMs <= toMs && (shares[at + 1]?.fromMs ?? Infinity) > toMs - 1000,
          )
          expect(window.length).toBeLessThanOrEqual(Math.max(...during.map(({ slots }) => slots)))
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('a place that is given back', () => {
  it('can be taken again at once when it was the last', () => {
    const pacer = createPacer()
    pacer.setRate({ perSecond: 5, windowMax: 10 }, bootMs)
    expect(pacer.reserve(bootMs + 1000)).toBe(0)
    pacer.giveBack(pacer.lastPlace())
    expect(pacer.reserve(bootMs + 1000)).toBe(0)
    expect(pacer.reserve(bootMs + 1000)).toBeGreaterThan(0)
  })

  it('is given back once', () => {
    const pacer = createPacer()
    pacer.setRate({ perSecond: 5, windowMax: 10 }, bootMs)
    pacer.reserve(bootMs + 1000)
    const place = pacer.lastPlace()
    pacer.giveBack(place)
    pacer.reserve(bootMs + 1000)
    pacer.giveBack(place)
    expect(pacer.reserve(bootMs + 1000)).toBeGreaterThan(0)
  })

  it('is lost when another was taken since: two requests would go at the same moment', () => {
    const pacer = createPacer()
    pacer.setRate({ perSecond: 5, windowMax: 10 }, bootMs)
    pacer.reserve(bootMs + 1000)
    const first = pacer.lastPlace()
    pacer.reserve(bootMs + 1200)
    pacer.giveBack(first)
    expect(pacer.reserve(bootMs + 1200)).toBeGreaterThan(0)
  })

  it('is lost when the rate was set since: the new share starts empty', () => {
    const pacer = createPacer()
    pacer.setRate({ perSecond: 5, windowMax: 10 }, bootMs)
    pacer.reserve(bootMs + 1000)
    pacer.setRate({ perSecond: 5, windowMax: 10 }, bootMs + 1001)
    pacer.giveBack(pacer.lastPlace())
    expect(pacer.reserve(bootMs + 1001)).toBeGreaterThanOrEqual(200)
    pacer.setRate({ perSecond: 0, windowMax: 10 }, bootMs + 2000)
    pacer.giveBack(pacer.lastPlace())
    expect(pacer.reserve(bootMs + 99_000)).toBe(Infinity)
  })

  it('never makes more than 10 requests in a sliding second, in whatever order places come back', () => {
    const place = fc.record({ avoided: fc.boolean(), afterMs: fc.double({ min: 0, max: 1500, noNaN: true }) })
    fc.assert(
      fc.property(fc.array(place, { minLength: 20, maxLength: 120 }), lateness, (places, late) => {
        const pacer = createPacer()
        pacer.setRate({ perSecond: 9.5, windowMax: 10 }, bootMs)
        const next = cycle(late)
        const requests: number[] = []
        let returns: { atMs: number; place: number }[] = []
        let nowMs = bootMs
        for (const { avoided, afterMs } of places) {
          for (;;) {
            for (const due of returns.filter(({ atMs }) => atMs <= nowMs)) pacer.giveBack(due.place)
            returns = returns.filter(({ atMs }) => atMs > nowMs)
            const waitMs = pacer.reserve(nowMs)
            if (waitMs === 0) break
            nowMs = Math.min(nowMs + waitMs + next(), ...returns.map(({ atMs }) => atMs))
          }
          if (avoided) returns.push({ atMs: nowMs + afterMs, place: pacer.lastPlace() })
          else requests.push(nowMs)
        }
        expect(mostWithin(requests, 1000)).toBeLessThanOrEqual(10)
      }),
      { numRuns: 500 },
    )
  })
})
