import type { SourceRecord } from '../../domain/record.ts'
import { partitionOfKey } from '../../kafka/key-partition.ts'
import type { KafkaTools } from '../outside.ts'

/** Where records are looked for. */
export interface RecordSource extends Pick<KafkaTools, 'offsets' | 'topics' | 'readLog'> {
  readonly signal: AbortSignal
  /** Told of the topic that is read, and of how many records so far. */
  readonly progress: (topic: string, records: number) => void
}

/** Which records. */
export interface Wanted {
  readonly topic: string
  readonly key: string
  /** The only partition to look in; where it is absent, that of the key first, and the others if it has none. */
  readonly partition?: number
  /** True for the key of a wanted record. Default: equal to `key`. */
  readonly matches?: (key: string) => boolean
}

const utf8 = new TextDecoder()

/** All records of one key that the topic holds, in their order. None where there is no such topic. */
export async function findRecords(source: RecordSource, wanted: Wanted): Promise<readonly SourceRecord[]> {
  const { topic, key, partition } = wanted
  if (!(await source.topics.partitionCounts([topic])).has(topic)) return []
  const bounds = await source.offsets.logBounds(topic)
  const likely = partition ?? partitionOfKey(topic, key, bounds.size)
  const others = partition === undefined ? [...bounds.keys()].filter((number) => number !== likely) : []
  const found = await readPartitions(source, wanted, [likely])
  return found.length > 0 || others.length === 0 ? found : readPartitions(source, wanted, others)
}

async function readPartitions(
  { offsets, readLog, signal, progress }: RecordSource,
  { topic, key, matches = (other) => other === key }: Wanted,
  partitions: readonly number[],
): Promise<readonly SourceRecord[]> {
  const bounds = await offsets.logBounds(topic)
  const found: SourceRecord[] = []
  let seen = 0
  await readLog({
    topic,
    from: new Map(),
    to: new Map(partitions.map((partition) => [partition, bounds.get(partition)?.endOffset ?? 0])),
    signal,
    async onRecords(records) {
      seen += records.length
      progress(topic, seen)
      found.push(...records.filter((record) => record.key !== null && matches(utf8.decode(record.key))))
      return Promise.resolve()
    },
  })
  return found
}

/** The record at one offset, or why there is none, in words. */
export async function findRecord(
  { topics, offsets, readLog, signal }: RecordSource,
  topic: string,
  partition: number,
  offset: number,
): Promise<SourceRecord | string> {
  if (!(await topics.partitionCounts([topic])).has(topic)) return `there is no topic ${topic}`
  const bounds = (await offsets.logBounds(topic)).get(partition)
  if (bounds === undefined) return `${topic} has no partition ${partition}`
  const { startOffset, endOffset } = bounds
  if (offset < startOffset || offset >= endOffset)
    return `partition ${partition} of ${topic} holds the offsets from ${startOffset} to before ${endOffset}`
  let found: SourceRecord | undefined
  await readLog({
    topic,
    from: new Map([[partition, offset]]),
    to: new Map([[partition, offset + 1]]),
    signal,
    async onRecords([record]) {
      found = record
      return Promise.resolve()
    },
  })
  return found ?? `there is no record at this offset any more: compacted away, or the end of a transaction`
}
