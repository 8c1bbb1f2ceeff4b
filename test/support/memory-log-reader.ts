import type { ReadLog } from '../../src/kafka/log-reader.ts'
import type { MemoryKafka } from '../../sandbox/memory-kafka/memory-kafka.ts'

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
        if (records.length > 0) await onRecords(records, async () => Promise.resolve())
        offset = slice.nextOffset
      }
    }
  }
}
