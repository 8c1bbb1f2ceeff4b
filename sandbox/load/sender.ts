import type { Producer } from 'kafkajs'

/** One record for Kafka. */
export interface OutgoingRecord {
  readonly topic: string
  readonly key: string
  /** `null` is a tombstone. */
  readonly value: Buffer | null
  readonly timestampMs: number
}

/** Sends records in the order in which it gets them. */
export interface Sender {
  /** Takes one record; may wait until those before it are acknowledged by all in-sync replicas. */
  send: (record: OutgoingRecord) => Promise<void>
  /** Resolves once everything taken is acknowledged. */
  flush: () => Promise<void>
}

// Below the 1 MiB that topics made by others take by default.
const maxBatchBytes = 512 * 1024
const maxBatchRecords = 500

/** A sender on a connected producer. One batch is under way at a time, so that a repeated one overtakes nothing. */
export function createSender(producer: Pick<Producer, 'sendBatch'>): Sender {
  let batch: OutgoingRecord[] = []
  let bytes = 0

  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    const records = batch
    batch = []
    bytes = 0
    const topics = [...new Set(records.map(({ topic }) => topic))]
    await producer.sendBatch({
      acks: -1,
      topicMessages: topics.map((topic) => ({
        topic,
        messages: records
          .filter((record) => record.topic === topic)
          .map(({ key, value, timestampMs }) => ({ key, value, timestamp: String(timestampMs) })),
      })),
    })
  }

  return {
    send: async (record) => {
      const size = record.value?.length ?? 0
      if (batch.length >= maxBatchRecords || bytes + size > maxBatchBytes) await flush()
      batch.push(record)
      bytes += size
    },
    flush,
  }
}
