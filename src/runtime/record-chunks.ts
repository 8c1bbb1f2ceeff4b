import type { SourceRecord } from '../domain/record.ts'

/**
 * Records taken at once: a fetched batch can hold thousands, more where it was compressed, and they are many times as large
 * once they are decoded.
 */
const chunkSize = 500

/** Some of a batch's records, and the offset before which everything is done once they are. */
export interface RecordChunk {
  readonly chunk: readonly SourceRecord[]
  readonly next: number
}

/** `records` in pieces; behind the last of them everything before `nextOffset` is done. */
export function chunksOf(records: readonly SourceRecord[], nextOffset: number): readonly RecordChunk[] {
  const chunks: RecordChunk[] = []
  for (let from = 0; from < records.length; from += chunkSize) {
    const chunk = records.slice(from, from + chunkSize)
    chunks.push({ chunk, next: records[from + chunkSize]?.offset ?? nextOffset })
  }
  return chunks
}
