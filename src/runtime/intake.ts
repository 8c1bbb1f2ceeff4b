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
  const stalls = new Set<() => void>()

  /** Something outside is down: this partition waits, the others go on. */
  function stall(task: TaskRunner, { topic, partition }: RecordBatch, error: Error): void {
    if (stopped) return
    const fields = { stage, topic, partition, retryInMs: stallRetryMs, error: error.message }
    log.warn(fields, 'partition paused: something that its records need is down')
    const cancel = ports.clock.setTimer(stallRetryMs, () => {
      stalls.delete(cancel)
      if (tasks.get(partition) === task) consumer.resume([{ topic, partition }])
    })
    stalls.add(cancel)
  }

  /** What is not taken and not paused is fetched again at once, and again. */
  function refuse({ topic, partition }: RecordBatch): null {
    consumer.pause([{ topic, partition }])
    return null
  }

  return {
    async take(batch) {
      const task = tasks.get(batch.partition)
      if (task === undefined || stopped) return refuse(batch)
      // A task that left while it worked may have a successor: the partition is no longer this one's to pause.
      const isHere = (): boolean => tasks.get(batch.partition) === task
      try {
        const nextOffset = await task.take(batch)
        if (!isHere()) return null
        ports.metrics.restoreRemaining(stage, batch.partition, task.remainingRestore())
        // Not its turn yet, for example an input whose task still restores. The task's progress resumes it.
        return nextOffset === null && task.state() !== 'running' ? refuse(batch) : nextOffset
      } catch (error) {
        if (!isHere()) {
          tasks.fail(task, error)
          return null
        }
        const offset = batch.records[0]?.offset ?? batch.nextOffset
        const failure = failureAt(`${batch.topic}[${batch.partition}] from offset ${offset}`, error)
        // A task that runs changes nothing before it knows all that it needs; one that restores has to begin anew.
        if (ports.isTransient(error) && task.state() === 'running') stall(task, batch, failure)
        else tasks.fail(task, error, failure)
        return refuse(batch)
      }
    },
    stop() {
      stopped = true
      for (const cancel of stalls) cancel()
    },
  }
}
