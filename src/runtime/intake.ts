import { failureAt } from './failure.ts'
import type { Clock, GroupConsumer, RecordBatch, StageLog, StageMetrics } from './ports.ts'
import type { TaskRunner } from './task-runner.ts'
import type { TaskTable } from './task-table.ts'

/** What the intake needs of its stage. */
export interface IntakePorts {
  readonly consumer: GroupConsumer
  readonly clock: Clock
  readonly metrics: StageMetrics
  readonly log: StageLog
  isTransient(error: unknown): boolean
  failed(error: Error): void
}

/** Hands batches to the tasks, and holds back the partitions whose records cannot be taken now. */
export interface Intake {
  /** The offset to read next, or `null` where the records have to come again. */
  take(batch: RecordBatch): Promise<number | null>
  /** Takes nothing more. */
  stop(): void
}

/** An intake for the tasks of `stage`. A partition that stalls is tried again after `stallRetryMs`. */
export function createIntake(
  stage: string,
  tasks: TaskTable,
  ports: IntakePorts,
  stallRetryMs: number,
): Intake {
  const { consumer, log } = ports
  let stopped = false

  /** Something outside is down: this partition waits, the others go on. */
  function stall(task: TaskRunner, { topic, partition }: RecordBatch, error: Error): void {
    const fields = { stage, topic, partition, retryInMs: stallRetryMs, error: error.message }
    log.warn(fields, 'partition paused: something that its records need is down')
    consumer.pause([{ topic, partition }])
    ports.clock.setTimer(stallRetryMs, () => {
      if (tasks.get(partition) === task && !stopped) consumer.resume([{ topic, partition }])
    })
  }

  return {
    async take(batch) {
      const task = tasks.get(batch.partition)
      if (task === undefined || stopped) return null
      try {
        const nextOffset = await task.take(batch)
        ports.metrics.restoreRemaining(stage, batch.partition, task.remainingRestore())
        // Not its turn yet, for example an input whose task still restores. The task's progress resumes it.
        if (nextOffset === null && task.state() !== 'running') consumer.pause([batch])
        return nextOffset
      } catch (error) {
        const offset = batch.records[0]?.offset ?? batch.nextOffset
        const failure = failureAt(`${batch.topic}[${batch.partition}] from offset ${offset}`, error)
        if (ports.isTransient(error)) stall(task, batch, failure)
        else ports.failed(failure)
        return null
      }
    },
    stop() {
      stopped = true
    },
  }
}
