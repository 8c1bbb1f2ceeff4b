import type { OutputRecord } from '../../../src/domain/record.ts'
import {
  LeaseLost,
  type PartitionOffset,
  type StageMetrics,
  type StageTask,
  type TaskPorts,
} from '../../../src/runtime/ports.ts'
import type { StageDefinition } from '../../../src/runtime/stage-definition.ts'
import { createStage, type Stage, type StagePorts } from '../../../src/runtime/stage.ts'
import type { StoreWrite } from '../../../src/runtime/state-store.ts'
import { readPositions } from '../../../src/runtime/task-state.ts'
import { createFakeGroup, type FakeGroup } from '../../support/fake-group.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { createFakeStores, type FakeStores } from './fake-stores.ts'

/** An error that the stage is told to take for trouble outside. */
export class Outage extends Error {
  override readonly name = 'Outage'
}

/** A task that writes down what it is asked, and fails if it is asked two things at once. */
export interface FakeTask extends StageTask {
  readonly partition: number
  readonly ports: TaskPorts
  /** `restore log 0 1`, `restored`, `process in 5 6`, `tick`, `close`, with offsets; once the task has it in its store. */
  readonly events: string[]
}

/** A stage over the inputs `in` and `side` and the changelog `log`, with everything around it under control. */
export interface StageWorld {
  readonly stage: Stage
  readonly group: FakeGroup
  readonly stores: FakeStores
  readonly clock: ManualClock
  /** Every task ever created, oldest first. */
  readonly tasks: FakeTask[]
  /** Called at the start of every restore, restored, process and tick: what it throws or awaits, the task does. */
  step: (event: string, partition: number) => Promise<void>
  /** While true, a task writes a record to the changelog for every batch that it processes. */
  logs: boolean
  /** What is to stand beside committed offsets. */
  note: string
  /** What was announced as running, one list each. */
  readonly announced: (readonly number[])[]
  /** Everything the definition was told, in order: `running 0,1`, `suspended`, `alive`. */
  readonly told: string[]
  readonly failures: Error[]
  /** `restoring 0`, `running 0`, `left 0`, `committed in/0 5`, `rebalanced`, `restarted outage`, `lost in 5`. */
  readonly measured: string[]
  readonly infos: object[]
  readonly warnings: object[]
  readonly errors: object[]
  /** By topic, how far the store of a partition goes. */
  stored(partition: number): Promise<Readonly<Record<string, number>>>
}

export const leaseMs = 10_000
export const commitIntervalMs = 2000
export const stallRetryMs = 5000
export const maxStoreAgeMs = 24 * 3_600_000
export const keepUnusedStoresMs = 3_600_000

/** What a stage is built in; `restoredInputs` says which inputs are state too, `stores` are those of an earlier stage. */
export interface StageWorldOptions {
  readonly partitions?: number
  readonly restoredInputs?: readonly string[]
  /** That of a process which has ended: its logs and stores are still there. */
  readonly after?: Pick<StageWorld, 'group' | 'stores' | 'clock'>
}

/** A stage, not started. */
export function createStageWorld({
  partitions = 2,
  restoredInputs = ['in'],
  after,
}: StageWorldOptions = {}): StageWorld {
  const topics = ['in', 'side', 'log']
  const stores = after?.stores ?? createFakeStores()
  const world: Omit<StageWorld, 'stage'> = {
    group: createFakeGroup(topics, partitions, 3, after?.group.logs),
    stores,
    clock: clockAfter(after?.clock),
    tasks: [],
    step: async () => Promise.resolve(),
    logs: false,
    note: '',
    announced: [],
    told: [],
    failures: [],
    measured: [],
    infos: [],
    warnings: [],
    errors: [],
    stored: async (partition) =>
      Object.fromEntries((await readPositions(await stores.peek(partition))).offsets),
  }
  const definition: StageDefinition = {
    name: 'deliver',
    groupId: 'group',
    inputs: ['in', 'side'],
    changelog: 'log',
    restoredInputs,
    createTask(partition, ports) {
      const task = createFakeTask(partition, ports, world)
      world.tasks.push(task)
      return task
    },
    assigned: () => undefined,
    note: () => world.note,
    runningChanged(running) {
      world.announced.push(running)
      world.told.push(`running ${running.join()}`)
    },
    suspended: () => world.told.push('suspended'),
    alive: () => world.told.push('alive'),
  }
  const options = { leaseMs, commitIntervalMs, stallRetryMs, maxStoreAgeMs, keepUnusedStoresMs }
  return Object.assign(world, { stage: createStage(definition, portsOf(world), options) })
}

/** Clocks are a process's own: what it set them to do ends with it. */
function clockAfter(earlier?: ManualClock): ManualClock {
  const clock = createManualClock()
  if (earlier !== undefined) clock.freeze(earlier.monotonicMs() - clock.monotonicMs())
  return clock
}

function portsOf(world: Omit<StageWorld, 'stage'>): StagePorts {
  const { group, stores, clock } = world
  return {
    consumer: group.consumer,
    offsets: group.logs.offsets,
    stores,
    clock,
    produce: async (records, mayGo) => {
      if (!mayGo()) throw new LeaseLost('it may be for another member to write')
      return Promise.resolve(records.flatMap((record) => append(world, record)))
    },
    metrics: metricsOf(world.measured),
    log: {
      info: (fields) => world.infos.push(fields),
      warn: (fields) => world.warnings.push(fields),
      error: (fields) => world.errors.push(fields),
    },
    isTransient: (error) => error instanceof Outage,
    failed: (error) => world.failures.push(error),
  }
}

function append({ group }: Pick<StageWorld, 'group'>, record: OutputRecord): readonly PartitionOffset[] {
  const { topic, partition, key } = record
  if (partition === undefined || typeof key !== 'string') throw new Error('a record without a place')
  return [{ topic, partition, offset: group.logs.append(topic, partition, [key]) }]
}

function metricsOf(measured: string[]): StageMetrics {
  return {
    taskState: (_, partition, state) => measured.push(`${state ?? 'left'} ${partition}`),
    restoreRemaining: () => undefined,
    committed: (_, { topic, partition, offset }) =>
      measured.push(`committed ${topic}/${partition} ${offset}`),
    rebalanced: () => measured.push('rebalanced'),
    taskRestarted: (_, reason) => measured.push(`restarted ${reason}`),
    recordsLost: (_, topic, records) => measured.push(`lost ${topic} ${records}`),
  }
}

/** A task whose steps write their positions last, as those of the stages do. */
function createFakeTask(
  partition: number,
  ports: TaskPorts,
  world: Pick<StageWorld, 'step' | 'logs'>,
): FakeTask {
  const events: string[] = []
  let isBusy = false

  async function alone(event: string, position: readonly StoreWrite[] = []): Promise<void> {
    if (isBusy) throw new Error(`${event} while the task is busy`)
    isBusy = true
    try {
      await world.step(event, partition)
      if (world.logs && event.startsWith('process')) {
        const logged = await ports.state.log([{ topic: 'log', partition, key: event, value: null }])
        await ports.state.batch(position, logged)
      } else if (position.length > 0) {
        await ports.state.batch(position)
      }
      events.push(event)
    } finally {
      isBusy = false
    }
  }

  return {
    partition,
    ports,
    events,
    restore: async (records, position) =>
      alone(['restore', records[0]?.topic, ...records.map(({ offset }) => offset)].join(' '), position),
    restored: async () => alone('restored'),
    process: async (records, position) =>
      alone(['process', records[0]?.topic, ...records.map(({ offset }) => offset)].join(' '), position),
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

/** The events of the newest task of `partition`. */
export function eventsOf(world: StageWorld, partition: number): readonly string[] {
  return world.tasks.filter((task) => task.partition === partition).at(-1)?.events ?? []
}

/** What a test opens when it has seen enough. */
export function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}
