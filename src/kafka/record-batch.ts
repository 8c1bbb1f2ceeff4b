import type { EachBatchPayload } from 'kafkajs'
import type { SourceRecord } from '../domain/record.ts'
import type { RecordBatch } from '../runtime/ports.ts'

/** A batch of kafkajs as the runtime takes it: numbers for offsets and times, in epoch milliseconds, and bytes for headers. */
export function toRecordBatch(batch: EachBatchPayload['batch']): RecordBatch {
  const { topic, partition } = batch
  return {
    topic,
    partition,
    records: batch.messages.map((message): SourceRecord => ({
      topic,
      partition,
      offset: Number(message.offset),
      timestampMs: Number(message.timestamp),
      key: message.key,
      value: message.value,
      headers: headersOf(message.headers),
    })),
    nextOffset: Number(batch.lastOffset()) + 1,
    endOffset: Number(batch.highWatermark),
  }
}

type MessageHeaders = EachBatchPayload['batch']['messages'][number]['headers']

/** A header that occurs several times keeps its last value. */
function headersOf(headers: MessageHeaders): Record<string, Uint8Array> {
  const plain: Record<string, Uint8Array> = {}
  for (const [key, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) plain[key] = typeof last === 'string' ? Buffer.from(last) : last
  }
  return plain
}
