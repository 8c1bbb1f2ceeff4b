import type { StageTask } from '../../../src/runtime/ports.ts'
import type { StageDefinition } from '../../../src/runtime/stage-definition.ts'
import { createStage, type Stage } from '../../../src/runtime/stage.ts'
import { createFakeGroup, type FakeGroup } from '../../support/fake-group.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'

/** An error that the stage is told to take for trouble outside. */
export class Outage extends Error {
  override readonly name = 'Outage'
}

/** A task that writes down what it is asked, and fails if it is asked two things at once. */
export interface FakeTask extends StageTask {
  readonly partition: number
  /** `restore log 0 1`, `restored`, `process in 5 6`, `tick`, `close`, with offsets. */
  readonly events: string[]
}

/** A stage over the inputs `in` and `side` and the changelog `log`, with everything around it under control. */
export interface StageWorld {
  readonly stage: Stage
  readonly group: FakeGroup
  readonly clock: ManualClock
  /** Every task ever created, oldest first. */
  readonly tasks: FakeTask[]
  /** Called at the start of every restore, restored and process: what it throws or awaits, the task does. */
  step: (event: string, partition: number) => Promise<void>
  /** What was announced as running, one list each. */
  readonly announced: (readonly number[])[]
  /** Everything the definition was told, in order: `running 0,1`, `suspended`, `alive`. */
  readonly told: string[]
  readonly failures: Error[]
  /** `restoring 0`, `running 0`, `left 0`, `committed in/0 5`, `rebalanced`. */
  readonly measured: string[]
  readonly warnings: object[]
}

export const leaseMs = 10_000
export const commitIntervalMs = 2000
export const stallRetryMs = 5000

/** A stage of `partitions` partitions, not started. `restoredInputs` says which inputs are state too. */
export function createStageWorld(partitions = 2, restoredInputs: readonly string[] = ['in']): StageWorld {
  const clock = createManualClock()
  const group = createFakeGroup(['in', 'side', 'log'], partitions)
  const world: Omit<StageWorld, 'stage'> = {
    group,
    clock,
    tasks: [],
    step: async () => Promise.resolve(),
    announced: [],
    told: [],
    failures: [],
    measured: [],
    warnings: [],
  }
  const definition: StageDefinition = {
    name: 'deliver',
    groupId: 'group',
    inputs: ['in', 'side'],
    changelogs: ['log'],
    restoredInputs,
    createTask(partition) {
      const task = createFakeTask(partition, async (event) => world.step(event, partition))
      world.tasks.push(task)
      return task
    },
    runningChanged(running) {
      world.announced.push(running)
      world.told.push(`running ${running.join()}`)
    },
    suspended: () => world.told.push('suspended'),
    alive: () => world.told.push('alive'),
  }
  const stage = createStage(definition, portsOf(world), { leaseMs, commitIntervalMs, stallRetryMs })
  return Object.assign(world, { stage })
}

function portsOf(world: Omit<StageWorld, 'stage'>) {
  const { measured } = world
  return {
    consumer: world.group.consumer,
    offsets: world.group.logs.offsets,
    clock: world.clock,
    metrics: {
      taskState: (_: string, partition: number, state: string | null) =>
        measured.push(`${state ?? 'left'} ${partition}`),
      restoreRemaining: () => undefined,
      committed: (
        _: string,
        { topic, partition, offset }: { topic: string; partition: number; offset: number },
      ) => measured.push(`committed ${topic}/${partition} ${offset}`),
      rebalanced: () => measured.push('rebalanced'),
    },
    log: { info: () => undefined, warn: (fields: object) => world.warnings.push(fields) },
    isTransient: (error: unknown) => error instanceof Outage,
    failed: (error: Error) => world.failures.push(error),
  }
}

function createFakeTask(partition: number, step: (event: string) => Promise<void>): FakeTask {
  const events: string[] = []
  let isBusy = false

  async function alone(event: string): Promise<void> {
    if (isBusy) throw new Error(`${event} while the task is busy`)
    isBusy = true
    try {
      await step(event)
      events.push(event)
    } finally {
      isBusy = false
    }
  }

  return {
    partition,
    events,
    restore: async (records) =>
      alone(['restore', records[0]?.topic, ...records.map(({ offset }) => offset)].join(' ')),
    restored: async () => alone('restored'),
    process: async (records) =>
      alone(['process', records[0]?.topic, ...records.map(({ offset }) => offset)].join(' ')),
    tick: async () => alone('tick'),
    close: () => events.push('close'),
  }
}

/** Starts the stage, assigns `partitions`, and lets it restore and read everything that there is. */
export async function startWith(world: StageWorld, partitions: readonly number[]): Promise<void> {
  await world.stage.start()
  world.group.assign(partitions)
  await world.clock.advance(0)
  await readAll(world)
}

/** Reads everything that there is. */
export async function readAll(world: StageWorld): Promise<void> {
  await world.group.pollAll()
  await world.clock.advance(0)
  await world.group.pollAll()
}
