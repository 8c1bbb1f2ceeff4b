import type { OutputRecord, SourceRecord } from '../../../src/domain/record.ts'
import type { OffsetReader, PartitionOffset, RecordBatch } from '../../../src/runtime/ports.ts'

/** A record to append; without `timestampMs` it has the time of the append. */
export type NewRecord = OutputRecord & { readonly timestampMs?: number }

/** Kafka in memory: topics of one partition, and the committed offsets of groups. */
export interface Broker extends OffsetReader {
  append(record: NewRecord): SourceRecord
  /** Up to `limit` records from `offset` on, `null` where there is none yet. */
  read(topic: string, offset: number, limit: number): RecordBatch | null
  records(topic: string): readonly SourceRecord[]
  commit(groupId: string, position: PartitionOffset): void
  /** Keeps the last record of every key, which is the most that compaction can remove. */
  compact(topic: string): void
}

interface Topic {
  records: SourceRecord[]
  endOffset: number
}

/** A broker without topics; a topic is there from its first use on. */
export function createBroker(nowMs: () => number): Broker {
  const topics = new Map<string, Topic>()
  const committed = new Map<string, Map<string, number>>()
  const text = new TextEncoder()

  function open(name: string): Topic {
    const topic = topics.get(name) ?? { records: [], endOffset: 0 }
    topics.set(name, topic)
    return topic
  }

  return {
    append({ topic: name, key, value, headers, timestampMs }) {
      const topic = open(name)
      const record: SourceRecord = {
        topic: name,
        partition: 0,
        offset: topic.endOffset,
        timestampMs: timestampMs ?? nowMs(),
        key: typeof key === 'string' ? text.encode(key) : key,
        value,
        headers: Object.fromEntries(
          Object.entries(headers ?? {}).map(([header, bytes]) => [
            header,
            typeof bytes === 'string' ? text.encode(bytes) : bytes,
          ]),
        ),
      }
      topic.records.push(record)
      topic.endOffset += 1
      return record
    },
    read(name, offset, limit) {
      const { records, endOffset } = open(name)
      if (offset >= endOffset) return null
      const from = records.findIndex((record) => record.offset >= offset)
      const found = from === -1 ? [] : records.slice(from, from + limit)
      const nextOffset = (found.at(-1)?.offset ?? endOffset - 1) + 1
      return { topic: name, partition: 0, records: found, nextOffset, endOffset }
    },
    records: (name) => open(name).records,
    commit(groupId, { topic, offset }) {
      const group = committed.get(groupId) ?? new Map<string, number>()
      committed.set(groupId, group.set(topic, offset))
    },
    compact(name) {
      const topic = open(name)
      const last = new Map(topic.records.map((record) => [keyOf(record), record.offset]))
      topic.records = topic.records.filter((record) => last.get(keyOf(record)) === record.offset)
    },
    logBounds: async (name) => {
      const { records, endOffset } = open(name)
      const startOffset = records[0]?.offset ?? endOffset
      return Promise.resolve(new Map([[0, { startOffset, endOffset }]]))
    },
    committedOffsets: async (groupId, names) => {
      const group = committed.get(groupId)
      const known = names.flatMap((name) => {
        const offset = group?.get(name)
        return offset === undefined ? [] : [[name, new Map([[0, { offset, ours: true, note: '' }]])] as const]
      })
      return Promise.resolve(new Map(known))
    },
  }
}

function keyOf({ key }: SourceRecord): string {
  return key === null ? '' : Buffer.from(key).toString('hex')
}
