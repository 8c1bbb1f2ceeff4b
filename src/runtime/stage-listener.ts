import { coLocated } from './assignment.ts'
import type { Committer } from './committer.ts'
import { failureAt } from './failure.ts'
import type { Intake } from './intake.ts'
import type { Lease } from './lease.ts'
import type { Clock, GroupListener, StageLog, StageMetrics } from './ports.ts'
import type { StageDefinition } from './stage-definition.ts'
import type { TaskTable } from './task-table.ts'

/** What of a stage hears of its group. */
export interface StageListenerPorts {
  readonly tasks: TaskTable
  readonly intake: Intake
  readonly lease: Lease
  readonly committer: Committer
  readonly clock: Clock
  readonly metrics: StageMetrics
  readonly log: StageLog
  commit(): Promise<boolean>
  /** Says which tasks run. */
  announce(): void
  failed(error: Error): void
}

/** A stage's ear in its group. */
export interface StageListener {
  readonly listener: GroupListener
  /** True once there was an assignment, be it of no partition. */
  isAssigned(): boolean
  /** Monotonic milliseconds of the last sign that the consumer gets anywhere. */
  lastProgressMs(): number
}

/** Nothing was heard yet. An assignment that comes while the stage is stopping is not taken. */
export function createStageListener(
  definition: StageDefinition,
  { tasks, intake, lease, committer, clock, metrics, log, ...ports }: StageListenerPorts,
  isStopping: () => boolean,
): StageListener {
  const topics = [...definition.inputs, definition.changelog]
  let assigned = false
  let lastProgressMs = clock.monotonicMs()

  const listener: GroupListener = {
    lost: () => tasks.assign([]),
    assigned(assignment, ageMs) {
      if (isStopping()) {
        // From here on a commit counts for this assignment, and what there is to commit is of the one before.
        committer.restrictTo(coLocated(assignment, topics) ?? [])
        return
      }
      assigned = true
      committer.reset()
      metrics.rebalanced(definition.name)
      const partitions = coLocated(assignment, topics)
      if (partitions === null) {
        ports.failed(notTogether(definition.name, topics))
        return
      }
      log.info({ stage: definition.name, partitions }, 'assigned')
      lease.begin(ageMs)
      definition.assigned(partitions)
      tasks.assign(partitions)
      ports.announce()
    },
    suspended() {
      lease.suspend()
      definition.suspended()
      // Still as the member that it was: what moves to another begins there where it ended here. What does not get through
      // is read again by whoever owns it then, and found done.
      ports.commit().catch(() => undefined)
    },
    async batch(batch) {
      const nextOffset = await intake.take(batch)
      lastProgressMs = clock.monotonicMs()
      return nextOffset
    },
    alive(ageMs) {
      lease.renew(ageMs)
      definition.alive()
    },
    polled() {
      lastProgressMs = clock.monotonicMs()
    },
    crashed: (error) => ports.failed(failureAt(`${definition.name}: the consumer ended`, error)),
  }

  return { listener, isAssigned: () => assigned, lastProgressMs: () => lastProgressMs }
}

function notTogether(stage: string, topics: readonly string[]): Error {
  return new Error(`${stage}: the partitions of ${topics.join(', ')} were not assigned together`)
}
