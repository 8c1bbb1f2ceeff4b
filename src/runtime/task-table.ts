import { createSerial } from '../domain/serial.ts'
import { type Closing, createClosing } from './closing.ts'
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
import { createRestarts, type Restarts } from './restarts.ts'
import type { StageDefinition } from './stage-definition.ts'
import { readStartFacts, type StartSnapshot } from './start-snapshot.ts'
import { startTask } from './start-task.ts'
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
  /** Commits positions that lie before what was committed; false where the group moved on. */
  readonly moveBack: (positions: readonly PartitionOffset[]) => Promise<boolean>
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
  const closing = createClosing(definition.name, log)
  let isEnding = false
  const corrupt = new Set<number>()
  const topics = [...definition.inputs, definition.changelog]
  const restoreTurn = createSerial()
  const restarts = createRestarts(ports.clock, options.restartAfterMs, (partition) => begin([partition]))
  const startPorts = { ...ports, definition, maxStoreAgeMs: options.maxStoreAgeMs }

  function drop(task: TaskRunner): void {
    tasks.delete(task.partition)
    metrics.taskState(definition.name, task.partition, null)
    closing.add(task.partition, task.close())
  }

  function create(partition: number): TaskRunner {
    const task = createTaskRunner(partition, {
      ...ports,
      definition,
      restoreTurn,
      topicRestored(topic) {
        if (topic === definition.changelog) consumer.pause([{ topic, partition }])
      },
      upToDate: () => ports.changed(),
      running: () => tellRunning(task, definition, restarts, ports),
      failed: (error) => fail(task, error),
    })
    tasks.set(partition, task)
    metrics.taskState(definition.name, partition, 'restoring')
    consumer.pause(partitionsOf(partition, topics))
    return task
  }

  function begin(partitions: readonly number[]): void {
    const created = partitions.map(create)
    const snapshotOf = snapshotsOf(partitions, closing, async () => readStartFacts(definition, ports.offsets))
    for (const task of created) {
      const isHere = (): boolean => tasks.get(task.partition) === task
      const wipe = corrupt.delete(task.partition)
      const started = startTask(task, wipe, snapshotOf(task.partition), isHere, startPorts)
      const heard = started.catch((error: unknown) => fail(task, error))
      closing.add(task.partition, heard)
    }
  }

  function fail(task: TaskRunner, error: unknown, failure?: Error): void {
    const { partition } = task
    const isLate = tasks.get(partition) !== task
    if (isLate && !(error instanceof LeaseLost)) tellLate(definition.name, partition, error, log)
    if (isLate || (isEnding && error instanceof LeaseLost)) return
    const reason = failureReason(error, (thrown) => ports.isTransient(thrown))
    if (reason === null) {
      ports.failed(failure ?? failureAt(`${definition.name}[${partition}]`, error))
      return
    }
    tellEnd(definition.name, partition, reason, error, ports)
    if (reason === 'store_corrupt') corrupt.add(partition)
    consumer.pause(partitionsOf(partition, topics))
    drop(task)
    if (!isEnding) restarts.add(partition)
    metrics.taskState(definition.name, partition, 'restoring')
    ports.changed()
  }

  return {
    assign(partitions) {
      for (const task of [...tasks.values()]) {
        const stays = partitions.includes(task.partition) && task.state() === 'running'
        if (stays) goOn(task, definition, consumer)
        else drop(task)
      }
      for (const partition of restarts.cancel()) metrics.taskState(definition.name, partition, null)
      const missing = partitions.filter((partition) => !tasks.has(partition))
      if (missing.length > 0) begin(missing)
    },
    get: (partition) => tasks.get(partition),
    all: () => [...tasks.values()],
    isRunning: () => restarts.isEmpty() && [...tasks.values()].every((task) => task.state() === 'running'),
    fail,
    positions: () => [...tasks.values()].flatMap(positionsOf),
    async close() {
      isEnding = true
      restarts.cancel()
      await Promise.all([...tasks.values()].map(async (task) => task.finish()))
      await Promise.all([...tasks.values()].map(async (task) => task.close()))
      await closing.all()
    },
  }
}

/**
 * What Kafka says, as of after the predecessor of a task has ended: its store can be wiped only then, and what it still wrote
 * counts. Asked once for all that have none.
 */
function snapshotsOf(
  partitions: readonly number[],
  closing: Closing,
  read: () => Promise<StartSnapshot>,
): (partition: number) => Promise<StartSnapshot> {
  const shared = partitions.every((partition) => closing.has(partition)) ? null : read()
  return async (partition) => (closing.has(partition) ? closing.of(partition).then(read) : (shared ?? read()))
}

/** A task that runs already goes on where it is, whatever was committed: its store is ahead of that. */
function goOn(task: TaskRunner, definition: StageDefinition, consumer: GroupConsumer): void {
  const { partition } = task
  consumer.pause(partitionsOf(partition, [definition.changelog]))
  consumer.resume(partitionsOf(partition, definition.inputs))
  for (const [topic, offset] of task.positions()) consumer.seek({ topic, partition, offset })
}

function partitionsOf(partition: number, topics: readonly string[]): TopicPartition[] {
  return topics.map((topic) => ({ topic, partition }))
}

function tellRunning(
  task: TaskRunner,
  { name: stage, inputs }: StageDefinition,
  restarts: Restarts,
  { consumer, metrics, log, ...ports }: TaskTablePorts,
): void {
  const { partition } = task
  restarts.ran(partition)
  metrics.taskState(stage, partition, 'running')
  consumer.resume(partitionsOf(partition, inputs))
  log.info({ stage, partition, records: task.restoredRecords() }, 'restored')
  ports.changed()
}

function tellEnd(
  stage: string,
  partition: number,
  reason: TaskFailureReason,
  error: unknown,
  { metrics, log }: Pick<TaskTablePorts, 'metrics' | 'log'>,
): void {
  metrics.taskRestarted(stage, reason)
  const fields = { stage, partition, reason, error: messageOf(error) }
  log.error(fields, 'the task ended and begins anew from its store: nothing is committed until it runs')
}

/** For what is no consequence of a task's end. */
function tellLate(stage: string, partition: number, error: unknown, log: StageLog): void {
  log.warn({ stage, partition, error: messageOf(error) }, 'a task failed that was not here any more')
}

function positionsOf({ partition, positions }: TaskRunner): readonly PartitionOffset[] {
  return [...positions()].map(([topic, offset]) => ({ topic, partition, offset }))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
