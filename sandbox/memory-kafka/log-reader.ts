import type { ReadLog } from '../../src/kafka/log-reader.ts'
import type { MemoryKafka } from './memory-kafka.ts'

const limits = { maxBytes: 1024 * 1024, maxRecords: 500 }

/** Reads parts of logs, outside of any group. */
export function createMemoryLogReader(kafka: MemoryKafka): ReadLog {
  return async function readLog({ topic, from, to, onRecords, signal }) {
    for (const [partition, endOffset] of to) {
      const log = kafka.topics.log(topic, partition)
      let offset = Math.max(from.get(partition) ?? 0, log.bounds().startOffset)
      while (offset < endOffset) {
        signal?.throwIfAborted()
        const slice = log.read(offset, limits)
        if (slice === null || slice.nextOffset === offset) break
        const records = slice.records.filter((record) => record.offset < endOffset)
        if (records.length > 0) await onRecords(records)
        offset = slice.nextOffset
      }
    }
  }
}

/** By partition, the offset of the first record with this time or a later one; the end of the log where there is none. */
export function memoryOffsetsAtTime(
  kafka: MemoryKafka,
  topic: string,
  timeMs: number,
): ReadonlyMap<number, number> {
  return new Map(
    kafka.topics.logs(topic).map((log, partition) => {
      const first = log.records().find(({ timestampMs }) => timestampMs >= timeMs)
      return [partition, first?.offset ?? log.bounds().endOffset]
    }),
  )
}
