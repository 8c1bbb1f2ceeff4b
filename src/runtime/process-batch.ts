import type { RecordBatch, StageTask } from './ports.ts'
import { chunksOf } from './record-chunks.ts'
import { positionWrite } from './task-state.ts'

/**
 * Processes what of a batch was not processed before, in parts, and moves `positions` on behind each; the offset to read next.
 * Whoever stops waits for what runs, so a part is the last once `isFinishing`. Throws where the log ends before the position.
 */
export async function processBatch(
  { topic, records, nextOffset, endOffset }: RecordBatch,
  positions: Map<string, number>,
  process: StageTask['process'],
  isFinishing: () => boolean,
): Promise<number> {
  const position = positions.get(topic) ?? -1
  if (endOffset < position) throw shrunkLog(endOffset, position)
  const fresh = records.filter(({ offset }) => offset >= position)
  const behind = Math.max(position, nextOffset)
  for (const { chunk, next } of chunksOf(fresh, behind)) {
    await process(chunk, [positionWrite(topic, next)])
    positions.set(topic, next)
    if (isFinishing()) return next
  }
  positions.set(topic, behind)
  return behind
}

/** Its records would all be taken for duplicates. The committed offset is gone with them, so a restart reads them anew. */
function shrunkLog(endOffset: number, position: number): Error {
  return new Error(
    `the log ends at offset ${endOffset}, but everything before ${position} was read already: ` +
      'the topic was deleted and created again, or lost records',
  )
}
