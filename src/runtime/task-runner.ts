import { createSerial, type Serial } from '../domain/serial.ts'
import { type Clock, LeaseLost, type Produce, type RecordBatch, type StageTask } from './ports.ts'
import { processBatch } from './process-batch.ts'
import { restoreBatch } from './restore-batch.ts'
import { createRestoreProgress, type RestoreRange } from './restore-progress.ts'
import type { StageDefinition } from './stage-definition.ts'
import type { StateStore, StateStores, StoreWrite } from './state-store.ts'
import {
  createTaskState,
  positionWrite,
  readPositions,
  type StoredPositions,
  usedWrite,
} from './task-state.ts'

/** What a task begins with, once its store is open. */
export interface TaskStart {
  /** By topic, what has to be restored. An input without a range waits until the end of it. */
  readonly ranges: ReadonlyMap<string, RestoreRange>
  /** What of the changelog the store holds once it is restored. */
  readonly mirrorFrom: number
  /** By input, the offset at which processing begins. */
  readonly positions: ReadonlyMap<string, number>
  /** By input, what was processed before and is not committed. */
  readonly done: ReadonlyMap<string, number>
  /** By input, up to where it has to be processed before the task is up to date. */
  readonly ends: ReadonlyMap<string, number>
}

/**
 * One partition of a stage, from assignment to loss. It restores first: records of the past go to the store up to the
 * range of each topic, and nothing else of the partition is taken meanwhile. Then it processes. Everything runs one after
 * another, whichever topic it comes from, so that a task never sees two batches at once.
 */
export interface TaskRunner {
  readonly partition: number
  readonly state: () => 'preparing' | 'restoring' | 'running' | 'closed'
  /**
   * True once the task has processed what was there when it began: until then its state can be older than what its changelog
   * says was done with a newer one.
   */
  isUpToDate(): boolean
  /** Opens the store, emptied first where `wipe` says so, and says what it knows of itself. */
  open(wipe: boolean): Promise<StoredPositions>
  /** Starts restoring. */
  prepare(start: TaskStart): Promise<void>
  /** The offset to read next, or `null` where the batch was not taken: the topic has to wait. */
  take(batch: RecordBatch): Promise<number | null>
  tick(): Promise<void>
  /** Notes in the store that it is in use. */
  touch(): Promise<void>
  /** Next offset to read per input topic, for those of which something was processed that may not be committed. */
  readonly positions: () => ReadonlyMap<string, number>
  /** Topics whose past is not all in the store yet. */
  topicsToRestore(): readonly string[]
  /** Records of the past still to come, gaps counted. */
  remainingRestore(): number
  /** Records of the past that were put into the store. */
  restoredRecords(): number
  /** Takes nothing more; resolves when what is processed has ended as it would have. A restore does not have to end. */
  finish(): Promise<void>
  /** The partition is lost: what is running changes nothing any more. Resolves when it has ended and the store is closed. */
  close(): Promise<void>
}

/** What the runner needs of the stage. */
export interface TaskRunnerPorts {
  readonly definition: StageDefinition
  readonly stores: StateStores
  readonly produce: Produce
  readonly clock: Clock
  /** False where the partition may be another member's. */
  mayAct(): boolean
  /** Tasks restore in turns: it is work for the processor, and what all of them hold at once would be much memory. */
  readonly restoreTurn: Serial
  /** A topic's past is in the store: no more of it is needed, unless it is an input that goes on from here. */
  topicRestored(topic: string): void
  /** Everything is restored: inputs may flow. */
  running(): void
  /** The task runs and is up to date. */
  upToDate(): void
  /** Something that the task does beside its steps failed. */
  readonly failed: (error: unknown) => void
}

/** A runner whose store is not open yet. */
export function createTaskRunner(partition: number, ports: TaskRunnerPorts): TaskRunner {
  const { definition, stores, clock } = ports
  let state: 'preparing' | 'restoring' | 'running' | 'closed' = 'preparing'
  let store: StateStore | null = null
  let stored: StoredPositions | null = null
  let finishing = false
  let begun: BegunTask | null = null
  let mirrorFrom = 0
  const restoring = createRestoreProgress()
  const positions = new Map<string, number>()
  const ends = new Map<string, number>()
  const serially = createSerial()

  const isClosed = (): boolean => state === 'closed'

  const here = (): StageTask => begun?.task ?? unprepared()

  async function run(): Promise<void> {
    await store?.batch([positionWrite(definition.changelog, mirrorFrom), usedWrite(clock.nowMs())])
    await here().restored()
    if (isClosed()) return
    state = 'running'
    ports.running()
  }

  async function restore(batch: RecordBatch): Promise<number | null> {
    const step: StageTask['restore'] = async (records, position) =>
      ports.restoreTurn(async () => here().restore(records, position))
    const nextOffset = await restoreBatch(batch, restoring, step, isClosed)
    if (nextOffset === null || restoring.untilOf(batch.topic) !== nextOffset) return nextOffset
    restoring.finish(batch.topic)
    ports.topicRestored(batch.topic)
    if (restoring.topics().length === 0) await run()
    return nextOffset
  }

  async function process(batch: RecordBatch): Promise<number> {
    const step: StageTask['process'] = async (records, position) => here().process(records, position)
    const nextOffset = await processBatch(batch, positions, step, () => finishing)
    if (isLastEnd(ends, batch.topic, nextOffset)) ports.upToDate()
    return nextOffset
  }

  async function take(batch: RecordBatch): Promise<number | null> {
    if (state === 'restoring') return restore(batch)
    return state === 'running' ? process(batch) : null
  }

  async function open(wipe: boolean): Promise<StoredPositions> {
    await store?.close()
    store = await openStore(stores, partition, wipe, isClosed)
    stored = await readPositions(store)
    return stored
  }

  async function prepare(start: TaskStart): Promise<void> {
    if (state !== 'preparing' || store === null) return
    state = 'restoring'
    mirrorFrom = start.mirrorFrom
    begun = beginTask(partition, store, mirrorFrom, ports, () => !isClosed() && ports.mayAct())
    const notes = firstNotes(start, stored, definition, clock.nowMs())
    if (notes.length > 0) await store.batch(notes)
    restoring.add(start.ranges)
    for (const [topic, offset] of start.done) positions.set(topic, offset)
    for (const [topic, end] of start.ends) ends.set(topic, end)
    for (const topic of [definition.changelog, ...definition.restoredInputs])
      if (!start.ranges.has(topic)) ports.topicRestored(topic)
    if (start.ranges.size === 0) await run()
  }

  return {
    partition,
    state: () => state,
    isUpToDate: () => state === 'running' && ends.size === 0,
    open,
    prepare: async (start) => serially(async () => prepare(start)),
    take: async (batch) => serially(async () => (finishing ? null : take(batch))),
    tick: async () => serially(async () => (state === 'running' ? here().tick?.() : undefined)),
    touch: async () =>
      serially(async () => (state === 'running' ? store?.batch([usedWrite(clock.nowMs())]) : undefined)),
    positions: () => positions,
    topicsToRestore: () => restoring.topics(),
    remainingRestore: () => restoring.remaining(),
    restoredRecords: () => restoring.records(),
    async finish() {
      finishing = true
      if (state === 'running') await serially(async () => Promise.resolve())
    },
    async close() {
      state = 'closed'
      const ended = begun?.end()
      await serially(async () => ended)
      await store?.close()
    },
  }
}

async function openStore(
  stores: StateStores,
  partition: number,
  wipe: boolean,
  isClosed: () => boolean,
): Promise<StateStore> {
  if (wipe) await stores.wipe(partition)
  if (isClosed()) throw new LeaseLost('the task has ended')
  const store = await stores.open(partition)
  if (!isClosed()) return store
  // It ended meanwhile, and must not hold the store of its successor.
  await store.close()
  throw new LeaseLost('the task has ended')
}

/**
 * What a store has to know before anything is restored or processed: of a new one, from where on it mirrors the changelog,
 * since when; of one that is ahead of where its inputs begin, that they do.
 */
function firstNotes(
  start: TaskStart,
  stored: StoredPositions | null,
  { changelog }: StageDefinition,
  nowMs: number,
): readonly StoreWrite[] {
  const behind = [...start.positions].filter(([topic, at]) => (stored?.offsets.get(topic) ?? 0) > at)
  const rewound = behind.map(([topic, at]) => positionWrite(topic, at))
  if (stored?.offsets.has(changelog) === true) return rewound
  const from = start.ranges.get(changelog)?.startOffset ?? start.mirrorFrom
  return [positionWrite(changelog, from), usedWrite(nowMs), ...rewound]
}

/** A task and how it ends: what is still under way changes nothing then. */
interface BegunTask {
  readonly task: StageTask
  end(): Promise<void>
}

function beginTask(
  partition: number,
  store: StateStore,
  mirrorFrom: number,
  { definition, produce, failed }: TaskRunnerPorts,
  mayAct: () => boolean,
): BegunTask {
  const state = createTaskState(store, definition.changelog, mirrorFrom, { produce, mayAct })
  const task = definition.createTask(partition, {
    state,
    async produce(records) {
      await produce(records, mayAct)
    },
    failed,
  })
  return {
    task,
    async end() {
      task.close()
      await state.end()
    },
  }
}

/** Takes an end out of `ends` that is reached; true where it was the last. */
function isLastEnd(ends: Map<string, number>, topic: string, nextOffset: number): boolean {
  return nextOffset >= (ends.get(topic) ?? Infinity) && ends.delete(topic) && ends.size === 0
}

function unprepared(): never {
  throw new Error('a task is used before it was prepared')
}
