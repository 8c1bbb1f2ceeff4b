import type { PartitionOffset, StageMetrics, TaskFailureReason } from '../runtime/ports.ts'
import type { Instruments } from './instruments.ts'
import { oneOf, partitionNumbers } from './label-values.ts'

/** {@link StageMetrics}, and where the logs of the stages' partitions end. */
export interface StageRecorder extends StageMetrics {
  /** Offset after the last record of a partition. Said of a partition that is not here, it is forgotten. */
  logEnd(stage: string, end: PartitionOffset): void
}

/** Told when a task comes to this process (again) or leaves it. */
export interface TaskEvents {
  arrived(stage: string, partition: number): void
  left(stage: string, partition: number): void
}

/** What is known of one task that is here. */
interface Task {
  readonly stage: string
  state: 'restoring' | 'running'
  readonly topics: Map<string, { committed?: number; end?: number }>
}

const stages: readonly string[] = ['assemble', 'deliver']
const states = ['restoring', 'running'] as const
const failureReasons: readonly TaskFailureReason[] = [
  'lease_lost',
  'store_corrupt',
  'store_unavailable',
  'outage',
]

/**
 * Metrics of the stages over `topics`, those of other topics under `other`. Series of a partition exist while its task is
 * in this process: another process reports them afterwards, and what a batch that was still running says then is
 * dropped. Otherwise a sum over all processes would count a partition twice, and its last lag would stand forever.
 */
export function createStageMetrics(
  instruments: Instruments,
  topics: readonly string[],
  events: TaskEvents,
): StageRecorder {
  const gauges = createGauges(instruments, topics)
  const tasks = new Map<string, Task>()
  const taskOf = (stage: string, partition: number) => tasks.get(`${stage}/${partition}`)

  function countTasks(): void {
    for (const stage of stages) {
      for (const state of states) {
        const count = [...tasks.values()].filter(
          (task) => task.stage === stage && task.state === state,
        ).length
        gauges.tasks.set({ stage, state }, count)
      }
    }
  }

  function replace(stage: string, partition: number, state: Task['state'] | null): void {
    forget(stage, partition)
    if (state === null) return
    tasks.set(`${stage}/${partition}`, { stage, state, topics: new Map() })
    events.arrived(stage, partition)
  }

  function forget(stage: string, partition: number): void {
    const task = taskOf(stage, partition)
    if (task === undefined) return
    tasks.delete(`${stage}/${partition}`)
    gauges.restoreRemaining.remove({ stage, partition: String(partition) })
    for (const topic of task.topics.keys()) {
      const labels = { stage, topic, partition: String(partition) }
      gauges.committed.remove(labels)
      gauges.logEnd.remove(labels)
      gauges.lag.remove(labels)
    }
    events.left(stage, partition)
  }

  function record(stage: string, at: PartitionOffset, kind: 'committed' | 'end'): void {
    const task = taskOf(stage, at.partition)
    if (task === undefined) return
    const known = { ...task.topics.get(at.topic), [kind]: at.offset }
    task.topics.set(at.topic, known)
    const labels = { stage, topic: at.topic, partition: String(at.partition) }
    gauges[kind === 'committed' ? 'committed' : 'logEnd'].set(labels, at.offset)
    if (known.committed === undefined || known.end === undefined) return
    // The two come from different requests, so the older can be the end.
    gauges.lag.set(labels, Math.max(0, known.end - known.committed))
  }

  return {
    taskState(stage, partition, state) {
      const known = taskOf(stage, partition)
      if (known !== undefined && state === 'running') known.state = state
      else replace(stage, partition, state)
      if (state === 'running') gauges.restoreRemaining.set({ stage, partition: String(partition) }, 0)
      countTasks()
    },
    restoreRemaining(stage, partition, records) {
      if (taskOf(stage, partition) === undefined) return
      gauges.restoreRemaining.set({ stage, partition: String(partition) }, records)
    },
    committed: (stage, offset) => record(stage, offset, 'committed'),
    logEnd: (stage, end) => record(stage, end, 'end'),
    rebalanced: (stage) => gauges.rebalances.add({ stage }),
    taskRestarted: (stage, reason) => gauges.restarts.add({ stage, reason }),
    recordsLost: (stage, topic, records) => gauges.lost.add({ stage, topic }, records),
  }
}

function createGauges(instruments: Instruments, topics: readonly string[]) {
  const stage = oneOf(stages)
  const place = { stage, topic: oneOf(topics), partition: partitionNumbers }
  return {
    committed: instruments.gauge({
      name: 'committed_offset',
      help:
        'Offset of the next record to read, as committed to the group, of the partitions of this process. It must move ' +
        'while log_end_offset does; all before it is durable.',
      labels: place,
      initial: [],
    }),
    logEnd: instruments.gauge({
      name: 'log_end_offset',
      help:
        'Offset after the last record of the log, of the partitions of this process. Its rate is the rate of the ' +
        'producers.',
      labels: place,
      initial: [],
    }),
    lag: instruments.gauge({
      name: 'consumer_lag_records',
      help:
        'Records between the committed offset and the end of the log. Lag of a stage that keeps growing means it reads ' +
        'too slowly or not at all; what waits for Zendesk does not show here but in dirty_contacts.',
      labels: place,
      initial: [],
    }),
    tasks: instruments.gauge({
      name: 'tasks',
      help:
        'Partitions that this process owns, by stage and by whether their state is restoring or running. Over all ' +
        'processes they add up to the partition count; fewer for long means partitions that nobody works on.',
      labels: { stage, state: oneOf(states) },
    }),
    restoreRemaining: instruments.gauge({
      name: 'restore_remaining_records',
      help:
        'Records that a task still has to read before it works, gaps counted. Watch it fall after a start or a ' +
        'rebalance; one that stands still points at Kafka.',
      labels: { stage, partition: partitionNumbers },
      initial: [],
    }),
    rebalances: instruments.counter({
      name: 'rebalances_total',
      help:
        'Assignments received from the consumer group. More than a few per deployment mean members that come and go: ' +
        'look for restarts and for stalls longer than the session timeout.',
      labels: { stage },
    }),
    restarts: instruments.counter({
      name: 'task_restarts_total',
      help:
        'Tasks that ended and began anew from their store and changelog, by reason. store_unavailable: look at the volume ' +
        '(full, read-only); store_corrupt: at the disk; outage and lease_lost: at Kafka, the registry, and stalls.',
      labels: { stage, reason: oneOf(failureReasons) },
    }),
    lost: instruments.counter({
      name: 'records_lost_total',
      help:
        'Input records that were deleted from the log before they were read (retention, or an operator). Any at all ' +
        'means contacts that may be wrong: replay what is missing, and raise the retention of the topic.',
      labels: { stage, topic: oneOf(topics) },
    }),
  }
}
