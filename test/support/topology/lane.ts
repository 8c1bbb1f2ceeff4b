import { readRestoreSnapshot } from '../../../src/runtime/restore-ranges.ts'
import type { StageDefinition } from '../../../src/runtime/stage-definition.ts'
import { createTaskRunner } from '../../../src/runtime/task-runner.ts'
import type { Broker } from './broker.ts'
import type { Life } from './faults.ts'

/** What a lane needs besides its stage. */
export interface LanePorts {
  readonly broker: Broker
  readonly life: Life
  /** Records of the next batch, at most. */
  batchSize(): number
  /** Which of these topics to read next. */
  chooseTopic(topics: readonly string[]): string | undefined
  failed(error: unknown): void
}

/** One stage in one process, with its one partition: what the stage's consumer and task table do. */
export interface Lane {
  /** Restores from the changelogs, and from the inputs whose past is state. */
  start(): Promise<void>
  /** Hands the task a batch, if it takes one and there is one; true if so. */
  poll(): boolean
  tick(): Promise<void>
  commit(): Promise<void>
  stop(): Promise<void>
}

/** A lane over the production task and task runner of `definition`. */
export function createLane(definition: StageDefinition, ports: LanePorts): Lane {
  const { broker, life } = ports
  const runner = createTaskRunner(0, definition.createTask(0), {
    topicRestored: () => undefined,
    running: () => definition.runningChanged([0]),
  })
  const offsets = new Map<string, number>()
  let isBusy = false

  function readNext() {
    const topics = runner.state() === 'restoring' ? runner.topicsToRestore() : definition.inputs
    const limit = ports.batchSize()
    const batches = topics
      .map((topic) => broker.read(topic, offsets.get(topic) ?? 0, limit))
      .filter((batch) => batch !== null)
    const chosen = ports.chooseTopic(batches.map(({ topic }) => topic))
    return batches.find(({ topic }) => topic === chosen)
  }

  return {
    async start() {
      const committed = await broker.committedOffsets(definition.groupId, definition.inputs)
      for (const topic of definition.inputs) offsets.set(topic, committed.get(topic)?.get(0) ?? 0)
      const ranges = (await readRestoreSnapshot(definition, broker))(0)
      for (const [topic, { startOffset }] of ranges) offsets.set(topic, startOffset)
      await runner.prepare(ranges)
    },
    poll() {
      if (isBusy || life.isOver() || !['restoring', 'running'].includes(runner.state())) return false
      const batch = readNext()
      if (batch === undefined) return false
      isBusy = true
      void runner
        .take(batch)
        .then((nextOffset) => {
          if (nextOffset !== null) offsets.set(batch.topic, nextOffset)
        })
        .catch((error: unknown) => ports.failed(error))
        .finally(() => (isBusy = false))
      return true
    },
    tick: async () => runner.tick(),
    async commit() {
      for (const [topic, offset] of runner.positions()) {
        const position = { topic, partition: 0, offset }
        await life.append('commit', [() => broker.commit(definition.groupId, position)])
      }
    },
    stop: async () => runner.close(),
  }
}
