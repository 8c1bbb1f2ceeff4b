import type { Hunger, PartitionClaim } from './slot-claim.ts'

/** What a process knows when it decides how many slots it needs. */
export interface Situation {
  readonly owner: string
  readonly owned: ReadonlySet<number>
  /** The slots of its partitions. */
  readonly own: readonly number[]
  readonly lent: ReadonlySet<number>
  readonly hunger: Hunger
  /** What stood beside the partitions when they were last looked at. */
  readonly claims: ReadonlyMap<number, PartitionClaim>
  /** Whether the others can see what this process claims. */
  readonly isHeard: boolean
  /** Contacts that wait to be sent. */
  readonly waiting: number
  readonly sentPerSecond: number
  readonly slotPerSecond: number
  /** The slots of each partition. */
  readonly slotsOf: (partition: number) => readonly number[]
}

/** Backlogs, in seconds at the rate of the process's own slots, from which and down to which it is hungry. */
const hungryFrom = 3
const hungryDownTo = 1
/** What a process that lends keeps above what it sends, so that a little more does not make it ask for it. */
const headroom = 1.1

/**
 * How hungry a process is, and which slots it can do without. It lends only where somebody asked, keeps one at least, and
 * lends no more than it needs itself, but for one case: where another owner has no slot at all, since there are more
 * partitions than slots, the one with the most gives up one.
 */
export function whatToClaim(situation: Situation): {
  readonly hunger: Hunger
  readonly lent: ReadonlySet<number>
} {
  const { own, waiting, isHeard } = situation
  if (own.length === 0) return { hunger: waiting > 0 ? 2 : 0, lent: new Set() }
  const isHungry = wantsMore(situation)
  const others = [...situation.claims].filter(([partition]) => !situation.owned.has(partition))
  const isAsked = others.some(([, { owner, hunger }]) => owner !== situation.owner && hunger > 0)
  const spare = isHungry || !isAsked ? 0 : own.length - slotsNeeded(situation)
  const given = isRichest(situation, others) && others.some(([, { hunger }]) => hunger === 2) ? 1 : 0
  return {
    hunger: isHungry ? 1 : 0,
    lent: isHeard ? choose(situation, Math.max(spare, given)) : new Set(),
  }
}

function wantsMore({ hunger, own, waiting, slotPerSecond }: Situation): boolean {
  const seconds = waiting / (own.length * slotPerSecond)
  return seconds > (hunger > 0 ? hungryDownTo : hungryFrom)
}

/** For what it sends and to work off what waits within the time at which it would be hungry. */
function slotsNeeded({ own, waiting, sentPerSecond, slotPerSecond }: Situation): number {
  const perSecond = sentPerSecond * headroom + waiting / hungryFrom
  return Math.min(own.length, Math.max(1, Math.ceil(perSecond / slotPerSecond)))
}

/** True for the owner of the most slots, if those are two or more; of several, for the last by name. */
function isRichest(
  { owner, own, slotsOf }: Situation,
  others: readonly (readonly [number, PartitionClaim])[],
): boolean {
  const counts = new Map<string, number>()
  for (const [partition, claim] of others)
    counts.set(claim.owner, (counts.get(claim.owner) ?? 0) + slotsOf(partition).length)
  const isFirst = [...counts].every(
    ([name, count]) => count < own.length || (count === own.length && name < owner),
  )
  return own.length >= 2 && isFirst
}

/** `count` of its slots: those that are lent already, and the last of the others. */
function choose({ own, lent }: Situation, count: number): ReadonlySet<number> {
  const kept = own.filter((slot) => lent.has(slot))
  const rest = own.filter((slot) => !lent.has(slot)).reverse()
  return new Set([...kept, ...rest].slice(0, count))
}
