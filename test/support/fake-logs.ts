import type { SourceRecord } from '../../src/domain/record.ts'
import type { CommittedOffset, LogBounds, OffsetReader, RecordBatch } from '../../src/runtime/ports.ts'

/** Reads of offsets that go wrong. */
export interface OffsetFaults {
  /** While set, every read waits for it before it looks. */
  heldBy: Promise<void> | null
  error: Error | null
}

/** Partitions with records and gaps, and the offsets that a group committed. */
export interface FakeLogs {
  readonly offsets: OffsetReader
  readonly faults: OffsetFaults
  /** Returns the offset after the last record. */
  append(topic: string, partition: number, values: readonly string[]): number
  /** Leaves out offsets, as compaction does. */
  skip(topic: string, partition: number, offsets: number): void
  /** Deletes the records before `offset`, as retention and operators do. */
  truncate(topic: string, partition: number, offset: number): void
  /** Makes the partition anew: empty, from offset 0 on. */
  recreate(topic: string, partition: number): void
  start(topic: string, partition: number): number
  /** The records from `from` on, from the first where the log has no such offset, up to `limit`; `null` for none. */
  read(topic: string, partition: number, from: number, limit: number): RecordBatch | null
  committed(topic: string, partition: number): number | undefined
  setCommitted(topic: string, partition: number, offset: number): void
  /** Sets what is committed as an operator does who resets the group. */
  resetTo(topic: string, partition: number, offset: number): void
}

interface Log {
  records: SourceRecord[]
  startOffset: number
  endOffset: number
}

/** The name of a partition in what the fakes write down: `topic/0`. */
export function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

function emptyLog(): Log {
  return { records: [], startOffset: 0, endOffset: 0 }
}

/** Empty logs; `read` hears of the topics whose bounds are read. */
export function createFakeLogs(
  topics: readonly string[],
  partitions: number,
  boundsRead: (topic: string) => void,
): FakeLogs {
  const numbers = Array.from({ length: partitions }, (_, partition) => partition)
  const logs = new Map(
    topics.flatMap((topic) =>
      numbers.map((partition): [string, Log] => [placeOf(topic, partition), emptyLog()]),
    ),
  )
  const committed = new Map<string, CommittedOffset>()
  const faults: OffsetFaults = { heldBy: null, error: null }

  function log(topic: string, partition: number): Log {
    const found = logs.get(placeOf(topic, partition))
    if (found === undefined) throw new Error(`there is no ${placeOf(topic, partition)}`)
    return found
  }

  const boundsOf = (topic: string, partition: number): LogBounds => {
    const { startOffset, endOffset } = log(topic, partition)
    return { startOffset, endOffset }
  }

  return {
    faults,
    offsets: createReader(
      numbers,
      faults,
      boundsOf,
      (topic, partition) => committed.get(placeOf(topic, partition)),
      boundsRead,
    ),
    append(topic, partition, values) {
      const target = log(topic, partition)
      for (const text of values) {
        const value = Buffer.from(text)
        const offset = target.endOffset
        target.records.push({ topic, partition, offset, timestampMs: 0, key: value, value, headers: {} })
        target.endOffset += 1
      }
      return target.endOffset
    },
    skip(topic, partition, offsets) {
      log(topic, partition).endOffset += offsets
    },
    truncate(topic, partition, offset) {
      const target = log(topic, partition)
      target.records = target.records.filter((record) => record.offset >= offset)
      target.startOffset = offset
    },
    recreate: (topic, partition) => logs.set(placeOf(topic, partition), emptyLog()),
    start: (topic, partition) => log(topic, partition).startOffset,
    read(topic, partition, from, limit) {
      const { records, startOffset, endOffset } = log(topic, partition)
      const place = from > endOffset ? startOffset : from
      const found = records.filter(({ offset }) => offset >= place).slice(0, limit)
      const last = found.at(-1)
      return last === undefined
        ? null
        : { topic, partition, records: found, nextOffset: last.offset + 1, endOffset }
    },
    committed: (topic, partition) => committed.get(placeOf(topic, partition))?.offset,
    setCommitted: (topic, partition, offset) =>
      committed.set(placeOf(topic, partition), { offset, ours: true, note: '' }),
    resetTo: (topic, partition, offset) =>
      committed.set(placeOf(topic, partition), { offset, ours: false, note: '' }),
  }
}

function createReader(
  partitions: readonly number[],
  faults: OffsetFaults,
  boundsOf: (topic: string, partition: number) => LogBounds,
  committedOf: (topic: string, partition: number) => CommittedOffset | undefined,
  boundsRead: (topic: string) => void,
): OffsetReader {
  async function byPartition<T>(read: (partition: number) => T | undefined): Promise<Map<number, T>> {
    await faults.heldBy
    if (faults.error !== null) throw faults.error
    const found = new Map<number, T>()
    for (const partition of partitions) {
      const value = read(partition)
      if (value !== undefined) found.set(partition, value)
    }
    return found
  }

  return {
    async logBounds(topic) {
      const bounds = await byPartition((partition) => boundsOf(topic, partition))
      boundsRead(topic)
      return bounds
    },
    async committedOffsets(_, names) {
      const known = await Promise.all(
        names.map(async (topic) => {
          return [topic, await byPartition((partition) => committedOf(topic, partition))] as const
        }),
      )
      return new Map(known)
    },
  }
}
