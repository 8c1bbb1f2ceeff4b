import { createSerial, type Serial } from '../domain/serial.ts'
import { type Clock, LeaseLost, type Produce, type RecordBatch, type StageTask } from './ports.ts'
import type { StageDefinition } from './stage-definition.ts'
import type { StateStore, StateStores } from './state-store.ts'
import {
  createTaskState,
  positionWrite,
  readPositions,
  type StoredPositions,
  usedWrite,
} from './task-state.ts'

/** How far the past of one topic reaches, for one partition. */
export interface RestoreRange {
  readonly startOffset: number
  /** Offset after the last record that must be in the store before anything else happens. */
  readonly untilOffset: number
}

/** What a task begins with, once its store is open. */
export interface TaskStart {
  /** By topic, what has to be restored. An input without a range waits until the end of it. */
  readonly ranges: ReadonlyMap<string, RestoreRange>
  /** What of the changelog the store holds once it is restored. */
  readonly mirrorFrom: number
  /** By input, what was processed before and is not committed. */
  readonly done: ReadonlyMap<string, number>
}

/**
 * One partition of a stage, from assignment to loss. It restores first: records of the past go to the store up to the
 * range of each topic, and nothing else of the partition is taken meanwhile. Then it processes. Everything runs one after
 * another, whichever topic it comes from, so that a task never sees two batches at once.
 */
export interface TaskRunner {
  readonly partition: number
  readonly state: () => 'preparing' | 'restoring' | 'running' | 'closed'
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
  /** Resolves when what is running has ended and the store is closed; nothing is taken any more. */
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
  /** Something that the task does beside its steps failed. */
  failed(error: unknown): void
}

/** Records restored at once: a fetched batch can hold thousands, which are many times as large once they are decoded. */
const restoreChunk = 500

/** A runner whose store is not open yet. */
export function createTaskRunner(partition: number, ports: TaskRunnerPorts): TaskRunner {
  const { definition, stores, clock } = ports
  let state: 'preparing' | 'restoring' | 'running' | 'closed' = 'preparing'
  let store: StateStore | null = null
  let task: StageTask | null = null
  let endState = (): void => undefined
  let mirrorFrom = 0
  let restoredRecords = 0
  const ranges = new Map<string, RestoreRange>()
  const restoredTo = new Map<string, number>()
  const positions = new Map<string, number>()
  const serially = createSerial()

  function isClosed(): boolean {
    return state === 'closed'
  }

  function begun(): StageTask {
    if (task === null) throw new Error('a task is used before it was prepared')
    return task
  }

  function begin(from: StateStore): void {
    const mayAct = (): boolean => !isClosed() && ports.mayAct()
    const owned = createTaskState(from, definition.changelog, mirrorFrom, {
      produce: ports.produce,
      mayAct,
    })
    endState = () => owned.end()
    task = definition.createTask(partition, {
      state: owned,
      produce: async (records) => void (await ports.produce(records, mayAct)),
      failed: (error) => ports.failed(error),
    })
  }

  async function run(): Promise<void> {
    await store?.batch([positionWrite(definition.changelog, mirrorFrom), usedWrite(clock.nowMs())])
    await begun().restored()
    if (isClosed()) return
    state = 'running'
    ports.running()
  }

  async function restore(batch: RecordBatch): Promise<number | null> {
    const range = ranges.get(batch.topic)
    if (range === undefined) return null
    const records = batch.records.filter(({ offset }) => offset < range.untilOffset)
    const nextOffset = Math.min(batch.nextOffset, range.untilOffset)
    for (let from = 0; from < records.length; from += restoreChunk) {
      const chunk = records.slice(from, from + restoreChunk)
      const next = records[from + restoreChunk]?.offset ?? nextOffset
      await ports.restoreTurn(async () => begun().restore(chunk, [positionWrite(batch.topic, next)]))
      restoredRecords += chunk.length
      if (isClosed()) return null
    }
    restoredTo.set(batch.topic, nextOffset)
    if (nextOffset < range.untilOffset) return nextOffset
    // A successor may be restoring the same topic by now.
    if (isClosed()) return null
    ranges.delete(batch.topic)
    ports.topicRestored(batch.topic)
    if (ranges.size === 0) await run()
    return nextOffset
  }

  async function process(batch: RecordBatch): Promise<number> {
    const position = positions.get(batch.topic) ?? -1
    if (batch.endOffset < position) throw shrunkLog(batch.endOffset, position)
    const fresh = batch.records.filter(({ offset }) => offset >= position)
    const nextOffset = Math.max(position, batch.nextOffset)
    if (fresh.length > 0) await begun().process(fresh, [positionWrite(batch.topic, nextOffset)])
    positions.set(batch.topic, nextOffset)
    return nextOffset
  }

  return {
    partition,
    state: () => state,
    async open(wipe) {
      await store?.close()
      store = null
      if (wipe) await stores.wipe(partition)
      // A task that is closed meanwhile must not hold the store of its successor.
      if (isClosed()) throw new LeaseLost('the task has ended')
      const opened = await stores.open(partition)
      store = opened
      if (isClosed()) {
        await opened.close()
        throw new LeaseLost('the task has ended')
      }
      return readPositions(opened)
    },
    async prepare(start) {
      await serially(async () => {
        if (state !== 'preparing' || store === null) return
        state = 'restoring'
        mirrorFrom = start.mirrorFrom
        begin(store)
        for (const [topic, range] of start.ranges) ranges.set(topic, range)
        for (const [topic, offset] of start.done) positions.set(topic, offset)
        for (const topic of [definition.changelog, ...definition.restoredInputs])
          if (!ranges.has(topic)) ports.topicRestored(topic)
        if (ranges.size === 0) await run()
      })
    },
    take: async (batch) =>
      serially(async () => {
        if (state === 'restoring') return restore(batch)
        return state === 'running' ? process(batch) : null
      }),
    async tick() {
      await serially(async () => (state === 'running' ? begun().tick?.() : undefined))
    },
    async touch() {
      await serially(async () => (state === 'running' ? store?.batch([usedWrite(clock.nowMs())]) : undefined))
    },
    positions: () => positions,
    topicsToRestore: () => [...ranges.keys()],
    remainingRestore() {
      let remaining = 0
      for (const [topic, range] of ranges) {
        remaining += range.untilOffset - (restoredTo.get(topic) ?? range.startOffset)
      }
      return remaining
    },
    restoredRecords: () => restoredRecords,
    async close() {
      state = 'closed'
      task?.close()
      endState()
      await serially(async () => Promise.resolve())
      await store?.close()
    },
  }
}

/** Its records would all be taken for duplicates. The committed offset is gone with them, so a restart reads them anew. */
function shrunkLog(endOffset: number, position: number): Error {
  return new Error(
    `the log ends at offset ${endOffset}, but everything before ${position} was read already: ` +
      'the topic was deleted and created again, or lost records',
  )
}
