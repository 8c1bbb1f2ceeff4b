/** Members and the partition numbers that each gets, of every topic. */
export type PartitionShares = ReadonlyMap<string, readonly number[]>

/**
 * A member of the group. `held` says which partitions it holds a state store for and when it used each last, in epoch ms;
 * stores of tasks that it runs are being used when it says so.
 */
export interface StoreHolder {
  readonly memberId: string
  readonly held: ReadonlyMap<number, number>
}

/**
 * Deals partition numbers to members: each number to exactly one, in shares that differ by one at most. Of all such deals
 * it is the one that, in this order,
 * 1. leaves the most tasks where they run,
 * 2. gives the most partitions to members that hold a store for them,
 * 3. prefers the stores that were used last.
 * The order in which members and partitions are listed does not matter. To no members nothing is dealt.
 *
 * It is the assignment problem, solved by shortest augmenting paths: partitions are placed one after the other, each so that
 * what is placed costs the least that it can. One that finds room where it is best off takes a step per member, any other
 * about one per pair of members.
 */
export function dealPartitions(
  members: readonly StoreHolder[],
  partitions: readonly number[],
): PartitionShares {
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const seats = sorted.map(({ memberId }, index): Seat => ({ memberId, index, share: [], exits: null }))
  const table: Table = {
    seats,
    smaller: Math.floor(partitions.length / seats.length),
    larger: partitions.length % seats.length,
  }
  if (seats.length > 0) for (const lot of toLots(sorted, partitions)) place(lot, table)
  return new Map(
    seats.map(({ memberId, share }) => [
      memberId,
      share.map(({ partition }) => partition).sort((a, b) => a - b),
    ]),
  )
}

/** A member and what it has been dealt so far. */
interface Seat {
  readonly memberId: string
  readonly index: number
  share: readonly Lot[]
  /** For each member, by its index, the cheapest of the share to pass on to it. Null until the changed share is asked. */
  exits: readonly Exit[] | null
}

/** A partition that a member may pass on to a certain other, and by how much that costs more. */
interface Exit {
  readonly lot: Lot
  readonly cost: number
}

/** The members. Each gets `smaller` partitions, `larger` of them one more. */
interface Table {
  readonly seats: readonly Seat[]
  readonly smaller: number
  readonly larger: number
}

/** A partition to deal, and what it costs with each member, by the index of the member. */
interface Lot {
  readonly partition: number
  readonly costs: readonly number[]
}

const never = -1

/** A member takes less than this to say what it holds, with a look at the clock for each store. */
const momentMs = 1000

/**
 * The costs. A task that leaves its member costs more than all stores that could be missing, and a missing store more than
 * all ranks together; the rank of a store is 0 where it was used last of all. So the least sum is the best deal. Sums are
 * exact up to about 1000 partitions and 1000 members.
 *
 * A task runs where its store was used last, both of the stores of its partition and, but for a moment, of those of its
 * member. Without the second, a store that another member left behind an hour ago would count as much as a task that runs, once the member that
 * had run it left. Times of two members, and so two clocks, are compared for one partition only: between the times that
 * two members used it lies an assignment.
 *
 * Those that are sure of a place come first: they find room without anybody moving.
 */
function toLots(members: readonly StoreHolder[], partitions: readonly number[]): readonly Lot[] {
  const times = partitions.map((partition) => members.map(({ held }) => held.get(partition) ?? never))
  const distinct = [...new Set(times.flat())].filter((time) => time !== never).sort((a, b) => b - a)
  const ranks = new Map(distinct.map((time, rank) => [time, rank]))
  const missing = distinct.length * partitions.length
  const moved = missing * (partitions.length + 1)
  const latest = members.map((_, index) => greatest(times.map((ofMembers) => ofMembers[index] ?? never)))
  const lots = partitions.map((partition, row): Lot => {
    const ofMembers = times[row] ?? []
    const last = greatest(ofMembers)
    return {
      partition,
      costs: ofMembers.map((time, index) => {
        const runs = time === last && time + momentMs > (latest[index] ?? never)
        return time === never ? moved + missing : (runs ? 0 : moved) + (ranks.get(time) ?? 0)
      }),
    }
  })
  return lots.sort((a, b) => least(a.costs) - least(b.costs) || a.partition - b.partition)
}

/** How a member comes to have one partition too many, and what it costs until there. */
interface Route {
  readonly seat: Seat
  cost: number
  /** From whom and what: a partition, or with null the right to the larger share. Itself null for the new partition. */
  via: { readonly from: Route; readonly lot: Lot | null } | null
}

/** Adds a partition at the least cost, where need be by moving others. */
function place(lot: Lot, table: Table): void {
  const larger = table.seats.filter(({ share }) => share.length > table.smaller).length
  const limit = table.smaller + (larger < table.larger ? 1 : 0)
  const routes = table.seats.map((seat): Route => ({ seat, cost: costOf(lot, seat), via: null }))
  const open = routes.filter(({ seat }) => seat.share.length < limit)
  const best = least(lot.costs)
  if (!open.some(({ cost }) => cost === best)) extend(routes, table.smaller, larger === table.larger)
  let end = open.reduce((a, b) => (isBetter(b, a) ? b : a))
  for (; end.via !== null; end = end.via.from) {
    const { from, lot: passed } = end.via
    if (passed === null) continue
    setShare(
      from.seat,
      from.seat.share.filter((other) => other !== passed),
    )
    setShare(end.seat, [...end.seat.share, passed])
  }
  setShare(end.seat, [...end.seat.share, lot])
}

/** Of equal ends the one with the smaller share: what nobody has a store for is dealt round. */
function isBetter(a: Route, b: Route): boolean {
  return a.cost < b.cost || (a.cost === b.cost && a.seat.share.length < b.seat.share.length)
}

/**
 * Finds the cheapest route to every member. A member with one too many passes on a partition; or, where the larger shares
 * are all taken and it has the smaller, it keeps what it has and one with the larger share passes on a partition instead.
 *
 * It ends: what is placed costs the least that it can, so no round of moves makes it cheaper.
 */
function extend(routes: readonly Route[], smaller: number, largerTaken: boolean): void {
  const changed = [...routes]
  for (const from of changed) {
    const reach = (to: Route, lot: Lot | null, cost: number): void => {
      if (cost >= to.cost) return
      to.cost = cost
      to.via = { from, lot }
      changed.push(to)
    }
    const exits = (from.seat.exits ??= findExits(from.seat, routes))
    for (const to of routes) {
      const exit = exits[to.seat.index]
      if (exit !== undefined) reach(to, exit.lot, from.cost + exit.cost)
    }
    if (!largerTaken || from.seat.share.length !== smaller) continue
    for (const to of routes) if (to.seat.share.length > smaller) reach(to, null, from.cost)
  }
}

function findExits(seat: Seat, routes: readonly Route[]): readonly Exit[] {
  const { share } = seat
  if (share.length === 0) return []
  return routes.map((to) =>
    share
      .map((lot): Exit => ({ lot, cost: costOf(lot, to.seat) - costOf(lot, seat) }))
      .reduce((a, b) => (b.cost < a.cost ? b : a)),
  )
}

function setShare(seat: Seat, share: readonly Lot[]): void {
  seat.share = share
  seat.exits = null
}

function costOf(lot: Lot, seat: Seat): number {
  return lot.costs[seat.index] ?? Infinity
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Infinity)
}

function greatest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), never)
}
