import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import kafkajs, { type Producer } from 'kafkajs'
import type { SourceRecord } from '../../src/domain/record.ts'
import { connectKafkaAdmin, type KafkaAdmin } from '../../src/kafka/admin.ts'
import type { LogRead } from '../../src/kafka/log-reader.ts'
import { type Application, createApplication } from '../support/application.ts'
import { until } from '../support/until.ts'

let app: Application
let admin: KafkaAdmin
const producers: Producer[] = []
const made: string[] = []
beforeAll(async () => {
  app = await createApplication()
  admin = await connectKafkaAdmin(app.kafka, `${app.id}.reader`)
})
afterAll(async () => {
  await Promise.all(producers.map(async (producer) => producer.disconnect()))
  await app.admin.deleteTopics({ topics: made })
  await admin.disconnect()
  await app.dispose()
})

async function createTopic(name: string, partitions: number, config = {}): Promise<string> {
  const topic = `${app.id}-${name}`
  await admin.topics.create([{ name: topic, partitions, config }], 1)
  made.push(topic)
  return topic
}

/** Records with numbers for values, in one batch. */
async function write(
  topic: string,
  partition: number,
  values: readonly number[],
  key = 'key',
): Promise<void> {
  const messages = values.map((value) => ({ partition, key, value: String(value), headers: { is: 'kept' } }))
  await app.produce(topic, messages)
}

async function openProducer(): Promise<Producer> {
  const producer = app.kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    transactionalId: `${app.id}-transactions`,
    maxInFlightRequests: 1,
    idempotent: true,
  })
  producers.push(producer)
  await producer.connect()
  return producer
}

async function ends(topic: string): Promise<ReadonlyMap<number, number>> {
  const bounds = await admin.offsets.logBounds(topic)
  return new Map([...bounds].map(([partition, { endOffset }]) => [partition, endOffset]))
}

interface Read {
  readonly records: readonly SourceRecord[]
  /** By partition, in the order in which they came. */
  readonly values: Readonly<Record<number, readonly number[]>>
}

async function readAll(topic: string, given: Partial<LogRead> = {}): Promise<Read> {
  const records: SourceRecord[] = []
  const values: Record<number, number[]> = {}
  await admin.readLog({
    topic,
    from: new Map(),
    to: await ends(topic),
    async onRecords(read) {
      records.push(...read)
      for (const { partition, value } of read) (values[partition] ??= []).push(Number(value?.toString()))
      return Promise.resolve()
    },
    ...given,
  })
  return { records, values }
}

async function readerGroups(): Promise<readonly string[]> {
  const { groups } = await app.admin.listGroups()
  return groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(app.id))
}

describe('reading part of a log', () => {
  it('gives every partition its records, whole and in order, and ends by itself, beside one that is empty', async () => {
    const topic = await createTopic('parts', 3)
    const many = Array.from({ length: 2000 }, (_, index) => index)
    await write(topic, 0, many.slice(0, 1000))
    await write(topic, 0, many.slice(1000))
    await write(topic, 2, [7, 8])
    const { records, values } = await readAll(topic)
    expect(values).toEqual({ 0: many, 2: [7, 8] })
    expect(records[0]).toMatchObject({ topic, partition: records[0]?.partition, offset: 0 })
    expect(records[0]?.key?.toString()).toBe('key')
    expect(Buffer.from(records[0]?.headers['is'] ?? []).toString()).toBe('kept')
  })

  it('begins and ends in the middle of a batch, and leaves alone what was not asked for', async () => {
    const topic = await createTopic('middle', 3)
    await write(topic, 0, [0, 1, 2, 3, 4, 5])
    await write(topic, 1, [0, 1, 2])
    await write(topic, 2, [0, 1, 2])
    const from = new Map([
      [0, 2],
      [1, 3],
    ])
    const to = new Map([
      [0, 4],
      [1, 3],
    ])
    expect((await readAll(topic, { from, to })).values).toEqual({ 0: [2, 3] })
  })

  it('ends where it was to end, though more comes meanwhile', async () => {
    const topic = await createTopic('growing', 1)
    await write(topic, 0, [0, 1])
    const seen: number[] = []
    const onRecords = async (records: readonly SourceRecord[]): Promise<void> => {
      await write(topic, 0, [2, 3])
      seen.push(...records.map(({ offset }) => offset))
    }
    await readAll(topic, { onRecords })
    expect(seen).toEqual([0, 1])
  })

  it('ends where markers of transactions are all that the log ends with', async () => {
    const topic = await createTopic('markers', 1)
    const producer = await openProducer()
    for (const end of ['commit', 'abort'] as const) {
      const transaction = await producer.transaction()
      await transaction.send({
        topic,
        messages: [{ partition: 0, key: 'key', value: end === 'commit' ? '1' : '2' }],
      })
      await transaction[end]()
    }
    await until('the markers are written', async () => (await ends(topic)).get(0) === 4)
    expect((await readAll(topic)).values).toEqual({ 0: [1] })
    // Nothing but the aborted record and its marker.
    expect((await readAll(topic, { from: new Map([[0, 2]]) })).values).toEqual({})
  })

  it('ends where all that it was to read is gone from the log', async () => {
    const topic = await createTopic('expired', 2)
    await write(topic, 0, [0, 1, 2])
    await write(topic, 1, [0, 1, 2])
    const to = await ends(topic)
    // kafkajs looks for the leaders among the topics that this client knows.
    await app.admin.fetchTopicOffsets(topic)
    await app.admin.deleteTopicRecords({
      topic,
      partitions: [
        { partition: 0, offset: '3' },
        { partition: 1, offset: '2' },
      ],
    })
    expect((await readAll(topic, { to })).values).toEqual({ 1: [2] })
  })

  it('leaves no group behind and commits nothing', async () => {
    const topic = await createTopic('groups', 1)
    await write(topic, 0, [1])
    let during: readonly string[] = []
    const onRecords = async (): Promise<void> => {
      during = await readerGroups()
    }
    await readAll(topic, { onRecords })
    expect(during).toEqual([expect.stringMatching(new RegExp(`^${app.id}\\.reader\\.[0-9a-f]{12}$`))])
    expect(await readerGroups()).toEqual([])
  })

  it('asks Kafka for no group where there is nothing to read', async () => {
    const topic = await createTopic('nothing', 1)
    const startedAtMs = performance.now()
    expect((await readAll(topic)).records).toEqual([])
    expect(performance.now() - startedAtMs).toBeLessThan(1000)
  })
})

describe('compaction', () => {
  it('that leaves nothing before the end of the read does not hold it up', async () => {
    const topic = await createTopic('compacted', 1, {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.01',
      'segment.ms': '100',
      'max.compaction.lag.ms': '100',
      'delete.retention.ms': '0',
    })
    await write(topic, 0, [0], 'stays')
    await write(topic, 0, [1, 2, 3])
    const to = await ends(topic)
    // The newest segment is never compacted, so the last record of the key has to be in another one.
    await until(
      'the records are compacted away',
      async () => {
        await write(topic, 0, [9])
        const { records } = await readAll(topic)
        return !records.some(({ offset }) => offset > 0 && offset < (to.get(0) ?? 0))
      },
      90_000,
    )
    expect((await readAll(topic, { to })).values).toEqual({ 0: [0] })
    expect((await readAll(topic, { from: new Map([[0, 1]]), to })).values).toEqual({})
  })
})

describe('the one who takes the records', () => {
  it('is given the next when it is done with those before', async () => {
    const topic = await createTopic('turns', 2)
    await write(topic, 0, [1, 2])
    await write(topic, 1, [1, 2])
    let [under, most, calls] = [0, 0, 0]
    const onRecords = async (): Promise<void> => {
      calls += 1
      under += 1
      most = Math.max(most, under)
      await app.admin.listTopics()
      under -= 1
    }
    await readAll(topic, { onRecords })
    expect([calls, most]).toEqual([2, 1])
  })

  it('ends the read where it throws: once, and no record comes after', async () => {
    const topic = await createTopic('throws', 2)
    await write(topic, 0, [1, 2])
    await write(topic, 1, [1, 2])
    let calls = 0
    const onRecords = async (): Promise<void> => {
      calls += 1
      return Promise.reject(new Error('not today'))
    }
    await expect(readAll(topic, { onRecords })).rejects.toThrow('not today')
    expect(calls).toBe(1)
    expect(await readerGroups()).toEqual([])
  })

  it('ends the read where the signal says so, also one that waits for records', async () => {
    const topic = await createTopic('aborted', 1)
    await write(topic, 0, [1, 2])
    const interruption = new AbortController()
    let taken = 0
    const read = readAll(topic, {
      // More than there is.
      to: new Map([[0, 5]]),
      signal: interruption.signal,
      onRecords: async (records) => {
        taken += records.length
        return Promise.resolve()
      },
    })
    await Promise.all([
      expect(read).rejects.toThrow('enough'),
      until('the records came', () => taken === 2).then(() => interruption.abort(new Error('enough'))),
    ])
    await expect(readAll(topic, { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never')
  })
})

describe('the offset at a time', () => {
  it('is that of the first record from then on, and the end of the log for a time behind all', async () => {
    const topic = await createTopic('times', 2)
    const at = (timeMs: number) => ({ partition: 0, key: 'key', value: 'x', timestamp: String(timeMs) })
    const baseMs = Date.now() - 60_000
    await app.produce(topic, [at(baseMs), at(baseMs + 1000), at(baseMs + 2000)])
    const offsets = async (timeMs: number) => Object.fromEntries(await admin.offsetsAtTime(topic, timeMs))
    expect(await offsets(0)).toEqual({ 0: 0, 1: 0 })
    expect(await offsets(baseMs + 500)).toEqual({ 0: 1, 1: 0 })
    expect(await offsets(baseMs + 3000)).toEqual({ 0: 3, 1: 0 })
  })
})
