import type { Config } from '../config/config.ts'
import { internalTopics } from '../config/topics.ts'
import { createFlusher, type Flusher, type FlusherPorts } from '../deliver/flusher.ts'
import type { DeliverPorts } from '../deliver/ports.ts'
import { createDeliverTask, type DeliverTask } from '../deliver/task.ts'
import { type PartitionClaim, parseClaim } from '../deliver/slot-claim.ts'
import { createSlotSharing } from '../deliver/slot-sharing.ts'
import { slotCount } from '../deliver/slots.ts'
import { statusFields, type Urgency } from '../domain/urgency.ts'
import { every } from '../runtime/interval.ts'
import type { Clock, OffsetReader } from '../runtime/ports.ts'
import type { StageDefinition } from '../runtime/stage-definition.ts'
import { createReceive, createSend } from '../topology.ts'
import { digest } from './assemble-stage.ts'

/** What the deliver stage's tasks share. */
export type SharedDeliverPorts = Omit<DeliverPorts, 'store' | 'produce' | 'digest' | 'ledgerRecord'>

/** The deliver stage with its flusher. */
export interface DeliverStage {
  readonly definition: StageDefinition
  readonly flusher: Flusher
  /** Contacts that may differ from Zendesk, over the partitions of this process: all, or those with `urgency`. */
  dirtyContacts(urgency?: Urgency): number
  oldestDirtyAgeMs(urgency?: Urgency): number
  /** Requests per second that this process may send. */
  requestsPerSecondShare(): number
}

const shareEveryMs = 1000
/** The window in which Zendesk counts. */
const windowMs = 1000

/** The group of the deliver stage, in which its processes share the rate. */
export interface DeliverGroup {
  /** Name of this life of the process, unlike that of any other. */
  readonly processName: string
  readonly offsets: Pick<OffsetReader, 'committedOffsets'>
  /** As {@link Stage.publish}. */
  publish(): Promise<boolean>
  /** Sharing failed in a way that nobody expects. */
  failed(error: unknown): void
}

/** The deliver stage as configured, for topics of `partitions` partitions. */
export function defineDeliverStage(
  config: Config,
  partitions: number,
  ports: SharedDeliverPorts,
  flusherPorts: FlusherPorts,
  group: DeliverGroup,
  clock: Clock,
): DeliverStage {
  const topics = internalTopics(config.applicationId)
  const tasks = new Map<number, DeliverTask>()
  let running: readonly DeliverTask[] = []
  const flusher = createFlusher(flusherPorts, {
    requestsPerSecond: config.zendesk.requestsPerSecond,
    maxConcurrentRequests: config.zendesk.maxConcurrentRequests,
    ambiguousHoldMs: config.zendesk.ambiguousHoldMs,
    retryInitialMs: config.deliver.retry.initialMs,
    retryMaxMs: config.deliver.retry.maxMs,
  })
  const groupId = `${config.applicationId}.deliver`
  const dirtyContacts = (urgency?: Urgency): number =>
    running.reduce((sum, { dirty }) => sum + dirty.size(urgency), 0)
  const sharing = createSlotSharing({
    owner: group.processName,
    partitions,
    slotPerSecond: config.zendesk.requestsPerSecond / slotCount,
    monotonicMs: () => clock.monotonicMs(),
    setTimer: (delayMs, then) => clock.setTimer(delayMs, then),
    claims: async () => readClaims(group.offsets, groupId, topics.contacts),
    // What is wrong with the group, the regular commits say.
    publish: async () => group.publish().catch(() => false),
    demand: () => ({ waiting: dirtyContacts(), sent: flusher.sent() }),
    changed: (slots) => flusher.adjust(slots),
  })
  let stopSharing = (): void => undefined

  async function share(): Promise<void> {
    if (flusherPorts.holdsLease()) await sharing.step()
  }

  const definition: StageDefinition = {
    name: 'deliver',
    groupId,
    inputs: [topics.contacts],
    changelog: topics.ledger,
    restoredInputs: [topics.contacts],
    createTask(partition, { state, produce, failed }) {
      const task = createDeliverTask(
        {
          ...ports,
          store: state,
          produce,
          digest,
          ledgerRecord: (email, value) => ({ topic: topics.ledger, partition, key: email, value }),
        },
        {
          ledgerTopic: topics.ledger,
          steps: { receive: createReceive, send: createSend },
          statuses: statusFields(config.audiences, config.statusWords),
          ambiguousHoldMs: config.zendesk.ambiguousHoldMs,
          monotonicMs: () => clock.monotonicMs(),
          wakeFlusher: () => flusher.wake(),
          failed,
        },
      )
      tasks.set(partition, task)
      return {
        ...task,
        close() {
          task.close()
          if (tasks.get(partition) === task) tasks.delete(partition)
        },
      }
    },
    assigned(partitions) {
      // In the last second, who had these partitions before may have used their share.
      flusher.begin(0, clock.monotonicMs() + windowMs)
      sharing.assign(partitions)
      stopSharing()
      stopSharing = every(clock, shareEveryMs, share, (error) => group.failed(error))
      share().catch((error: unknown) => group.failed(error))
    },
    note: () => sharing.claim(),
    runningChanged(runningPartitions) {
      running = runningPartitions
        .map((partition) => tasks.get(partition))
        .filter((task) => task !== undefined)
      flusher.assign(running)
    },
    suspended() {
      flusher.suspend()
      sharing.suspend()
      stopSharing()
    },
    alive: () => flusher.wake(),
  }

  return {
    definition,
    flusher,
    dirtyContacts,
    oldestDirtyAgeMs: (urgency) =>
      Math.max(0, ...running.map(({ dirty }) => dirty.oldestAgeMs(clock.monotonicMs(), urgency))),
    requestsPerSecondShare: () => flusher.perSecond(),
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
