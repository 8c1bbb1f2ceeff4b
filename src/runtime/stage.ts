import { createCommitter } from './committer.ts'
import { failureAt } from './failure.ts'
import { keepHouse } from './housekeeping.ts'
import { createIntake } from './intake.ts'
import { every } from './interval.ts'
import { createLease } from './lease.ts'
import type {
  Clock,
  GroupConsumer,
  OffsetReader,
  Produce,
  StageLog,
  StageMetrics,
  TopicPartition,
} from './ports.ts'
import type { StageDefinition } from './stage-definition.ts'
import { createStageListener } from './stage-listener.ts'
import type { StateStores } from './state-store.ts'
import { createTaskTable } from './task-table.ts'

/** How a stage keeps time. */
export interface StageOptions {
  readonly commitIntervalMs: number
  /** How long after the last sign of life from the group's coordinator this member may act for its partitions. */
  readonly leaseMs: number
  /** Pause of a partition whose records cannot be processed because something outside is down. */
  readonly stallRetryMs: number
  /** How long a store may have been out of use before it is wiped: deletions are remembered in Kafka no longer. */
  readonly maxStoreAgeMs: number
  /** How long the store of a partition that went to another member is kept, for the case that it comes back. */
  readonly keepUnusedStoresMs: number
}

/** Everything a stage needs. */
export interface StagePorts {
  readonly consumer: GroupConsumer
  readonly offsets: OffsetReader
  readonly stores: StateStores
  readonly produce: Produce
  readonly clock: Clock
  readonly metrics: StageMetrics
  readonly log: StageLog
  /** True for an error that says something outside is down, and not that the record is at fault. */
  isTransient(error: unknown): boolean
  /** The stage cannot go on; the process must end. */
  failed(error: Error): void
}

/** A running stage. */
export interface Stage {
  readonly name: string
  readonly groupId: string
  start(): Promise<void>
  /** True while the group's coordinator has been heard of within the lease. */
  holdsLease(): boolean
  /** True once it has an assignment, be it of no partition. */
  isAssigned(): boolean
  /** True while every task of the assignment has its state. */
  isRestored(): boolean
  /** Monotonic milliseconds of the last sign that the consumer gets anywhere. */
  lastProgressMs(): number
  /** The input partitions that it owns. */
  owned(): readonly TopicPartition[]
  /** Commits the definition's note; false where a partition has no offset of the first input for it to stand beside, or the group moved on. */
  publish(): Promise<boolean>
  /** Takes nothing new, lets running work end, commits and leaves the group. */
  stop(): Promise<void>
}

/** A stage over `definition`; nothing happens before `start`. */
export function createStage(definition: StageDefinition, ports: StagePorts, options: StageOptions): Stage {
  const { consumer, clock } = ports
  const committer = createCommitter(consumer, definition.name, ports.metrics)
  const tasks = createTaskTable(
    definition,
    {
      ...ports,
      mayAct: () => lease.isHeld(),
      changed: announce,
      moveBack: async (positions) => committer.moveBack(positions),
    },
    { restartAfterMs: options.stallRetryMs, maxStoreAgeMs: options.maxStoreAgeMs },
  )
  const intake = createIntake(definition.name, tasks, ports, options.stallRetryMs)
  const lease = createLease(clock, options.leaseMs)
  let stopping = false
  let cancels: readonly (() => void)[] = []

  const inputsOf = (partition: number) => definition.inputs.map((topic) => ({ topic, partition }))

  const owned = () => tasks.all().flatMap(({ partition }) => inputsOf(partition))
  const commit = async () =>
    committer.commit(
      () => tasks.positions(),
      () => definition.note(),
    )

  /** In doubt nothing is announced: a task that gets ready meanwhile may be another member's by now. */
  function announce(): void {
    if (lease.isInDoubt()) return
    const running = tasks.all().filter((task) => task.isUpToDate())
    definition.runningChanged(running.map(({ partition }) => partition))
  }

  const group = createStageListener(
    definition,
    { ...ports, tasks, intake, lease, committer, commit, announce },
    () => stopping,
  )

  return {
    name: definition.name,
    groupId: definition.groupId,
    async start() {
      const failed = (error: unknown): void => ports.failed(failureAt(definition.name, error))
      cancels = [
        every(clock, options.commitIntervalMs, commit, failed),
        keepHouse(definition.name, tasks, ports, options.keepUnusedStoresMs),
      ]
      await consumer.start(group.listener)
    },
    holdsLease: () => !stopping && lease.isHeld(),
    isAssigned: () => group.isAssigned(),
    isRestored: () => tasks.isRunning(),
    lastProgressMs: () => group.lastProgressMs(),
    owned,
    async publish() {
      const [noted] = definition.inputs
      const known = tasks.positions().filter(({ topic }) => topic === noted).length
      return (await commit()) && known === tasks.all().length
    },
    async stop() {
      stopping = true
      intake.stop()
      for (const cancel of cancels) cancel()
      try {
        await tasks.close()
        await commit()
      } finally {
        await consumer.stop()
      }
    },
  }
}
