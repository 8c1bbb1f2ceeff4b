import { describe, expect, it } from '@jest/globals'
import { createPartitionLog, type PartitionLog } from '../../../../sandbox/memory-kafka/partition-log.ts'
import { createTopicTable } from '../../../../sandbox/memory-kafka/topic-table.ts'

const all = { maxBytes: Infinity, maxRecords: Infinity }

function append(
  log: PartitionLog,
  entries: readonly (readonly [key: string | null, value: string | null])[],
  nowMs = 0,
) {
  return log.append(
    entries.map(([key, value]) => ({
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: {},
      timestampMs: nowMs,
    })),
    nowMs,
  )
}

const shown = (log: PartitionLog): readonly string[] =>
  log.records().map(({ offset, key, value }) => `${offset} ${String(key)}=${String(value)}`)

describe('a log in memory', () => {
  it('reads from an offset, one record at least and no more than the limits allow', () => {
    const log = createPartitionLog('t', 0)
    expect(append(log, [['a', '1'], ['b', '2'], ['c', '3']])).toBe(3) // prettier-ignore
    expect(log.read(1, all)).toMatchObject({
      records: [{ offset: 1 }, { offset: 2 }],
      nextOffset: 3,
      endOffset: 3,
    })
    expect(log.read(0, { ...all, maxRecords: 2 })).toMatchObject({ nextOffset: 2 })
    expect(log.read(0, { ...all, maxBytes: 1 })).toMatchObject({ records: [{ offset: 0 }], nextOffset: 1 })
    expect(log.read(3, all)).toStrictEqual({ records: [], nextOffset: 3, endOffset: 3 })
  })

  it('says that an offset before its start or behind its end is none', () => {
    const log = createPartitionLog('t', 0)
    append(log, [['a', '1'], ['b', '2'], ['c', '3']]) // prettier-ignore
    log.deleteBefore(2)
    expect(log.bounds()).toStrictEqual({ startOffset: 2, endOffset: 3 })
    expect([log.read(1, all), log.read(4, all)]).toStrictEqual([null, null])
    log.deleteBefore(10)
    expect(log.bounds()).toStrictEqual({ startOffset: 3, endOffset: 3 })
  })

  it('keeps the last record of each key when it is compacted, and leaves gaps that reads step over', () => {
    const log = createPartitionLog('t', 0)
    append(log, [['a', '1'], ['b', '2'], ['a', '3'], [null, '4'], ['b', '5']]) // prettier-ignore
    log.compact(0, 1000)
    expect(shown(log)).toStrictEqual(['2 a=3', '3 null=4', '4 b=5'])
    expect(log.read(0, { ...all, maxRecords: 1 })).toMatchObject({ records: [{ offset: 2 }], nextOffset: 3 })
    expect(log.bounds()).toStrictEqual({ startOffset: 0, endOffset: 5 })
  })

  it('drops tombstones once they are old, so that its last offsets may hold nothing', () => {
    const log = createPartitionLog('t', 0)
    append(log, [['a', '1'], ['a', null]], 500) // prettier-ignore
    log.compact(1499, 1000)
    expect(shown(log)).toStrictEqual(['1 a=null'])
    log.compact(1500, 1000)
    expect(log.read(0, all)).toStrictEqual({ records: [], nextOffset: 2, endOffset: 2 })
  })
})

describe('the topics of a Kafka in memory', () => {
  it('choose the partition of a key as Java does, and deal records without a key round', () => {
    const topics = createTopicTable()
    topics.create({ name: 't', partitions: 3, config: {} })
    // From org.apache.kafka.common.utils.Utils: toPositive(murmur2("21")) % 3 and so on (its own test has the hashes).
    const hashes = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 }
    for (const [key, hash] of Object.entries(hashes))
      expect([key, topics.partitionFor('t', Buffer.from(key))]).toStrictEqual([key, (hash & 0x7fffffff) % 3])
    expect([0, 1, 2].map(() => topics.partitionFor('t', null)).sort()).toStrictEqual([0, 1, 2])
  })

  it('are compacted only where their policy says so, and are new when they are made again', () => {
    const topics = createTopicTable()
    topics.create({ name: 'kept', partitions: 1, config: {} })
    topics.create({ name: 'compacted', partitions: 1, config: { 'cleanup.policy': 'compact' } })
    for (const name of ['kept', 'compacted']) {
      append(topics.log(name, 0), [['a', '1'], ['a', '2']]) // prettier-ignore
      topics.compact(name, 0)
    }
    expect(
      [topics.log('kept', 0), topics.log('compacted', 0)].map((log) => log.records().length),
    ).toStrictEqual([2, 1])
    topics.delete('kept')
    expect(() => topics.log('kept', 0)).toThrow('UNKNOWN_TOPIC_OR_PARTITION')
    topics.create({ name: 'kept', partitions: 1, config: {} })
    expect(topics.log('kept', 0).bounds()).toStrictEqual({ startOffset: 0, endOffset: 0 })
  })
})
