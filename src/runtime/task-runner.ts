import type { RecordBatch, StageTask } from './ports.ts'

/** How far the past of one topic reaches, for one partition. */
export interface RestoreRange {
  readonly startOffset: number
  /** Offset after the last record that must be in the store before anything else happens. */
  readonly untilOffset: number
}

/**
 * One partition of a stage, from assignment to loss. It restores first: records of the past go to the store up to the
 * range of each topic, and nothing else of the partition is taken meanwhile. Then it processes. Everything runs one after
 * another, whichever topic it comes from, so that a task never sees two batches at once.
 */
export interface TaskRunner {
  readonly partition: number
  readonly state: () => 'preparing' | 'restoring' | 'running' | 'closed'
  /** Starts restoring. A topic without a range is an input that waits until the end of it. */
  prepare(ranges: ReadonlyMap<string, RestoreRange>): Promise<void>
  /** The offset to read next, or `null` where the batch was not taken: the topic has to wait. */
  take(batch: RecordBatch): Promise<number | null>
  tick(): Promise<void>
  /** Next offset to read per input topic, for those of which something was processed since the assignment. */
  readonly positions: () => ReadonlyMap<string, number>
  /** Topics whose past is not all in the store yet. */
  topicsToRestore(): readonly string[]
  /** Records of the past still to come, gaps counted. */
  remainingRestore(): number
  /** Resolves when what is running has ended; nothing is taken any more. */
  close(): Promise<void>
}

/** What the runner tells the stage. */
export interface TaskRunnerEvents {
  /** A topic's past is in the store: no more of it is needed, unless it is an input that goes on from here. */
  topicRestored(topic: string): void
  /** Everything is restored: inputs may flow. */
  running(): void
}

/** A runner for `task`, which nobody else calls from here on. */
export function createTaskRunner(partition: number, task: StageTask, events: TaskRunnerEvents): TaskRunner {
  let state: 'preparing' | 'restoring' | 'running' | 'closed' = 'preparing'
  const ranges = new Map<string, RestoreRange>()
  const restoredTo = new Map<string, number>()
  const positions = new Map<string, number>()
  let last: Promise<unknown> = Promise.resolve()

  async function serially<T>(step: () => Promise<T>): Promise<T> {
    const result = last.then(step)
    last = result.catch(() => undefined)
    return result
  }

  function run(): void {
    if (isClosed()) return
    state = 'running'
    events.running()
  }

  async function restore(batch: RecordBatch): Promise<number | null> {
    const range = ranges.get(batch.topic)
    if (range === undefined) return null
    await task.restore(batch.records.filter(({ offset }) => offset < range.untilOffset))
    const nextOffset = Math.min(batch.nextOffset, range.untilOffset)
    restoredTo.set(batch.topic, nextOffset)
    if (nextOffset < range.untilOffset) return nextOffset
    // Before the last topic counts as restored: where this fails, its batch comes again and so does this.
    const isLast = ranges.size === 1
    if (isLast) await task.restored()
    // A successor may be restoring the same topic by now.
    if (isClosed()) return null
    ranges.delete(batch.topic)
    events.topicRestored(batch.topic)
    if (isLast) run()
    return nextOffset
  }

  async function process(batch: RecordBatch): Promise<number> {
    const position = positions.get(batch.topic) ?? -1
    if (batch.endOffset < position) throw shrunkLog(batch.endOffset, position)
    const fresh = batch.records.filter(({ offset }) => offset >= position)
    if (fresh.length > 0) await task.process(fresh)
    const nextOffset = Math.max(position, batch.nextOffset)
    positions.set(batch.topic, nextOffset)
    return nextOffset
  }

  function isClosed(): boolean {
    return state === 'closed'
  }

  return {
    partition,
    state: () => state,
    async prepare(needed) {
      await serially(async () => {
        if (state !== 'preparing') return
        state = 'restoring'
        for (const [topic, range] of needed) {
          if (range.startOffset < range.untilOffset) ranges.set(topic, range)
          else events.topicRestored(topic)
        }
        if (ranges.size > 0) return
        await task.restored()
        run()
      })
    },
    take: async (batch) =>
      serially(async () => {
        if (state === 'restoring') return restore(batch)
        return state === 'running' ? process(batch) : null
      }),
    async tick() {
      await serially(async () => (state === 'running' ? task.tick?.() : undefined))
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
    async close() {
      state = 'closed'
      task.close()
      await last
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
