import { describe, expect, it } from '@jest/globals'
import { createMemoryOffsetReader, createMemoryTopicAdmin } from '../../../../sandbox/memory-kafka/admin.ts'
import { BrokerUnreachable } from '../../../../sandbox/memory-kafka/errors.ts'
import { createMemoryGroupConsumer } from '../../../../sandbox/memory-kafka/group-consumer.ts'
import { directLink, type Link } from '../../../../sandbox/memory-kafka/link.ts'
import { createMemoryKafka, type MemoryKafka } from '../../../../sandbox/memory-kafka/memory-kafka.ts'
import { createMemoryProduce } from '../../../../sandbox/memory-kafka/producer.ts'
import type { GroupListener } from '../../../../src/runtime/ports.ts'
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts'

const options = {
  groupId: 'g',
  topics: ['t', 'u'],
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 30_000,
  heartbeatIntervalMs: 3000,
  maxWaitTimeMs: 500,
  maxBytesPerPartition: 1_000_000,
  held: () => new Map<number, number>(),
}

function createKafka(partitions = 2) {
  const clock = createManualClock()
  const kafka = createMemoryKafka(clock, { initialRebalanceDelayMs: 0 })
  for (const name of options.topics) kafka.topics.create({ name, partitions, config: {} })
  return { clock, kafka }
}

function append(kafka: MemoryKafka, topic: string, partition: number, ...values: string[]): void {
  kafka.append(values.map((value) => ({ topic, key: 'k', value: Buffer.from(value) })), partition) // prettier-ignore
}

/** A member that notes what it hears, and handles batches with `handle`. */
async function startMember(
  kafka: MemoryKafka,
  clock: ManualClock,
  clientId: string,
  { link = directLink, handle }: { link?: Link; handle?: GroupListener['batch'] } = {},
) {
  const heard: string[] = []
  const consumer = createMemoryGroupConsumer(kafka, link, clock, { ...options, clientId })
  await consumer.start({
    lost: () => heard.push('lost'),
    assigned: (assignment) => heard.push(`assigned ${assignment.get('t')?.join() ?? ''}`),
    suspended: () => heard.push('suspended'),
    async batch(batch) {
      for (const { topic, partition, value } of batch.records)
        heard.push(`${topic}/${partition} ${Buffer.from(value ?? []).toString()}`)
      return handle === undefined ? batch.nextOffset : handle(batch)
    },
    alive: () => undefined,
    polled: () => undefined,
    crashed: (error) => heard.push(String(error)),
  })
  await clock.advance(10)
  return { consumer, heard }
}

describe('a consumer of a Kafka in memory', () => {
  it('reads all partitions from their start, goes on from seeks, and leaves paused ones alone', async () => {
    const { clock, kafka } = createKafka()
    append(kafka, 't', 0, 'a', 'b')
    const { consumer, heard } = await startMember(kafka, clock, 'c')
    expect(heard).toStrictEqual(['suspended', 'assigned 0,1', 't/0 a', 't/0 b'])
    consumer.pause([{ topic: 't', partition: 0 }])
    await clock.advance(500)
    append(kafka, 't', 0, 'c')
    await clock.advance(1000)
    expect(heard).toHaveLength(4)
    consumer.seek({ topic: 't', partition: 0, offset: 1 })
    consumer.resume([{ topic: 't', partition: 0 }])
    await clock.advance(1000)
    expect(heard.slice(4)).toStrictEqual(['t/0 b', 't/0 c'])
  })

  it('keeps partition numbers of all topics together, and goes on where the group is', async () => {
    const { clock, kafka } = createKafka()
    const first = await startMember(kafka, clock, 'a')
    append(kafka, 'u', 1, 'read')
    await clock.advance(10)
    expect(await first.consumer.commit([{ topic: 'u', partition: 1, offset: 1 }], '')).toBe('committed')
    const second = await startMember(kafka, clock, 'b')
    await clock.advance(3100)
    append(kafka, 'u', 1, 'new')
    await clock.advance(1000)
    expect(first.heard.slice(-2)).toStrictEqual(['suspended', 'assigned 0'])
    expect(second.heard).toStrictEqual(['suspended', 'assigned 1', 'u/1 new'])
    await first.consumer.stop()
    await clock.advance(4000)
    // Nobody has committed that record.
    expect(second.heard.slice(3)).toStrictEqual(['suspended', 'assigned 0,1', 'u/1 new'])
  })

  it('does not join again before a running batch has ended, which then moves no position', async () => {
    const { clock, kafka } = createKafka()
    let end = (): void => undefined
    const running = new Promise<void>((resolve) => (end = resolve))
    append(kafka, 't', 0, 'slow')
    const { heard } = await startMember(kafka, clock, 'a', {
      handle: async ({ nextOffset }) => running.then(() => nextOffset),
    })
    kafka.group('g').rebalance()
    await clock.advance(8000)
    expect(heard).toStrictEqual(['suspended', 'assigned 0,1', 't/0 slow'])
    end()
    await clock.advance(10)
    expect(heard.slice(3)).toStrictEqual(['suspended', 'assigned 0,1', 't/0 slow'])
  })

  it('comes back as another member, and is told so, when the group has forgotten it', async () => {
    const { clock, kafka } = createKafka()
    const { consumer, heard } = await startMember(kafka, clock, 'a')
    const before = consumer.memberId()
    kafka.group('g').leave(before)
    await clock.advance(5000)
    expect(heard).toStrictEqual(['suspended', 'assigned 0,1', 'suspended', 'lost', 'assigned 0,1'])
    expect(consumer.memberId()).not.toBe(before)
  })

  it('begins at the start of a log that no longer holds its position', async () => {
    const { clock, kafka } = createKafka()
    const { consumer, heard } = await startMember(kafka, clock, 'a')
    append(kafka, 't', 1, 'gone', 'kept')
    kafka.topics.log('t', 1).deleteBefore(1)
    consumer.seek({ topic: 't', partition: 1, offset: 0 })
    await clock.advance(1000)
    expect(heard.slice(2)).toContain('t/1 kept')
  })
})

describe('a producer of a Kafka in memory', () => {
  const once = { patienceMs: 60_000, pauseMs: 500 }
  const record = { topic: 't', partition: 1, key: 'k', value: Buffer.from('v') }

  it('writes again what was not acknowledged, and says where the partition ends', async () => {
    const { clock, kafka } = createKafka()
    let lost = 1
    const link: Link = async (_operation, handle) => {
      const answer = await handle()
      if ((lost -= 1) >= 0) throw new BrokerUnreachable('the answer got lost')
      return answer
    }
    const ends = createMemoryProduce(kafka, link, clock, once)([record], () => true)
    await clock.advance(1000)
    expect(await ends).toStrictEqual([{ topic: 't', partition: 1, offset: 2 }])
  })

  it('asks before each attempt whether it may write, and gives up after its patience', async () => {
    const { clock, kafka } = createKafka()
    const down: Link = async () => Promise.reject(new BrokerUnreachable('nobody is there'))
    const produce = createMemoryProduce(kafka, down, clock, once)
    let may = true
    const [stopped, impatient] = [produce([record], () => may), produce([record], () => true)]
    const outcomes = Promise.allSettled([stopped, impatient])
    await clock.advance(10_000)
    may = false
    await clock.advance(60_000)
    expect(
      (await outcomes).map((result) => (result as PromiseRejectedResult).reason as unknown),
    ).toMatchObject([{ name: 'LeaseLost' }, { name: 'BrokerUnreachable' }])
    expect(kafka.topics.log('t', 1).records()).toStrictEqual([])
  })
})

describe('the administration of a Kafka in memory', () => {
  it('creates topics, and reads logs and groups', async () => {
    const { kafka } = createKafka(1)
    const admin = createMemoryTopicAdmin(kafka, directLink)
    await admin.create([{ name: 'new', partitions: 4, config: { 'delete.retention.ms': '5' } }], 3)
    expect(await admin.partitionCounts(['new', 'none'])).toStrictEqual(new Map([['new', 4]]))
    expect(await admin.deleteRetentionMs(['new', 't'])).toBe(5)
    append(kafka, 't', 0, 'a')
    kafka.group('g').reset([{ topic: 't', partition: 0, offset: 1 }])
    const offsets = createMemoryOffsetReader(kafka, directLink)
    expect(await offsets.logBounds('t')).toStrictEqual(new Map([[0, { startOffset: 0, endOffset: 1 }]]))
    expect(await offsets.committedOffsets('g', ['t', 'u'])).toStrictEqual(
      new Map([['t', new Map([[0, { offset: 1, ours: false, note: '' }]])], ['u', new Map()]]), // prettier-ignore
    )
  })
})
