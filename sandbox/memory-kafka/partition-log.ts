import type { SourceRecord } from '../../src/domain/record.ts'
import type { LogBounds } from '../../src/runtime/ports.ts'

/** A record on its way into a log. */
export type AppendedRecord = Pick<SourceRecord, 'key' | 'value' | 'headers' | 'timestampMs'>

/** A stretch of a log. */
export interface LogSlice {
  readonly records: readonly SourceRecord[]
  /** Where the next read goes on; beyond the last record where compaction left a gap there. */
  readonly nextOffset: number
  readonly endOffset: number
}

/** How much a read returns at most; one record always. */
export interface ReadLimits {
  readonly maxBytes: number
  readonly maxRecords: number
}

/** The records of one partition, in offset order. */
export interface PartitionLog {
  /** Appends all of them, and returns the offset behind the last. `nowMs` is when the log got them. */
  append(records: readonly AppendedRecord[], nowMs: number): number
  /** `null` where `offset` is outside of the log; without records where there are none (yet). */
  read(offset: number, limits: ReadLimits): LogSlice | null
  bounds(): LogBounds
  /** Everything that is still there. */
  records(): readonly SourceRecord[]
  /** Retention: drops what lies before `offset`. The log never starts behind its end. */
  deleteBefore(offset: number): void
  /**
   * Keeps the last record of every key, which is the most that compaction may remove, and of tombstones those that the log
   * got less than `tombstonesForMs` ago. Offsets stay; so do records without a key, which no compacted topic would take.
   */
  compact(nowMs: number, tombstonesForMs: number): void
}

/** An empty log. */
export function createPartitionLog(topic: string, partition: number): PartitionLog {
  let stored: { readonly record: SourceRecord; readonly gotMs: number }[] = []
  let startOffset = 0
  let endOffset = 0

  /** Index of the first record at `offset` or behind it. */
  function indexOf(offset: number): number {
    let low = 0
    let high = stored.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((stored[middle]?.record.offset ?? Infinity) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    append(records, nowMs) {
      for (const { key, value, headers, timestampMs } of records) {
        const record = { topic, partition, offset: endOffset, timestampMs, key, value, headers }
        stored.push({ record, gotMs: nowMs })
        endOffset += 1
      }
      return endOffset
    },
    read(offset, { maxBytes, maxRecords }) {
      if (offset < startOffset || offset > endOffset) return null
      const records: SourceRecord[] = []
      let bytes = 0
      for (const { record } of stored.slice(indexOf(offset))) {
        bytes += sizeOf(record)
        if (records.length > 0 && (bytes > maxBytes || records.length >= maxRecords)) break
        records.push(record)
      }
      const last = records.at(-1)
      const isAll = last === undefined || last.offset === stored.at(-1)?.record.offset
      return { records, nextOffset: isAll ? endOffset : last.offset + 1, endOffset }
    },
    bounds: () => ({ startOffset, endOffset }),
    records: () => stored.map(({ record }) => record),
    deleteBefore(offset) {
      startOffset = Math.max(startOffset, Math.min(offset, endOffset))
      stored = stored.slice(indexOf(startOffset))
    },
    compact(nowMs, tombstonesForMs) {
      const last = new Map(stored.map(({ record }) => [keyText(record), record.offset]))
      stored = stored.filter(
        ({ record, gotMs }) =>
          record.key === null ||
          (last.get(keyText(record)) === record.offset &&
            (record.value !== null || nowMs - gotMs < tombstonesForMs)),
      )
    },
  }
}

function sizeOf({ key, value }: SourceRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0)
}

function keyText({ key }: SourceRecord): string {
  return key === null ? '' : Buffer.from(key).toString('latin1')
}
