import type { SourceRecord } from '../../../src/domain/record.ts'
import type { RecordBatch, StageTask } from '../../../src/runtime/ports.ts'
import { createTaskRunner, type RestoreRange, type TaskRunner } from '../../../src/runtime/task-runner.ts'

/** A runner over a task that writes down what it is asked. */
export interface RunnerWorld {
  readonly runner: TaskRunner
  /** `restore log0 log1`, `restored`, `process in0`, `tick`, `close`, `log restored`, `running`; `...` while it runs. */
  readonly events: string[]
  /** Makes every step of the task wait; the result lets them go on. */
  hold(): () => void
  /** What a step fails with, if it does. */
  fails: (event: string) => Error | null
}

/** A runner that was not prepared yet. */
export function createRunnerWorld(): RunnerWorld {
  const events: string[] = []
  let gate: Promise<void> | null = null

  async function step(event: string): Promise<void> {
    events.push(`${event} ...`)
    await gate
    const error = world.fails(event)
    if (error !== null) throw error
    events.splice(events.indexOf(`${event} ...`), 1)
    events.push(event)
  }

  const task: StageTask = {
    restore: async (records) => step(`restore ${names(records)}`.trim()),
    restored: async () => step('restored'),
    process: async (records) => step(`process ${names(records)}`),
    tick: async () => step('tick'),
    close: () => events.push('close'),
  }
  const world: RunnerWorld = {
    events,
    hold() {
      let open = (): void => undefined
      gate = new Promise((resolve) => (open = resolve))
      return open
    },
    fails: () => null,
    runner: createTaskRunner(7, task, {
      topicRestored: (topic) => events.push(`${topic} restored`),
      running: () => events.push('running'),
    }),
  }
  return world
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

/** Ranges by topic, as `[start, until]`. */
export function ranges(
  given: Readonly<Record<string, readonly [number, number]>>,
): ReadonlyMap<string, RestoreRange> {
  return new Map(
    Object.entries(given).map(([topic, [startOffset, untilOffset]]) => [topic, { startOffset, untilOffset }]),
  )
}
