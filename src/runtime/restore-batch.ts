import type { RecordBatch, StageTask } from './ports.ts'
import { chunksOf } from './record-chunks.ts'
import type { RestoreProgress } from './restore-progress.ts'
import { positionWrite } from './task-state.ts'

/** Restores what of a batch lies in the past; the offset to read next, or `null` where the task ended meanwhile. */
export async function restoreBatch(
  batch: RecordBatch,
  restoring: RestoreProgress,
  restore: StageTask['restore'],
  isClosed: () => boolean,
): Promise<number | null> {
  const untilOffset = restoring.untilOf(batch.topic)
  if (untilOffset === null) return null
  const records = batch.records.filter(({ offset }) => offset < untilOffset)
  const nextOffset = Math.min(batch.nextOffset, untilOffset)
  for (const { chunk, next } of chunksOf(records, nextOffset)) {
    await restore(chunk, [positionWrite(batch.topic, next)])
    restoring.reached(batch.topic, next, chunk.length)
    // A successor may be restoring the same topic by now.
    if (isClosed()) return null
  }
  restoring.reached(batch.topic, nextOffset, 0)
  return isClosed() ? null : nextOffset
}
