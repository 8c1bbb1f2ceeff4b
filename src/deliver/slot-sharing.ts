import { createSerial } from '../domain/serial.ts'
import { encodeClaim, type PartitionClaim } from './slot-claim.ts'
import {
  newShare,
  notePublished,
  noteRead,
  noteWish,
  type SlotShare,
  slotsOfAll,
  usableNow,
} from './slot-share.ts'
import { slotsOf } from './slots.ts'
import { whatToClaim } from './what-to-claim.ts'

/** What sharing the slots needs of the outside. */
export interface SlotSharingPorts {
  /** Name of this life of the process, unlike that of any other. */
  readonly owner: string
  /** How many partitions the slots are dealt to. */
  readonly partitions: number
  /** Requests per second of one slot. */
  readonly slotPerSecond: number
  monotonicMs(): number
  /** Calls `then` once, `delayMs` from now; the returned function cancels it. */
  setTimer(delayMs: number, then: () => void): () => void
  /** What stands beside the partitions now; `null` where nobody can say. */
  claims(): Promise<ReadonlyMap<number, PartitionClaim> | null>
  /** Puts {@link SlotSharing.claim} beside all partitions of this process; false where some do not have it. */
  publish(): Promise<boolean>
  /** Contacts that wait to be sent, and requests that have left since the start. */
  demand(): { readonly waiting: number; readonly sent: number }
  /** This process may use so many slots from now on. */
  changed(slots: number): void
}

/**
 * Shares the rate between the processes of the group, with nothing but what they write beside their offsets. Each has the
 * slots of its partitions. One with more work than they carry says that it is hungry; one with less lends what it does not
 * need. Of the two moments at which a slot changes hands, its user stops before it says so, and the next one begins when all
 * have heard: nobody acts on what is older than `validMs`, and what entitles somebody counts only `heardMs` after the group
 * took it (docs/decisions/0011).
 */
export interface SlotSharing {
  /** A new assignment: what was agreed before it is void, here as everywhere in the group. */
  assign(owned: readonly number[]): void
  /** No slot may be used until the next {@link SlotSharing.assign}. */
  suspend(): void
  /** What is to stand beside this process's partitions. */
  claim(): string
  /** Looks around, lends, takes back and asks; to be called about every second. */
  step(): Promise<void>
}

/** How often a process that is content looks whether others are hungry. */
const lookMs = 2500
/** Over how long the requests of a process are counted. */
const countMs = 5000

/** Sharing before the first assignment. */
export function createSlotSharing(ports: SlotSharingPorts): SlotSharing {
  const { owner, partitions } = ports
  const serially = createSerial()
  let share: SlotShare | null = null
  let cancelTimer = (): void => undefined
  let counts: { readonly atMs: number; readonly sent: number }[] = []

  const claimOf = ({ hunger, lent }: SlotShare): string =>
    encodeClaim({ owner, hunger, lent: [...lent].sort((a, b) => a - b) })

  /** Says how many slots are usable now, and looks again when that is due to change. */
  function tell(): void {
    cancelTimer()
    if (share === null) return
    const nowMs = ports.monotonicMs()
    const { usable, againMs } = usableNow(share, nowMs, owner, partitions)
    if (Number.isFinite(againMs)) cancelTimer = ports.setTimer(Math.max(1, againMs - nowMs), tell)
    ports.changed(usable)
  }

  async function look(current: SlotShare): Promise<void> {
    const askedMs = ports.monotonicMs()
    const claims = await ports.claims()
    if (claims === null || current !== share) return
    noteRead(current, askedMs, claims, partitions)
    tell()
  }

  function claimAnew(current: SlotShare): void {
    const nowMs = ports.monotonicMs()
    const { waiting, sent } = ports.demand()
    counts = [...counts.filter(({ atMs }) => nowMs - atMs < countMs), { atMs: nowMs, sent }]
    const wish = whatToClaim({
      owner,
      owned: current.owned,
      own: slotsOfAll(current.owned, partitions),
      lent: current.lent,
      hunger: current.hunger,
      claims: current.read?.claims ?? new Map<number, PartitionClaim>(),
      isHeard: current.published !== null,
      waiting,
      sentPerSecond: perSecond(counts),
      slotPerSecond: ports.slotPerSecond,
      slotsOf: (partition) => slotsOf(partition, partitions),
    })
    noteWish(current, wish.hunger, wish.lent)
    tell()
  }

  async function takeStep(): Promise<void> {
    const current = share
    // Whoever owns all partitions has nobody to share with.
    if (current === null || current.owned.size === 0 || current.owned.size === partitions) return
    const readAgeMs = current.read === null ? Infinity : ports.monotonicMs() - current.read.askedMs
    if (current.hunger > 0 || readAgeMs >= lookMs) await look(current)
    if (current !== share || current.read === null) return
    claimAnew(current)
    const claim = claimOf(current)
    if (claim === current.published || !(await ports.publish()) || current !== share) return
    notePublished(current, claim, ports.monotonicMs())
    tell()
  }

  return {
    assign(owned) {
      share = newShare(owned)
      tell()
    },
    suspend() {
      share = null
      cancelTimer()
    },
    claim: () => (share === null ? '' : claimOf(share)),
    step: async () => serially(takeStep),
  }
}

function perSecond(counts: readonly { readonly atMs: number; readonly sent: number }[]): number {
  const first = counts[0]
  const last = counts.at(-1)
  if (first === undefined || last === undefined || first === last) return 0
  return ((last.sent - first.sent) * 1000) / (last.atMs - first.atMs)
}
