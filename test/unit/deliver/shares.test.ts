import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createShares, type Shares } from '../../../src/deliver/shares.ts'
import { type Urgency, urgencies } from '../../../src/domain/urgency.ts'

const minuteMs = 60_000

/** Age of the next ready contact of each urgency; one that is missing has none. */
type Ready = Partial<Record<Urgency, number>>

function take(shares: Shares, ready: Ready): Urgency | undefined {
  return shares.next((urgency) => ready[urgency])
}

/** How often each urgency is chosen in so many turns, once twenty are over, while the same are ready all the time. */
function countOf(ready: Ready, turns: number): Partial<Record<Urgency, number>> {
  const shares = createShares()
  const counts: Partial<Record<Urgency, number>> = {}
  for (let turn = 0; turn < 20; turn += 1) take(shares, ready)
  for (let turn = 0; turn < turns; turn += 1) {
    const urgency = take(shares, ready)
    if (urgency !== undefined) counts[urgency] = (counts[urgency] ?? 0) + 1
  }
  return counts
}

describe('the share of', () => {
  it.each<[string, Ready, Partial<Record<Urgency, number>>]>([
    ['an erasure is all beside an exit', { erasure: 0, exit: 0 }, { erasure: 160 }],
    ['an exit is all beside entries and attributes', { exit: 0, entry: 0, attribute: 0 }, { exit: 160 }],
    ['entries, attributes and backfill is 6:3:1', { entry: 0, attribute: 0, backfill: 0 }, { entry: 96, attribute: 48, backfill: 16 }],
    ['entries and attributes is 6:3 alone', { entry: 0, attribute: 0 }, { entry: 107, attribute: 53 }],
    ['attributes and retries is 3:1 alone', { attribute: 0, retry: 0 }, { attribute: 120, retry: 40 }],
    ['a backfill is a sixteenth beside exits', { exit: 0, backfill: 0 }, { exit: 150, backfill: 10 }],
    ['a backfill is a sixteenth beside retries', { retry: 0, backfill: 0 }, { retry: 150, backfill: 10 }],
    ['retries and backfill is a sixteenth each beside exits', { exit: 0, retry: 0, backfill: 0 }, { exit: 140, retry: 10, backfill: 10 }],
    ['a backfill that is days old is no larger', { exit: 0, backfill: 9999 * minuteMs }, { exit: 150, backfill: 10 }],
    ['aged attributes is a sixteenth beside exits', { exit: 0, attribute: 6 * minuteMs }, { exit: 150, attribute: 10 }],
    ['aged entries and exits is a sixteenth beside erasures', { erasure: 0, exit: 6 * minuteMs, entry: 6 * minuteMs }, { erasure: 140, exit: 10, entry: 10 }],
  ])('%s', (_claim, ready, counts) => {
    expect(countOf(ready, 160)).toEqual(counts)
  }) // prettier-ignore

  it('nobody is nothing', () => {
    expect(take(createShares(), {})).toBeUndefined()
  })
})

/** What is ready at each turn, young or aged, and whether what is taken turns out to need no request. */
const history = fc.array(
  fc.record({
    ready: fc.record(
      Object.fromEntries(urgencies.map((urgency) => [urgency, fc.constantFrom(0, 6 * minuteMs)])),
      { requiredKeys: [] },
    ),
    repeat: fc.integer({ min: 1, max: 30 }),
    isAvoided: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
)

interface Turn {
  readonly ready: Ready
  readonly taken: Urgency | undefined
}

function play(
  drawn: readonly { readonly ready: Ready; readonly repeat: number; readonly isAvoided: boolean }[],
) {
  const shares = createShares()
  return drawn.flatMap(({ ready, repeat, isAvoided }) =>
    Array.from({ length: repeat }, (): Turn => {
      const taken = take(shares, ready)
      if (taken !== undefined && isAvoided) shares.giveBack(taken)
      return { ready, taken }
    }),
  )
}

/** Whether an urgency has a share for certain, as long as it is ready. */
function isOwed(urgency: Urgency, ready: Ready): boolean {
  const ageMs = ready[urgency]
  return ageMs !== undefined && (['retry', 'backfill'].includes(urgency) || ageMs > 5 * minuteMs)
}

describe('whatever is ready, and whatever of it needs no request', () => {
  it('somebody is chosen who is ready, if anybody is', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        const wrong = play(drawn).filter(({ ready, taken }) =>
          taken === undefined ? Object.keys(ready).length > 0 : ready[taken] === undefined,
        )
        expect(wrong).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('in any twenty turns through which a backfill, a retry or something aged is ready, it has one', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        const turns = play(drawn)
        const windows = turns.slice(19).map((_, from) => turns.slice(from, from + 20))
        const starved = windows.flatMap((window) =>
          urgencies.filter(
            (urgency) =>
              window.every(({ ready }) => isOwed(urgency, ready)) &&
              window.every(({ taken }) => taken !== urgency),
          ),
        )
        expect(starved).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('an erasure or an exit waits for nobody but those who were passed over fifteen times and have a share', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        const turns = play(drawn.map((each) => ({ ...each, isAvoided: false })))
        const wrong = turns.filter(({ ready, taken }, at) => {
          const first = urgencies.find((urgency) => ready[urgency] !== undefined)
          if (taken === first || taken === undefined || (first !== 'erasure' && first !== 'exit'))
            return false
          const before = turns.slice(Math.max(0, at - 15), at)
          const isPassedOver = before.every((turn) => turn.taken !== taken && turn.ready[taken] !== undefined)
          return !isOwed(taken, ready) || before.length < 15 || !isPassedOver
        })
        expect(wrong).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

describe('a turn that needed no request', () => {
  it.each([2, 4, 10, 15])(
    'is made up for: a backfill of which one in %i needs one has five percent',
    (nth) => {
      const shares = createShares()
      const requests: Urgency[] = []
      let backfilled = 0
      for (let turn = 0; turn < 5000; turn += 1) {
        const taken = take(shares, { exit: 0, backfill: 0 })
        if (taken === 'backfill') backfilled += 1
        if (taken === 'backfill' && backfilled % nth !== 0) shares.giveBack('backfill')
        else if (taken !== undefined) requests.push(taken)
      }
      const share = requests.filter((urgency) => urgency === 'backfill').length / requests.length
      expect(share).toBeGreaterThan(0.05)
      expect(share).toBeLessThan(0.1)
    },
  )

  it('keeps an exit waiting for one turn at most, and is made up for no longer than some seconds', () => {
    const shares = createShares()
    const ready: Ready = { exit: 0, backfill: 0 }
    const taken = Array.from({ length: 2000 }, () => {
      const urgency = take(shares, ready)
      if (urgency === 'backfill') shares.giveBack(urgency)
      return urgency
    })
    expect(taken.filter((urgency) => urgency === 'exit').length).toBeGreaterThanOrEqual(1000)
    expect(taken.join(' ')).not.toContain('backfill backfill')
    const after = Array.from({ length: 100 }, () => take(shares, ready))
    expect(after.slice(20).filter((urgency) => urgency === 'backfill').length).toBeLessThanOrEqual(5)
  })
})
