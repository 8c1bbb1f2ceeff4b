import type { Config } from '../config/config.ts'
import { internalTopics } from '../config/topics.ts'
import { createFlusher, type Flusher, type FlusherPorts } from '../deliver/flusher.ts'
import type { DeliverPorts } from '../deliver/ports.ts'
import { createDeliverTask, type DeliverTask } from '../deliver/task.ts'
import { statusFields, type Urgency } from '../domain/urgency.ts'
import type { Clock } from '../runtime/ports.ts'
import type { StageDefinition } from '../runtime/stage-definition.ts'
import { createReceive, createSend } from '../topology.ts'
import { digest } from './assemble-stage.ts'
import { createRateSharing, type DeliverGroup } from './rate-sharing.ts'

/** What the deliver stage's tasks share. */
export type SharedDeliverPorts = Omit<
  DeliverPorts,
  'store' | 'produce' | 'digest' | 'ledgerRecord' | 'retryRecord'
>

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
    ...config.deliver.retry,
  })
  const groupId = `${config.applicationId}.deliver`
  const dirtyContacts = (urgency?: Urgency): number =>
    running.reduce((sum, { dirty }) => sum + dirty.size(urgency), 0)
  const sharing = createRateSharing(
    { groupId, topic: topics.contacts, partitions, requestsPerSecond: config.zendesk.requestsPerSecond },
    { ...group, flusher, clock, dirtyContacts, holdsLease: () => flusherPorts.holdsLease() },
  )

  const definition: StageDefinition = {
    name: 'deliver',
    groupId,
    inputs: [topics.contacts, topics.retry, topics.deliverReplay],
    changelog: topics.ledger,
    restoredInputs: [topics.contacts, topics.retry],
    createTask(partition, { state, produce, failed }) {
      const task = createDeliverTask(
        {
          ...ports,
          store: state,
          produce,
          digest,
          ledgerRecord: (email, value) => ({ topic: topics.ledger, partition, key: email, value }),
          retryRecord: (email, value) => ({ topic: topics.retry, partition, key: email, value }),
        },
        {
          ledgerTopic: topics.ledger,
          retryTopic: topics.retry,
          replayTopic: topics.deliverReplay,
          steps: { receive: createReceive, send: createSend },
          statuses: statusFields(config.audiences, config.statusWords),
          ambiguousHoldMs: config.zendesk.ambiguousHoldMs,
          retryMaxMs: config.deliver.retry.maxMs,
          retryMaxAttempts: config.deliver.retry.maxAttempts,
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
    assigned: (partitions) => sharing.assigned(partitions),
    note: () => sharing.note(),
    runningChanged(runningPartitions) {
      running = runningPartitions
        .map((partition) => tasks.get(partition))
        .filter((task) => task !== undefined)
      flusher.assign(running)
    },
    suspended() {
      flusher.suspend()
      sharing.suspended()
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
