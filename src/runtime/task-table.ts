import { failureAt } from './failure.ts'
import type {
  GroupConsumer,
  OffsetReader,
  PartitionOffset,
  StageLog,
  StageMetrics,
  TopicPartition,
} from './ports.ts'
import { readRestoreSnapshot, type RestoreSnapshot } from './restore-ranges.ts'
import type { StageDefinition } from './stage-definition.ts'
import { createTaskRunner, type TaskRunner } from './task-runner.ts'

/** What the table needs of its stage. */
export interface TaskTablePorts {
  readonly consumer: GroupConsumer
  readonly offsets: OffsetReader
  readonly metrics: StageMetrics
  readonly log: StageLog
  failed(error: Error): void
  /** A task became ready to process. */
  running(): void
}

/** The tasks of this member's partitions, kept equal to its assignment. */
export interface TaskTable {
  /** Keeps the tasks that stay, closes those that left, and restores the new ones. */
  assign(partitions: readonly number[]): void
  get(partition: number): TaskRunner | undefined
  all(): readonly TaskRunner[]
  /** Next offset to read of every input of which a task processed something. */
  positions(): readonly PartitionOffset[]
  /** Resolves when nothing runs any more. */
  close(): Promise<void>
}

/** An empty table. */
export function createTaskTable(definition: StageDefinition, ports: TaskTablePorts): TaskTable {
  const { consumer, metrics } = ports
  const tasks = new Map<number, TaskRunner>()
  const topics = [...definition.inputs, ...definition.changelogs]

  const partitionsOf = (partition: number, names: readonly string[]): TopicPartition[] =>
    names.map((topic) => ({ topic, partition }))

  function drop(task: TaskRunner): void {
    tasks.delete(task.partition)
    metrics.taskState(definition.name, task.partition, null)
    void task.close()
  }

  /** A task that runs already goes on where it is, whatever was committed: its store is ahead of that. */
  function keep(task: TaskRunner): void {
    consumer.pause(partitionsOf(task.partition, definition.changelogs))
    consumer.resume(partitionsOf(task.partition, definition.inputs))
    for (const [topic, offset] of task.positions())
      consumer.seek({ topic, partition: task.partition, offset })
  }

  function create(partition: number): TaskRunner {
    const task = createTaskRunner(partition, definition.createTask(partition), {
      topicRestored(topic) {
        if (definition.changelogs.includes(topic)) consumer.pause([{ topic, partition }])
      },
      running() {
        metrics.taskState(definition.name, partition, 'running')
        consumer.resume(partitionsOf(partition, definition.inputs))
        ports.log.info({ stage: definition.name, partition }, 'restored')
        ports.running()
      },
    })
    tasks.set(partition, task)
    metrics.taskState(definition.name, partition, 'restoring')
    consumer.pause(partitionsOf(partition, topics))
    return task
  }

  async function restore(created: readonly TaskRunner[], snapshot: Promise<RestoreSnapshot>): Promise<void> {
    const rangesOf = await snapshot
    for (const task of created) {
      const { partition } = task
      if (tasks.get(partition) !== task) continue
      const ranges = rangesOf(partition)
      for (const [topic, { startOffset }] of ranges) consumer.seek({ topic, partition, offset: startOffset })
      await task.prepare(ranges)
      if (tasks.get(partition) !== task || task.state() !== 'restoring') continue
      consumer.resume(partitionsOf(partition, task.topicsToRestore()))
    }
  }

  return {
    assign(partitions) {
      for (const task of [...tasks.values()]) {
        if (partitions.includes(task.partition) && task.state() === 'running') keep(task)
        else drop(task)
      }
      const created = partitions.filter((partition) => !tasks.has(partition)).map(create)
      if (created.length === 0) return
      restore(created, readRestoreSnapshot(definition, ports.offsets)).catch((error: unknown) => {
        if (created.some((task) => tasks.get(task.partition) === task)) {
          ports.failed(failureAt(`${definition.name}: restore`, error))
        }
      })
    },
    get: (partition) => tasks.get(partition),
    all: () => [...tasks.values()],
    positions: () =>
      [...tasks.values()].flatMap(({ partition, positions }) =>
        [...positions()].map(([topic, offset]) => ({ topic, partition, offset })),
      ),
    async close() {
      await Promise.all([...tasks.values()].map(async (task) => task.close()))
    },
  }
}
