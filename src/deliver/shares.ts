import { byUrgency, type Urgency, urgencies } from '../domain/urgency.ts'

/**
 * Decides who has the next turn to send. Erasures go first, then exits; entries, attribute changes and the rest share what
 * those leave by 6:3:1, a retry before a backfill. Nobody waits for good all the same: retries and backfills, and whoever
 * else is aged, are passed over {@link maxPassedOver} times in a row at most, or a few times more where several come to that
 * at once. So each of them has one in twenty turns for certain, whatever else there is.
 *
 * What is promoted by age is the share of an urgency, not each contact: of a backfill of a million nearly all are old, and
 * were they as urgent as an exit, none would be.
 */
export interface Shares {
  /**
   * The urgency to take from. `ageOf` tells how long the next contact of an urgency has been dirty, in milliseconds,
   * `undefined` where none is ready; the result is `undefined` where that is so of all.
   */
  next(ageOf: (urgency: Urgency) => number | undefined): Urgency | undefined
  /**
   * A contact taken by this urgency needed no request: the turn did not count. It is made up for, every other turn at most,
   * so that one in twenty holds for requests too, unless nineteen in twenty of its contacts need none.
   */
  giveBack(urgency: Urgency): void
}

/**
 * With at most four others that come to it at the same time, the twentieth turn is the latest: that is five percent in any
 * twenty requests.
 */
const maxPassedOver = 15
/** Most turns that are made up for: what went on for hours must not be repaid for hours. */
const maxOwed = 3

/** Aged is what waited longer than the usual objective for an entry, by which it should be in Zendesk. */
const agedMs = 5 * 60_000

/** What less urgent ones have of the requests that erasures and exits leave. */
const weighted: readonly { readonly urgencies: readonly Urgency[]; readonly weight: number }[] = [
  { urgencies: ['entry'], weight: 6 },
  { urgencies: ['attribute'], weight: 3 },
  { urgencies: ['retry', 'backfill'], weight: 1 },
]

type Ages = Readonly<Record<Urgency, number | undefined>>

/** {@link Shares} of which nobody had a turn yet. */
export function createShares(): Shares {
  const passedOver = byUrgency(() => 0)
  const owed = byUrgency(() => 0)
  const credits = weighted.map(() => 0)
  let last: Urgency | undefined

  function isDue(urgency: Urgency, ages: Ages): boolean {
    const isPassedOver = passedOver[urgency] >= maxPassedOver || owed[urgency] > 0
    return isPassedOver && urgency !== last && hasShare(urgency, ages[urgency])
  }

  function passedOverTooOften(ages: Ages): Urgency | undefined {
    let longest: Urgency | undefined
    for (const urgency of urgencies) {
      if (!isDue(urgency, ages)) continue
      // Of equals the more urgent one: it comes first.
      if (longest === undefined || passedOver[urgency] > passedOver[longest]) longest = urgency
    }
    return longest
  }

  /** Everybody gains a credit as large as their weight, and who has most pays for all: in ten turns six, three and one. */
  function byWeight(ages: Ages): Urgency | undefined {
    let total = 0
    let best: number | undefined
    for (const [at, { urgencies: sharing, weight }] of weighted.entries()) {
      const isReady = sharing.some((urgency) => ages[urgency] !== undefined)
      credits[at] = isReady ? (credits[at] ?? 0) + weight : 0
      if (!isReady) continue
      total += weight
      if (best === undefined || (credits[at] ?? 0) > (credits[best] ?? 0)) best = at
    }
    if (best === undefined) return undefined
    credits[best] = (credits[best] ?? 0) - total
    return weighted[best]?.urgencies.find((urgency) => ages[urgency] !== undefined)
  }

  function count(urgency: Urgency, chosen: Urgency | undefined, ages: Ages): void {
    if (ages[urgency] === undefined) {
      passedOver[urgency] = 0
      owed[urgency] = 0
    } else if (urgency !== chosen) passedOver[urgency] += 1
    // A turn that is owed is one of before: that others had turns since then counts on.
    else if (owed[urgency] > 0 && passedOver[urgency] < maxPassedOver) owed[urgency] -= 1
    else passedOver[urgency] = 0
  }

  return {
    next(ageOf) {
      const ages = byUrgency(ageOf)
      const first = (['erasure', 'exit'] as const).find((urgency) => ages[urgency] !== undefined)
      const chosen = passedOverTooOften(ages) ?? first ?? byWeight(ages)
      for (const urgency of urgencies) count(urgency, chosen, ages)
      last = chosen
      return chosen
    },
    giveBack(urgency) {
      owed[urgency] = Math.min(owed[urgency] + 1, maxOwed)
    },
  }
}

/** Whether an urgency is never passed over for good, at the age of its next contact. */
function hasShare(urgency: Urgency, ageMs: number | undefined): boolean {
  if (ageMs === undefined) return false
  return urgency === 'retry' || urgency === 'backfill' || ageMs > agedMs
}
