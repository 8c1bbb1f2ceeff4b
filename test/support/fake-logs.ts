import type { SourceRecord } from '../../src/domain/record.ts'
import type { LogBounds, OffsetReader, RecordBatch } from '../../src/runtime/ports.ts'

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
  append(topic: string, partition: number, values: readonly string[]): void
  /** Leaves out offsets, as compaction does. */
  skip(topic: string, partition: number, offsets: number): void
  start(topic: string, partition: number): number
  /** The records from `from` on, up to `limit`; `null` where there are none. */
  read(topic: string, partition: number, from: number, limit: number): RecordBatch | null
  committed(topic: string, partition: number): number | undefined
  setCommitted(topic: string, partition: number, offset: number): void
}

interface Log {
  readonly records: SourceRecord[]
  endOffset: number
}

/** The name of a partition in what the fakes write down: `topic/0`. */
export function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
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
      numbers.map((partition): [string, Log] => [placeOf(topic, partition), { records: [], endOffset: 0 }]),
    ),
  )
  const committed = new Map<string, number>()
  const faults: OffsetFaults = { heldBy: null, error: null }

  function log(topic: string, partition: number): Log {
    const found = logs.get(placeOf(topic, partition))
    if (found === undefined) throw new Error(`there is no ${placeOf(topic, partition)}`)
    return found
  }

  async function byPartition<T>(read: (partition: number) => T | undefined): Promise<Map<number, T>> {
    await faults.heldBy
    if (faults.error !== null) throw faults.error
    const found = new Map<number, T>()
    for (const partition of numbers) {
      const value = read(partition)
      if (value !== undefined) found.set(partition, value)
    }
    return found
  }

  return {
    faults,
    offsets: {
      async logBounds(topic) {
        const bounds = await byPartition((partition): LogBounds => {
          const { records, endOffset } = log(topic, partition)
          return { startOffset: records[0]?.offset ?? endOffset, endOffset }
        })
        boundsRead(topic)
        return bounds
      },
      async committedOffsets(_, names) {
        const known = await Promise.all(
          names.map(async (topic) => {
            const offsets = await byPartition((partition) => committed.get(placeOf(topic, partition)))
            return [topic, offsets] as const
          }),
        )
        return new Map(known)
      },
    },
    append(topic, partition, values) {
      const target = log(topic, partition)
      for (const text of values) {
        const value = Buffer.from(text)
        const offset = target.endOffset
        target.records.push({ topic, partition, offset, timestampMs: 0, key: value, value, headers: {} })
        target.endOffset += 1
      }
    },
    skip(topic, partition, offsets) {
      log(topic, partition).endOffset += offsets
    },
    start: (topic, partition) => log(topic, partition).records[0]?.offset ?? log(topic, partition).endOffset,
    read(topic, partition, from, limit) {
      const { records, endOffset } = log(topic, partition)
      const found = records.filter(({ offset }) => offset >= from).slice(0, limit)
      const last = found.at(-1)
      return last === undefined
        ? null
        : { topic, partition, records: found, nextOffset: last.offset + 1, endOffset }
    },
    committed: (topic, partition) => committed.get(placeOf(topic, partition)),
    setCommitted: (topic, partition, offset) => committed.set(placeOf(topic, partition), offset),
  }
}
