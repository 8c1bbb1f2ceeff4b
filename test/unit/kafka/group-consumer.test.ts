import { afterEach, describe, expect, it } from '@jest/globals'
import type { Kafka } from 'kafkajs'
import { commitMetadata } from '../../../src/kafka/commit-metadata.ts'
import { createGroupConsumer } from '../../../src/kafka/group-consumer.ts'
import type { RecordBatch } from '../../../src/runtime/ports.ts'
import { createRecordingListener } from '../../support/group-listener.ts'
import { brokerError } from '../../support/local-coordinator.ts'
import { createLocalKafka, type LocalKafka } from '../../support/local-kafka.ts'
import { until } from '../../support/until.ts'
import { consume, createConsumer, stopAll } from './consumers.ts'

afterEach(stopAll)

function withRecords(count: number, topic = 'a'): LocalKafka {
  const local = createLocalKafka({ a: 2, b: 2 })
  for (let record = 0; record < count; record += 1) local.log.append(topic, 0, `${topic}${record}`)
  return local
}

const values = (count: number, topic = 'a'): string[] =>
  Array.from({ length: count }, (_, index) => `${topic}${index}`)

describe('reading', () => {
  it('hands over every record of every assigned partition, in order, from the start where nothing is committed', async () => {
    const local = withRecords(8)
    local.log.append('b', 1, 'b0')
    const { listener } = await consume(local)
    await until(
      'all is read',
      () => listener.taken('a', 0).length === 8 && listener.taken('b', 1).length === 1,
    )
    expect(listener.taken('a', 0)).toEqual(values(8))
    expect(listener.events.slice(0, 2)).toEqual(['suspended', 'assigned {"a":[0,1],"b":[0,1]}'])
  })

  it('tells topic, partition, offsets, time, key, value and headers of a record', async () => {
    const batches: RecordBatch[] = []
    const local = withRecords(2)
    await consume(local, {
      decide(batch) {
        batches.push(batch)
        return batch.nextOffset
      },
    })
    await until('a batch came', () => batches.length > 0)
    expect(batches[0]).toMatchObject({ topic: 'a', partition: 0, nextOffset: 2, endOffset: 2 })
    expect(batches[0]?.records[1]).toEqual({
      topic: 'a',
      partition: 0,
      offset: 1,
      timestampMs: 0,
      key: Buffer.from('key-1'),
      value: Buffer.from('a1'),
      headers: {},
    })
  })

  it('goes on where it is told to: behind a part of a batch, or behind none of it', async () => {
    const refusals = new Set([1])
    const { listener } = await consume(withRecords(4), {
      decide: ({ records }) => {
        const [first] = records
        if (first === undefined || refusals.delete(first.offset)) return null
        return first.offset + 1
      },
    })
    await until('all is read', () => listener.taken('a', 0).length === 4)
    expect(listener.taken('a', 0)).toEqual(values(4))
    expect(listener.events.filter((event) => event === 'batch a/0 1-3')).toHaveLength(2)
  })

  it('goes over gaps that compaction left', async () => {
    const local = withRecords(2)
    local.log.skip('a', 0, 5)
    local.log.append('a', 0, 'a2')
    const { listener } = await consume(local)
    await until('all is read', () => listener.taken('a', 0).length === 3)
    expect(listener.events).toContain('batch a/0 0-7')
  })

  it('tells of records that kafkajs keeps to itself, so that what waits for the end of the log sees it', async () => {
    const local = withRecords(3)
    local.log.appendMarker('a', 0)
    local.log.appendMarker('a', 0)
    const { listener } = await consume(local)
    await until('the end is told', () => listener.events.includes('batch a/0 none-4'))
    local.log.append('a', 0, 'a3')
    await until('it goes on', () => listener.taken('a', 0).length === 4)
    expect(listener.taken('a', 0)).toEqual(values(4))
  })

  it('tells of them again where they were not taken', async () => {
    const local = createLocalKafka({ a: 1, b: 1 })
    local.log.appendMarker('a', 0)
    let refusals = 2
    const { listener } = await consume(local, {
      decide: ({ nextOffset }) => (refusals-- > 0 ? null : nextOffset),
    })
    const told = (): number => listener.events.filter((event) => event === 'batch a/0 none-0').length
    await until('it is taken', () => told() === 3)
    local.log.append('a', 0, 'a1')
    await until('it goes on', () => listener.taken('a', 0).length === 1)
    expect(told()).toBe(3)
  })

  it('begins at the start of the log where its place in it is gone', async () => {
    const local = withRecords(6)
    const { consumer, listener } = await consume(local)
    await until('all is read', () => listener.taken('a', 0).length === 6)
    local.log.truncateBefore('a', 0, 4)
    consumer.seek({ topic: 'a', partition: 0, offset: 1 })
    await until('the rest is read again', () => listener.taken('a', 0).length === 8)
    expect(listener.taken('a', 0).slice(6)).toEqual(['a4', 'a5'])
  })
})

describe('pausing and seeking', () => {
  it('within the listener of an assignment takes effect before the first fetch', async () => {
    const local = withRecords(5)
    local.log.append('b', 0, 'b0')
    const consumer = createConsumer(local)
    const listener = createRecordingListener({
      assigned() {
        consumer.pause([{ topic: 'b', partition: 0 }])
        consumer.seek({ topic: 'a', partition: 0, offset: 3 })
      },
    })
    await consumer.start(listener)
    await until('a is read', () => listener.taken('a', 0).length === 2)
    expect(listener.taken('a', 0)).toEqual(['a3', 'a4'])
    expect(listener.taken('b', 0)).toEqual([])
    consumer.resume([{ topic: 'b', partition: 0 }])
    await until('b is read', () => listener.taken('b', 0).length === 1)
  })

  it('back to a place gives its records again', async () => {
    const { consumer, listener } = await consume(withRecords(3))
    await until('all is read', () => listener.taken('a', 0).length === 3)
    consumer.seek({ topic: 'a', partition: 0, offset: 0 })
    await until('all is read again', () => listener.taken('a', 0).length === 6)
    expect(listener.taken('a', 0)).toEqual([...values(3), ...values(3)])
  })

  it('before the start does nothing', () => {
    const consumer = createConsumer(withRecords(1))
    expect(() => consumer.pause([{ topic: 'a', partition: 0 }])).not.toThrow()
    expect(() => consumer.resume([{ topic: 'a', partition: 0 }])).not.toThrow()
    expect(() => consumer.seek({ topic: 'a', partition: 0, offset: 0 })).not.toThrow()
  })
})

describe('heartbeats', () => {
  it('go on while a batch is worked on', async () => {
    const local = withRecords(1)
    let end = (): void => undefined
    const { listener } = await consume(local, {
      decide: async ({ nextOffset }) => {
        await new Promise<void>((resolve) => (end = resolve))
        return nextOffset
      },
    })
    await until('the batch is worked on', () => listener.events.includes('batch a/0 0-0'))
    const before = local.group.counts.heartbeats
    await until('heartbeats were sent', () => local.group.counts.heartbeats > before + 3)
    end()
    await until('the batch is taken', () => listener.taken('a', 0).length === 1)
    expect(listener.events.filter((event) => event.startsWith('batch'))).toEqual(['batch a/0 0-0'])
  })

  it('tell how long ago they were sent', async () => {
    const local = withRecords(0)
    local.heartbeatTookMs = 1234
    const { listener } = await consume(local)
    await until('a heartbeat was answered', () => listener.heartbeatAges.length > 0)
    expect(listener.heartbeatAges[0]).toBeGreaterThanOrEqual(1234)
    expect(listener.heartbeatAges[0]).toBeLessThan(2234)
  })

  it('are not needed to tell the age of an assignment: its answer can lie unread while the process stands still', async () => {
    const local = withRecords(0)
    local.syncTookMs = 31_000
    const { listener } = await consume(local)
    await until('it is assigned', () => listener.assignmentAges.length > 0)
    expect(listener.assignmentAges[0]).toBeGreaterThanOrEqual(31_000)
    expect(listener.assignmentAges[0]).toBeLessThan(32_000)
  })

  it('that fail are no sign of life', async () => {
    const local = withRecords(0)
    const { listener } = await consume(local)
    await until('a heartbeat was answered', () => listener.heartbeatAges.length > 0)
    local.group.faults.heartbeat.push(brokerError('REBALANCE_IN_PROGRESS'))
    await until('it joined again', () => local.group.counts.joins === 2)
    const [, , ...after] = listener.events
    expect(after).toEqual(['suspended', 'suspended', 'assigned {"a":[0,1],"b":[0,1]}'])
  })
})

describe('commits', () => {
  it('are made by the one who runs the consumer, and by nobody else', async () => {
    const local = withRecords(3)
    const { consumer, listener } = await consume(local)
    await until('all is read', () => listener.taken('a', 0).length === 3)
    expect(local.group.committed('a', 0)).toBeUndefined()
    expect(await consumer.commit([{ topic: 'a', partition: 0, offset: 2 }], '')).toBe('committed')
    await consumer.stop()
    expect(local.group.committed('a', 0)).toBe('2')
  })

  it('say whose they are, so that those of an operator who resets the group are told from them', async () => {
    const made: unknown[] = []
    const kafka = {
      consumer: () => ({
        commitOffsets: async (offsets: unknown[]) => Promise.resolve(made.push(...offsets)),
      }),
    }
    const options = {
      groupId: 'group', topics: ['a'], sessionTimeoutMs: 1000, rebalanceTimeoutMs: 2000, heartbeatIntervalMs: 2,
      maxWaitTimeMs: 2, maxBytesPerPartition: 1000,
    } // prettier-ignore
    await createGroupConsumer(kafka as unknown as Kafka, options).commit(
      [{ topic: 'a', partition: 0, offset: 2 }],
      '',
    )
    expect(made).toEqual([{ topic: 'a', partition: 0, offset: '2', metadata: commitMetadata('') }])
  })

  it.each(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP'])(
    'that the coordinator refuses with %s are stale, not an error',
    async (type) => {
      const local = withRecords(1)
      const { consumer } = await consume(local)
      const error = brokerError(type, type === 'NOT_COORDINATOR_FOR_GROUP')
      local.group.faults.commit.push(error, error, error)
      expect(await consumer.commit([{ topic: 'a', partition: 0, offset: 1 }], '')).toBe('stale')
    },
  )

  it('that find no coordinator for as long as kafkajs tries are stale', async () => {
    const local = withRecords(1)
    const { consumer } = await consume(local)
    for (let attempt = 0; attempt < 3; attempt += 1) {
      local.group.faults.commit.push(brokerError('GROUP_COORDINATOR_NOT_AVAILABLE', true))
    }
    expect(await consumer.commit([{ topic: 'a', partition: 0, offset: 1 }], '')).toBe('stale')
  })

  it('that are refused for good reject', async () => {
    const local = withRecords(1)
    const { consumer } = await consume(local)
    local.group.faults.commit.push(brokerError('GROUP_AUTHORIZATION_FAILED'))
    await expect(consumer.commit([{ topic: 'a', partition: 0, offset: 1 }], '')).rejects.toThrow(
      'GROUP_AUTHORIZATION_FAILED',
    )
  })

  it('before the start are stale', async () => {
    const consumer = createConsumer(withRecords(1))
    expect(await consumer.commit([{ topic: 'a', partition: 0, offset: 1 }], '')).toBe('stale')
  })
})
