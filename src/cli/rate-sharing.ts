import type { Flusher } from '../deliver/flusher.ts'
import { type PartitionClaim, parseClaim } from '../deliver/slot-claim.ts'
import { createSlotSharing } from '../deliver/slot-sharing.ts'
import { slotCount } from '../deliver/slots.ts'
import { every } from '../runtime/interval.ts'
import type { Clock, OffsetReader } from '../runtime/ports.ts'
import type { StageDefinition } from '../runtime/stage-definition.ts'

/** The group of the deliver stage, in which its processes share the rate. */
export interface DeliverGroup {
  /** Name of this life of the process, unlike that of any other. */
  readonly processName: string
  readonly offsets: Pick<OffsetReader, 'committedOffsets'>
  /** As `Stage.publish`. */
  publish(): Promise<boolean>
  /** Sharing failed in a way that nobody expects. */
  failed(error: unknown): void
}

/** What is shared, and among whom. */
export interface RateSharingOptions {
  readonly groupId: string
  /** The topic whose partitions the slots belong to. */
  readonly topic: string
  readonly partitions: number
  /** Of all processes together. */
  readonly requestsPerSecond: number
}

/** What sharing the rate needs of the stage. */
export interface RateSharingPorts extends DeliverGroup {
  readonly flusher: Flusher
  readonly clock: Clock
  dirtyContacts(): number
  holdsLease(): boolean
}

/** Gives the flusher the slots that are this process's, from each assignment to its end. */
export type RateSharing = Pick<StageDefinition, 'assigned' | 'note' | 'suspended'>

const shareEveryMs = 1000
/** The window in which Zendesk counts. */
const windowMs = 1000

/** Sharing before the first assignment. */
export function createRateSharing(
  { groupId, topic, partitions, requestsPerSecond }: RateSharingOptions,
  { flusher, clock, offsets, ...ports }: RateSharingPorts,
): RateSharing {
  const sharing = createSlotSharing({
    owner: ports.processName,
    partitions,
    slotPerSecond: requestsPerSecond / slotCount,
    monotonicMs: () => clock.monotonicMs(),
    setTimer: (delayMs, then) => clock.setTimer(delayMs, then),
    claims: async () => readClaims(offsets, groupId, topic),
    // What is wrong with the group, the regular commits say.
    publish: async () => ports.publish().catch(() => false),
    demand: () => ({ waiting: ports.dirtyContacts(), sent: flusher.sent() }),
    changed: (slots) => flusher.adjust(slots),
  })
  let stop = (): void => undefined

  async function share(): Promise<void> {
    if (ports.holdsLease()) await sharing.step()
  }

  return {
    assigned(owned) {
      // In the last second, who had these partitions before may have used their share.
      flusher.begin(0, clock.monotonicMs() + windowMs)
      sharing.assign(owned)
      stop()
      stop = every(clock, shareEveryMs, share, (error) => ports.failed(error))
      share().catch((error: unknown) => ports.failed(error))
    },
    note: () => sharing.claim(),
    suspended() {
      sharing.suspend()
      stop()
    },
  }
}

/** What stands beside the partitions of `topic`; `null` where no broker says so. */
async function readClaims(
  offsets: DeliverGroup['offsets'],
  groupId: string,
  topic: string,
): Promise<ReadonlyMap<number, PartitionClaim> | null> {
  const committed = await offsets.committedOffsets(groupId, [topic]).catch(() => null)
  if (committed === null) return null
  const claims = new Map<number, PartitionClaim>()
  for (const [partition, { note }] of committed.get(topic) ?? []) {
    const claim = parseClaim(note)
    if (claim !== null) claims.set(partition, claim)
  }
  return claims
}
