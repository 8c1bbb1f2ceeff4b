import { encodeClaim, type Hunger, type PartitionClaim } from './slot-claim.ts'
import { slotCount, slotsOf, usableSlots } from './slots.ts'

/** How long what was read of the others may be acted upon, in milliseconds, from when it was asked for. */
export const validMs = 3000
/** After how long everybody has read anew what was published: more than {@link validMs} by what timers are late. */
export const heardMs = 4000
/** How long a slot that was somebody else's rests: in the last second that one may have used it. */
export const restMs = 1100

/** What a process claims under one assignment, and who counts on it. All times are monotonic milliseconds. */
export interface SlotShare {
  readonly owned: ReadonlySet<number>
  hunger: Hunger
  /** From when on everybody knows of it; without end until the group took it. */
  hungerCountsMs: number
  readonly lent: Set<number>
  /** Until when others may use slots that were lent and are taken back; without end until the group took that. */
  readonly returning: Map<number, number>
  /** Slots of others, and when they were first seen to be this process's. */
  readonly gained: Map<number, number>
  read: { readonly askedMs: number; readonly claims: ReadonlyMap<number, PartitionClaim> } | null
  /** What stands beside all of its partitions; `null` where something else may. */
  published: string | null
}

/** The share of a process that owns these partitions, and has heard and said nothing. */
export function newShare(owned: readonly number[]): SlotShare {
  return {
    owned: new Set(owned),
    hunger: 0,
    hungerCountsMs: Infinity,
    lent: new Set(),
    returning: new Map(),
    gained: new Map(),
    read: null,
    published: null,
  }
}

/** Takes in what stands beside the partitions, as of when it was asked for. */
export function noteRead(
  share: SlotShare,
  askedMs: number,
  claims: ReadonlyMap<number, PartitionClaim>,
  partitions: number,
): void {
  // An earlier commit can come through late, and stand where this claim did: nobody has heard of it then.
  if (!isPublished(share, claims)) unpublish(share)
  if (share.read === null) takeOver(share, claims, partitions)
  share.read = { askedMs, claims }
}

/** Takes up another claim: what it gives up at once, what it asks for once that is heard. */
export function noteWish(share: SlotShare, hunger: Hunger, lent: ReadonlySet<number>): void {
  for (const slot of share.lent) {
    if (lent.has(slot)) continue
    share.lent.delete(slot)
    share.returning.set(slot, Infinity)
  }
  for (const slot of lent) share.lent.add(slot)
  if (hunger > share.hunger) share.hungerCountsMs = Infinity
  share.hunger = hunger
}

/** The group has taken `claim`, just now. */
export function notePublished(share: SlotShare, claim: string, nowMs: number): void {
  const countsMs = nowMs + heardMs
  share.published = claim
  if (share.hungerCountsMs === Infinity) share.hungerCountsMs = countsMs
  for (const [slot, untilMs] of share.returning) if (untilMs === Infinity) share.returning.set(slot, countsMs)
}

/** How many slots the process may use now, and when that changes by itself. Slots that came since begin to rest. */
export function usableNow(
  share: SlotShare,
  nowMs: number,
  name: string,
  partitions: number,
): { readonly usable: number; readonly againMs: number } {
  if (share.owned.size === partitions) return { usable: slotCount, againMs: Infinity }
  // What a former owner lent of these partitions is not known yet.
  if (share.read === null) return { usable: 0, againMs: Infinity }
  for (const [slot, untilMs] of share.returning) if (untilMs <= nowMs) share.returning.delete(slot)
  const isFresh = nowMs - share.read.askedMs < validMs
  const me = {
    name,
    hunger: share.hungerCountsMs <= nowMs ? share.hunger : 0,
    owned: share.owned,
    away: new Set([...share.lent, ...share.returning.keys()]),
  }
  const slots = usableSlots(me, isFresh ? share.read.claims : new Map<number, PartitionClaim>(), partitions)
  noteGained(share, slots, nowMs, partitions)
  const restUntilMs = [...share.gained.values()].map((seenMs) => seenMs + restMs).filter((ms) => ms > nowMs)
  const changesMs = [
    ...restUntilMs,
    ...share.returning.values(),
    share.hungerCountsMs,
    share.read.askedMs + validMs,
  ]
  return {
    usable: slots.size - restUntilMs.length,
    againMs: Math.min(Infinity, ...changesMs.filter((ms) => ms > nowMs)),
  }
}

function noteGained(share: SlotShare, slots: ReadonlySet<number>, nowMs: number, partitions: number): void {
  const own = slotsOfAll(share.owned, partitions)
  for (const slot of share.gained.keys()) if (!slots.has(slot)) share.gained.delete(slot)
  for (const slot of slots) if (!own.includes(slot) && !share.gained.has(slot)) share.gained.set(slot, nowMs)
}

/** Whether `claims` has beside all partitions of this process what it published last. */
function isPublished({ owned, published }: SlotShare, claims: ReadonlyMap<number, PartitionClaim>): boolean {
  return [...owned].every((partition) => {
    const claim = claims.get(partition)
    return claim !== undefined && encodeClaim(claim) === published
  })
}

function unpublish(share: SlotShare): void {
  share.published = null
  if (share.hunger > 0) share.hungerCountsMs = Infinity
  for (const slot of share.returning.keys()) share.returning.set(slot, Infinity)
}

/** Slots that a former owner of these partitions lent may still be in use: they come back like those that one lent oneself. */
function takeOver(share: SlotShare, claims: ReadonlyMap<number, PartitionClaim>, partitions: number): void {
  for (const partition of share.owned)
    for (const slot of slotsOf(partition, partitions))
      if (claims.get(partition)?.lent.includes(slot) === true) share.returning.set(slot, Infinity)
}

/** The slots of all partitions of `owned`. */
export function slotsOfAll(owned: ReadonlySet<number>, partitions: number): readonly number[] {
  return [...owned].flatMap((partition) => slotsOf(partition, partitions))
}
