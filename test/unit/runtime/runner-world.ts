import type { OutputRecord, SourceRecord } from '../../../src/domain/record.ts'
import { createSerial, type Serial } from '../../../src/domain/serial.ts'
import { LeaseLost, type RecordBatch, type StageTask, type TaskPorts } from '../../../src/runtime/ports.ts'
import type { StageDefinition } from '../../../src/runtime/stage-definition.ts'
import type { RestoreRange } from '../../../src/runtime/restore-progress.ts'
import { createTaskRunner, type TaskRunner } from '../../../src/runtime/task-runner.ts'
import { readPositions, type StoredPositions } from '../../../src/runtime/task-state.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { createFakeStores, type FakeStores } from './fake-stores.ts'

/** By topic, what is to be restored: `[start, until]`. */
export type GivenRanges = Readonly<Record<string, readonly [number, number]>>

/** The partition of the runners of these worlds. */
export const partition = 7

/** A runner over the changelog `log`, with `in` for an input that is state too, whose task writes down what it is asked. */
export interface RunnerWorld {
  readonly runner: TaskRunner
  readonly clock: ManualClock
  readonly stores: FakeStores
  /** `restore log0 log1`, `restored`, `process in0`, `tick`, `close`, `log restored`, `running`; `...` while it runs. */
  readonly events: string[]
  /** What the task was given. */
  readonly ports: () => TaskPorts
  readonly produced: OutputRecord[]
  readonly failures: unknown[]
  mayAct: boolean
  /** Opens the store and starts restoring. */
  start(given: GivenRanges, mirrorFrom?: number, ends?: Readonly<Record<string, number>>): Promise<void>
  /** Makes every step of the task wait; the result lets them go on. */
  hold(): () => void
  /** What a step fails with, if it does. */
  fails: (event: string) => Error | null
  /** What the store says of itself. */
  stored(): Promise<StoredPositions>
}

/** A runner that was not prepared yet, over stores that another may have left; it takes its turn to restore with others. */
export function createRunnerWorld(
  stores: FakeStores = createFakeStores(),
  restoreTurn: Serial = createSerial(),
): RunnerWorld {
  const clock = createManualClock()
  const events: string[] = []
  let gate: Promise<void> | null = null
  let given: TaskPorts | null = null

  async function step(event: string): Promise<void> {
    events.push(`${event} ...`)
    await gate
    const error = world.fails(event)
    if (error !== null) throw error
    events.splice(events.indexOf(`${event} ...`), 1)
    events.push(event)
  }

  const definition: StageDefinition = {
    name: 'deliver',
    groupId: 'group',
    inputs: ['in', 'side'],
    changelog: 'log',
    restoredInputs: ['in'],
    createTask(number, ports) {
      if (number !== partition) throw new Error(`a task of partition ${number}`)
      given = ports
      return createTask(step, ports, events)
    },
    assigned: () => undefined,
    note: () => '',
    runningChanged: () => undefined,
    suspended: () => undefined,
    alive: () => undefined,
  }
  const runner = createTaskRunner(partition, {
    definition,
    stores,
    clock,
    async produce(records, mayGo) {
      if (!mayGo()) throw new LeaseLost('it may not go')
      world.produced.push(...records)
      return Promise.resolve([{ topic: 'log', partition, offset: 1000 + world.produced.length }])
    },
    mayAct: () => world.mayAct,
    restoreTurn,
    topicRestored: (topic) => events.push(`${topic} restored`),
    running: () => events.push('running'),
    upToDate: () => events.push('up to date'),
    failed: (error) => world.failures.push(error),
  })
  const world: RunnerWorld = {
    runner,
    clock,
    stores,
    events,
    produced: [],
    failures: [],
    mayAct: true,
    ports() {
      if (given === null) throw new Error('no task was created')
      return given
    },
    async start(from, mirrorFrom = from['log']?.[1] ?? 0, ends = {}) {
      await runner.open(false)
      await runner.prepare({
        ranges: ranges(from),
        mirrorFrom,
        positions: new Map(),
        done: new Map(),
        ends: new Map(Object.entries(ends)),
      })
    },
    hold() {
      let open = (): void => undefined
      gate = new Promise((resolve) => (open = resolve))
      return open
    },
    fails: () => null,
    stored: async () => readPositions(await stores.peek(partition)),
  }
  return world
}

/** A task whose steps write their positions last, as those of the stages do. */
function createTask(
  step: (event: string) => Promise<void>,
  { state }: TaskPorts,
  events: string[],
): StageTask {
  return {
    async restore(records, position) {
      await step(`restore ${names(records)}`)
      await state.batch(position)
    },
    restored: async () => step('restored'),
    async process(records, position) {
      await step(`process ${names(records)}`)
      await state.batch(position)
    },
    tick: async () => step('tick'),
    close: () => events.push('close'),
  }
}

function names(records: readonly SourceRecord[]): string {
  return records.map(({ topic, offset }) => `${topic}${offset}`).join(' ')
}

/** Records of `topic` at these offsets, as one batch. */
export function batch(
  topic: string,
  offsets: readonly number[],
  nextOffset = (offsets.at(-1) ?? -1) + 1,
): RecordBatch {
  const records = offsets.map((offset): SourceRecord => ({
    topic,
    partition: 0,
    offset,
    timestampMs: 0,
    key: null,
    value: null,
    headers: {},
  }))
  return { topic, partition: 0, records, nextOffset, endOffset: 1000 }
}

function ranges(given: GivenRanges): ReadonlyMap<string, RestoreRange> {
  return new Map(
    Object.entries(given).map(([topic, [startOffset, untilOffset]]) => [topic, { startOffset, untilOffset }]),
  )
}
