import type { RecordBatch } from './ports.ts'

/**
 * What of a batch was not processed before, and where reading goes on behind it. Throws where the log ends before `position`.
 */
export function freshOf({ records, nextOffset, endOffset }: RecordBatch, position: number) {
  if (endOffset < position) throw shrunkLog(endOffset, position)
  const fresh = records.filter(({ offset }) => offset >= position)
  return { fresh, nextOffset: Math.max(position, nextOffset) }
}

/** Its records would all be taken for duplicates. The committed offset is gone with them, so a restart reads them anew. */
function shrunkLog(endOffset: number, position: number): Error {
  return new Error(
    `the log ends at offset ${endOffset}, but everything before ${position} was read already: ` +
      'the topic was deleted and created again, or lost records',
  )
}
