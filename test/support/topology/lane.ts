import { createSerial } from '../../../src/domain/serial.ts'
import { readStartFacts } from '../../../src/runtime/start-snapshot.ts'
import { planStart } from '../../../src/runtime/start-plan.ts'
import type { Clock, Produce } from '../../../src/runtime/ports.ts'
import type { StageDefinition } from '../../../src/runtime/stage-definition.ts'
import type { StateStores } from '../../../src/runtime/state-store.ts'
import { createTaskRunner } from '../../../src/runtime/task-runner.ts'
import type { Broker } from './broker.ts'
import type { Life } from './faults.ts'

/** What a lane needs besides its stage. */
export interface LanePorts {
  readonly broker: Broker
  readonly life: Life
  readonly stores: StateStores
  readonly produce: Produce
  readonly clock: Clock
  /** Records of the next batch, at most. */
  batchSize(): number
  /** Which of these topics to read next. */
  chooseTopic(topics: readonly string[]): string | undefined
  failed(error: unknown): void
}

/** One stage in one process, with its one partition: what the stage's consumer and task table do. */
export interface Lane {
  /** Restores from the changelog, and from the inputs whose past is state. */
  start(): Promise<void>
  /** Hands the task a batch, if it takes one and there is one; true if so. */
  poll(): boolean
  tick(): Promise<void>
  commit(): Promise<void>
  stop(): Promise<void>
}

const maxStoreAgeMs = 7 * 24 * 3_600_000

/** A lane over the production task and task runner of `definition`. */
export function createLane(definition: StageDefinition, ports: LanePorts): Lane {
  const { broker, life, clock } = ports
  const announce = (): void => {
    if (runner.isUpToDate()) definition.runningChanged([0])
  }
  const runner = createTaskRunner(0, {
    definition,
    stores: ports.stores,
    produce: ports.produce,
    clock,
    mayAct: () => !life.isOver(),
    restoreTurn: createSerial(),
    topicRestored: () => undefined,
    running: announce,
    upToDate: announce,
    failed: (error) => ports.failed(error),
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
      definition.assigned([0])
      const stored = await runner.open(false)
      const facts = (await readStartFacts(definition, broker))(0)
      const plan = planStart({ ...facts, stored, nowMs: clock.nowMs(), maxStoreAgeMs, isChangelogNew: false })
      if (plan.type === 'wipe') throw new Error(`the store is of no use: ${plan.reason}`)
      for (const [topic, offset] of plan.positions) offsets.set(topic, offset)
      for (const [topic, { startOffset }] of plan.ranges) offsets.set(topic, startOffset)
      await runner.prepare(plan)
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
