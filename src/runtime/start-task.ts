import {
  type Clock,
  type GroupConsumer,
  LeaseLost,
  type PartitionOffset,
  type StageLog,
  type StageMetrics,
} from './ports.ts'
import type { StageDefinition } from './stage-definition.ts'
import { planStart, type StartPlan } from './start-plan.ts'
import type { StartSnapshot } from './start-snapshot.ts'
import type { TaskRunner } from './task-runner.ts'

/** What starting a task needs. */
export interface StartPorts {
  readonly definition: StageDefinition
  readonly consumer: GroupConsumer
  readonly clock: Clock
  readonly metrics: StageMetrics
  readonly log: StageLog
  /** Commits positions that lie before what was committed; false where the group moved on. */
  readonly moveBack: (positions: readonly PartitionOffset[]) => Promise<boolean>
  /** How long a store may have been out of use before it is wiped. */
  readonly maxStoreAgeMs: number
}

type Begin = Extract<StartPlan, { type: 'start' }>

/**
 * Opens the store of `task`, decides from it and from Kafka where the task begins, and lets it begin there. Rejects where
 * it cannot; does nothing more once `isHere` says that the task was replaced.
 */
export async function startTask(
  task: TaskRunner,
  wipe: boolean,
  snapshot: Promise<StartSnapshot>,
  isHere: () => boolean,
  ports: StartPorts,
): Promise<void> {
  const { partition } = task
  const { consumer } = ports
  const factsOf = await snapshot
  if (!isHere()) return
  const plan = await openStore(task, wipe, factsOf, ports)
  if (!isHere()) return
  report(partition, plan, ports)
  // Before anything is read: a crash after the first record would leave the old offset beside a changelog that is new.
  if (plan.rewound.size > 0) await rewind(partition, plan.rewound, ports)
  const offsets = new Map(plan.positions)
  for (const [topic, { startOffset }] of plan.ranges) offsets.set(topic, startOffset)
  for (const [topic, offset] of offsets) consumer.seek({ topic, partition, offset })
  await task.prepare(plan)
  if (isHere() && task.state() === 'restoring')
    consumer.resume(task.topicsToRestore().map((topic) => ({ topic, partition })))
}

async function openStore(
  task: TaskRunner,
  wipe: boolean,
  factsOf: StartSnapshot,
  { definition, clock, log, maxStoreAgeMs }: StartPorts,
): Promise<Begin> {
  const { partition } = task
  const facts = { ...factsOf(partition), nowMs: clock.nowMs(), maxStoreAgeMs }
  const plan = planStart({ ...facts, stored: await task.open(wipe), isChangelogNew: false })
  if (plan.type === 'start') return plan
  const { reason, isChangelogNew } = plan
  log.warn(
    { stage: definition.name, partition, reason },
    'the store is of no use: wiped, restored from Kafka',
  )
  const anew = planStart({ ...facts, stored: await task.open(true), isChangelogNew })
  if (anew.type === 'wipe') throw new Error(`a new store is of no use: ${anew.reason}`)
  return anew
}

function report(partition: number, { lost, rewound }: Begin, { definition, metrics, log }: StartPorts): void {
  const place = { stage: definition.name, partition }
  for (const [topic, records] of lost) {
    metrics.recordsLost(definition.name, topic, records)
    log.error({ ...place, topic, records }, 'records were deleted from the log before they were read')
  }
  if (rewound.size > 0) log.warn(place, 'the changelog lost its records: all inputs are read again')
}

async function rewind(
  partition: number,
  positions: ReadonlyMap<string, number>,
  { moveBack }: Pick<StartPorts, 'moveBack'>,
): Promise<void> {
  const offsets = [...positions].map(([topic, offset]) => ({ topic, partition, offset }))
  if (!(await moveBack(offsets))) throw new LeaseLost('the group moved on')
}
