import { createSerial } from '../domain/serial.ts'
import { failureAt } from './failure.ts'
import {
  type Clock,
  type GroupConsumer,
  LeaseLost,
  type OffsetReader,
  type PartitionOffset,
  type Produce,
  type StageLog,
  type StageMetrics,
  type TaskFailureReason,
  type TopicPartition,
} from './ports.ts'
import type { StageDefinition } from './stage-definition.ts'
import { planStart, type StartPlan } from './start-plan.ts'
import { readStartFacts, type StartSnapshot } from './start-snapshot.ts'
import type { StateStores } from './state-store.ts'
import { failureReason } from './task-failure.ts'
import { createTaskRunner, type TaskRunner } from './task-runner.ts'

/** What the table needs of its stage. */
export interface TaskTablePorts {
  readonly consumer: GroupConsumer
  readonly offsets: OffsetReader
  readonly stores: StateStores
  readonly produce: Produce
  readonly clock: Clock
  readonly metrics: StageMetrics
  readonly log: StageLog
  /** False where the partitions of this member may be another's. */
  mayAct(): boolean
  isTransient(error: unknown): boolean
  failed(error: Error): void
  /** A task became ready to process, or ended. */
  changed(): void
}

/** When and how long. */
export interface TaskTableOptions {
  /** How long after its end a task that can begin anew does so. */
  readonly restartAfterMs: number
  /** How long a store may have been out of use before it is wiped. */
  readonly maxStoreAgeMs: number
}

/** The tasks of this member's partitions, kept equal to its assignment. */
export interface TaskTable {
  /** Keeps the tasks that stay, closes those that left, and restores the new ones. */
  assign(partitions: readonly number[]): void
  get(partition: number): TaskRunner | undefined
  all(): readonly TaskRunner[]
  /** True while every partition of the assignment has a task that runs. */
  isRunning(): boolean
  /**
   * A step of `task` failed: it begins anew from its store and changelog after a while, or the process ends. A task that
   * is not here any more failed for nobody. `failure` is what the process ends with, if it does.
   */
  fail(task: TaskRunner, error: unknown, failure?: Error): void
  /** Next offset to read of every input of which a task processed something. */
  positions(): readonly PartitionOffset[]
  /** Resolves when nothing runs any more and every store is closed. */
  close(): Promise<void>
}

/** An empty table. */
export function createTaskTable(
  definition: StageDefinition,
  ports: TaskTablePorts,
  options: TaskTableOptions,
): TaskTable {
  const { consumer, metrics, log } = ports
  const tasks = new Map<number, TaskRunner>()
  const closing = new Set<Promise<void>>()
  /** Partitions of the assignment whose task ended, and how to keep it from beginning anew. */
  const restarts = new Map<number, () => void>()
  const corrupt = new Set<number>()
  const topics = [...definition.inputs, definition.changelog]
  const restoreTurn = createSerial()
  let isClosed = false

  const partitionsOf = (partition: number, names: readonly string[]): TopicPartition[] =>
    names.map((topic) => ({ topic, partition }))

  function drop(task: TaskRunner): void {
    tasks.delete(task.partition)
    metrics.taskState(definition.name, task.partition, null)
    const closed: Promise<void> = task
      .close()
      .catch((error: unknown) => log.warn({ ...placeOf(task), error: messageOf(error) }, 'store not closed'))
      .finally(() => closing.delete(closed))
    closing.add(closed)
  }

  const placeOf = ({ partition }: TaskRunner) => ({ stage: definition.name, partition })

  /** A task that runs already goes on where it is, whatever was committed: its store is ahead of that. */
  function keep(task: TaskRunner): void {
    consumer.pause(partitionsOf(task.partition, [definition.changelog]))
    consumer.resume(partitionsOf(task.partition, definition.inputs))
    for (const [topic, offset] of task.positions())
      consumer.seek({ topic, partition: task.partition, offset })
  }

  function create(partition: number): TaskRunner {
    const task = createTaskRunner(partition, {
      definition,
      stores: ports.stores,
      produce: ports.produce,
      clock: ports.clock,
      mayAct: () => ports.mayAct(),
      restoreTurn,
      topicRestored(topic) {
        if (topic === definition.changelog) consumer.pause([{ topic, partition }])
      },
      running() {
        metrics.taskState(definition.name, partition, 'running')
        consumer.resume(partitionsOf(partition, definition.inputs))
        log.info({ stage: definition.name, partition, records: task.restoredRecords() }, 'restored')
        ports.changed()
      },
      failed: (error) => fail(task, error),
    })
    tasks.set(partition, task)
    metrics.taskState(definition.name, partition, 'restoring')
    consumer.pause(partitionsOf(partition, topics))
    return task
  }

  async function start(task: TaskRunner, snapshot: Promise<StartSnapshot>): Promise<void> {
    const { partition } = task
    const isHere = (): boolean => tasks.get(partition) === task
    try {
      const factsOf = await snapshot
      if (!isHere()) return
      const plan = await openStore(task, factsOf)
      if (!isHere()) return
      report(partition, plan)
      // Before anything is read: a crash after the first record would leave the old offset beside a changelog that is new.
      if (plan.readsAgain) await rewind(partition, plan.positions)
      const offsets = new Map(plan.positions)
      for (const [topic, { startOffset }] of plan.ranges) offsets.set(topic, startOffset)
      for (const [topic, offset] of offsets) consumer.seek({ topic, partition, offset })
      await task.prepare(plan)
      if (isHere() && task.state() === 'restoring')
        consumer.resume(partitionsOf(partition, task.topicsToRestore()))
    } catch (error) {
      fail(task, error)
    }
  }

  async function rewind(partition: number, positions: ReadonlyMap<string, number>): Promise<void> {
    const offsets = [...positions].map(([topic, offset]) => ({ topic, partition, offset }))
    if ((await consumer.commit(offsets)) === 'stale') throw new LeaseLost('the group moved on')
  }

  async function openStore(
    task: TaskRunner,
    factsOf: StartSnapshot,
  ): Promise<Extract<StartPlan, { type: 'start' }>> {
    const { partition } = task
    const age = { nowMs: ports.clock.nowMs(), maxStoreAgeMs: options.maxStoreAgeMs }
    const stored = await task.open(corrupt.delete(partition))
    const plan = planStart({ ...factsOf(partition), ...age, stored, isChangelogNew: false })
    if (plan.type === 'start') return plan
    log.warn(
      { ...placeOf(task), reason: plan.reason },
      'the store is of no use: wiped, and restored from Kafka',
    )
    const { isChangelogNew } = plan
    const anew = planStart({ ...factsOf(partition), ...age, stored: await task.open(true), isChangelogNew })
    if (anew.type === 'wipe') throw new Error(`a new store is of no use: ${anew.reason}`)
    return anew
  }

  function report(partition: number, { lost, readsAgain }: Extract<StartPlan, { type: 'start' }>): void {
    const place = { stage: definition.name, partition }
    for (const [topic, records] of lost) {
      metrics.recordsLost(definition.name, topic, records)
      log.error({ ...place, topic, records }, 'records were deleted from the log before they were read')
    }
    if (readsAgain) log.warn({ ...place }, 'the changelog lost its records: all inputs are read again')
  }

  function fail(task: TaskRunner, error: unknown, failure?: Error): void {
    const { partition } = task
    if (tasks.get(partition) !== task) return
    const reason = failureReason(error, (thrown) => ports.isTransient(thrown))
    if (reason === null) {
      ports.failed(failure ?? failureAt(`${definition.name}[${partition}]`, error))
      return
    }
    const { restartAfterMs } = options
    tellRestart(task, reason, error)
    if (reason === 'store_corrupt') corrupt.add(partition)
    consumer.pause(partitionsOf(partition, topics))
    drop(task)
    const cancel = ports.clock.setTimer(restartAfterMs, () => {
      restarts.delete(partition)
      if (!isClosed) begin([partition])
    })
    restarts.set(partition, cancel)
    metrics.taskState(definition.name, partition, 'restoring')
    ports.changed()
  }

  function tellRestart(task: TaskRunner, reason: TaskFailureReason, error: unknown): void {
    metrics.taskRestarted(definition.name, reason)
    const fields = {
      ...placeOf(task),
      reason,
      restartAfterMs: options.restartAfterMs,
      error: messageOf(error),
    }
    log.error(fields, 'the task ended and begins anew from its store: nothing is committed until it runs')
  }

  function begin(partitions: readonly number[]): void {
    const created = partitions.map(create)
    const snapshot = readStartFacts(definition, ports.offsets)
    // Whoever awaits it hears of its failure; where no task is left to, nobody needs to.
    snapshot.catch(() => undefined)
    for (const task of created) void start(task, snapshot)
  }

  return {
    assign(partitions) {
      for (const task of [...tasks.values()]) {
        if (partitions.includes(task.partition) && task.state() === 'running') keep(task)
        else drop(task)
      }
      for (const [partition, cancel] of restarts) {
        cancel()
        if (!partitions.includes(partition)) metrics.taskState(definition.name, partition, null)
      }
      restarts.clear()
      const missing = partitions.filter((partition) => !tasks.has(partition))
      if (missing.length > 0) begin(missing)
    },
    get: (partition) => tasks.get(partition),
    all: () => [...tasks.values()],
    isRunning: () => restarts.size === 0 && [...tasks.values()].every((task) => task.state() === 'running'),
    fail,
    positions: () =>
      [...tasks.values()].flatMap(({ partition, positions }) =>
        [...positions()].map(([topic, offset]) => ({ topic, partition, offset })),
      ),
    async close() {
      isClosed = true
      for (const cancel of restarts.values()) cancel()
      await Promise.all([...tasks.values()].map(async (task) => task.close()))
      await Promise.all(closing)
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
