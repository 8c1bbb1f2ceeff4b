import type { Hunger, PartitionClaim } from './slot-claim.ts'

/**
 * The rate that Zendesk allows is dealt out in this many equal slots. A process with k of them sends k requests in any second
 * at most, wherever that second begins; shares of any size would each round up, and together exceed what is allowed.
 */
export const slotCount = 10

/** The slots that belong to a partition of `partitions`: every slot to one, spread evenly. Some have none if there are many. */
export function slotsOf(partition: number, partitions: number): readonly number[] {
  return allSlots.filter((slot) => Math.floor(((2 * slot + 1) * partitions) / (2 * slotCount)) === partition)
}

const allSlots = Array.from({ length: slotCount }, (_, slot) => slot)

/** One process, as far as slots go. */
export interface Holder {
  readonly name: string
  /** What it may count on that all others know by now. */
  readonly hunger: Hunger
  /** Its partitions. */
  readonly owned: ReadonlySet<number>
  /** Slots of its partitions that it must leave alone: they are lent, or were and may be in use still. */
  readonly away: ReadonlySet<number>
}

/**
 * The slots that a process may use: those of its partitions that are not away, and those that other owners lend, if it is the
 * one of all hungry processes that each falls to. `claims` are what stands beside the partitions of the others.
 *
 * No slot has two users. Of one that is not lent, its owner is the user. One that is lent falls to the first in an order of
 * the hungry that is the slot's own and the same for all: two who both think they are first would each have to come before
 * the other. Whoever looks at an older state may see too many hungry ones or too few slots lent, and uses less than it may.
 */
export function usableSlots(
  me: Holder,
  claims: ReadonlyMap<number, PartitionClaim>,
  partitions: number,
): ReadonlySet<number> {
  const usable = new Set<number>()
  for (const partition of me.owned)
    for (const slot of slotsOf(partition, partitions)) if (!me.away.has(slot)) usable.add(slot)
  if (me.hunger === 0) return usable
  const hungry = hungryOf(claims, me)
  for (const [partition, { lent }] of claims) {
    if (me.owned.has(partition)) continue
    for (const slot of slotsOf(partition, partitions))
      if (lent.includes(slot) && firstFor(slot, hungry) === me.name) usable.add(slot)
  }
  return usable
}

/** How hungry each process is that wants more, `me` included. */
function hungryOf(claims: ReadonlyMap<number, PartitionClaim>, me: Holder): ReadonlyMap<string, Hunger> {
  const hungry = new Map<string, Hunger>([[me.name, me.hunger]])
  for (const [partition, { owner, hunger }] of claims)
    if (!me.owned.has(partition) && owner !== me.name && hunger > 0) hungry.set(owner, hunger)
  return hungry
}

/** The one of the hungry that a lent slot falls to: the hungrier one, of equals the first in the slot's own order. */
function firstFor(slot: number, hungry: ReadonlyMap<string, Hunger>): string | undefined {
  let first: { readonly name: string; readonly hunger: Hunger; readonly rank: number } | undefined
  for (const [name, hunger] of hungry) {
    const rank = rankOf(`${slot}/${name}`)
    const isBefore =
      first === undefined ||
      hunger > first.hunger ||
      (hunger === first.hunger && (rank > first.rank || (rank === first.rank && name > first.name)))
    if (isBefore) first = { name, hunger, rank }
  }
  return first?.name
}

/** FNV-1a: the same everywhere, and spread well enough for ten slots. */
function rankOf(text: string): number {
  let hash = 0x811c9dc5
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}
