import { describe, expect, it } from '@jest/globals'
import kafkajs, { type Kafka, type ProducerBatch, type ProducerConfig, type RecordMetadata } from 'kafkajs'
import { createRecordProducer } from '../../../src/kafka/producer.ts'
import { LeaseLost } from '../../../src/runtime/ports.ts'

/** A Kafka that answers `failures`, oldest first, and then that it appended what `appended` says. */
function createKafka(failures: readonly Error[] = [], appended: readonly RecordMetadata[] = []) {
  const configs: ProducerConfig[] = []
  const batches: ProducerBatch[] = []
  const left = [...failures]
  const kafka = {
    producer(config: ProducerConfig) {
      configs.push(config)
      return {
        async sendBatch(batch: ProducerBatch) {
          batches.push(batch)
          const failure = left.shift()
          if (failure !== undefined) throw failure
          return Promise.resolve([...appended])
        },
      }
    },
  }
  return { producer: createRecordProducer(kafka as unknown as Kafka), configs, batches }
}

const always = (): boolean => true
const unkeyed = { topic: 'a', key: null, value: null }

describe('producing', () => {
  it('waits for all in-sync replicas, and spreads keys as the Java clients do', async () => {
    const { producer, configs, batches } = createKafka()
    await producer.produce([{ topic: 'a', key: 'k', value: Uint8Array.of(1) }], always)
    expect(batches[0]?.acks).toBe(-1)
    expect(configs[0]?.createPartitioner).toBe(kafkajs.Partitioners.DefaultPartitioner)
    expect(configs[0]?.allowAutoTopicCreation).toBe(false)
  })

  it('sends everything at once, in order within a topic', async () => {
    const { producer, batches } = createKafka()
    const record = (topic: string, key: string) => ({ topic, key, value: null })
    await producer.produce([record('a', '1'), record('b', '2'), record('a', '3'), record('a', '4')], always)
    expect(batches).toHaveLength(1)
    expect(
      batches[0]?.topicMessages?.map(({ topic, messages }) => [
        topic,
        ...messages.map(({ key }) => String(key)),
      ]),
    ).toEqual([
      ['a', '1', '3', '4'],
      ['b', '2'],
    ])
  })

  it.each([
    {
      name: 'bytes',
      record: { key: Uint8Array.of(0, 255), value: Uint8Array.of(7) },
      key: [0, 255],
      value: [7],
    },
    { name: 'text as UTF-8', record: { key: '\u00e9', value: null }, key: [0xc3, 0xa9], value: null },
    { name: 'nothing', record: { key: null, value: null }, key: null, value: null },
    { name: 'emptiness', record: { key: '', value: new Uint8Array() }, key: [], value: [] },
  ])('keeps $name as it is', async ({ record, key, value }) => {
    const { producer, batches } = createKafka()
    await producer.produce([{ topic: 'a', ...record }], always)
    const message = batches[0]?.topicMessages?.[0]?.messages[0]
    expect(message?.key).toEqual(key === null ? null : Buffer.from(key))
    expect(message?.value).toEqual(value === null ? null : Buffer.from(value))
  })

  it('names a partition only where the record does, and keeps headers as bytes', async () => {
    const { producer, batches } = createKafka()
    const headers = { text: 'x', bytes: Uint8Array.of(255) }
    await producer.produce([{ ...unkeyed, partition: 0, headers }, unkeyed], always)
    expect(batches[0]?.topicMessages?.[0]?.messages).toEqual([
      { partition: 0, key: null, value: null, headers: { text: Buffer.from('x'), bytes: Buffer.of(255) } },
      { key: null, value: null, headers: {} },
    ])
  })

  it('sends to a topic at most 512 KiB at once, but for a record that is larger, and keeps the order', async () => {
    const { producer, batches } = createKafka()
    const record = (topic: string, key: string, bytes: number) => ({
      topic,
      key,
      value: new Uint8Array(bytes),
    })
    await producer.produce(
      [
        record('a', '1', 300_000),
        record('b', '2', 300_000),
        record('a', '3', 200_000),
        record('a', '4', 100_000),
        record('b', '5', 900_000),
        record('b', '6', 10),
      ],
      always,
    )
    const keys = batches.map(({ topicMessages }) =>
      topicMessages?.map(({ topic, messages }) =>
        [topic, ...messages.map(({ key }) => String(key))].join(' '),
      ),
    )
    expect(keys).toEqual([['a 1 3', 'b 2'], ['a 4', 'b 5'], ['b 6']])
  })

  it('stops between two parts where the records may be for another member to write by then', async () => {
    const { producer, batches } = createKafka()
    const large = { ...unkeyed, value: new Uint8Array(400_000) }
    const refused = producer.produce([large, large], () => batches.length === 0)
    await expect(refused).rejects.toThrow(LeaseLost)
    expect(batches).toHaveLength(1)
  })

  it('rejects with what Kafka says', async () => {
    const { producer, batches } = createKafka([new Error('TOPIC_AUTHORIZATION_FAILED')])
    await expect(producer.produce([unkeyed], always)).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED')
    expect(batches).toHaveLength(1)
  })
})

describe('the ends that a produce resolves with', () => {
  const appended = (topicName: string, partition: number, baseOffset?: string): RecordMetadata => ({
    topicName,
    partition,
    errorCode: 0,
    ...(baseOffset === undefined ? {} : { baseOffset }),
  })

  it('are those of the partitions that records named, behind all of these records', async () => {
    const { producer } = createKafka([], [appended('a', 3, '40'), appended('b', 3, '7')])
    const record = (topic: string) => ({ ...unkeyed, topic, partition: 3 })
    expect(await producer.produce([record('a'), record('b'), record('a')], always)).toEqual([
      { topic: 'a', partition: 3, offset: 42 },
      { topic: 'b', partition: 3, offset: 8 },
    ])
  })

  it('are behind the last part of those that were sent in several', async () => {
    const { producer } = createKafka([], [appended('a', 3, '40')])
    const large = { ...unkeyed, partition: 3, value: new Uint8Array(400_000) }
    expect(await producer.produce([large, large], always)).toEqual([{ topic: 'a', partition: 3, offset: 41 }])
  })

  it('are none of partitions that the keys decided: how many records went there is not known', async () => {
    const { producer } = createKafka([], [appended('a', 0, '5'), appended('a', 1, '9')])
    const named = { ...unkeyed, partition: 1 }
    expect(await producer.produce([unkeyed, named], always)).toEqual([
      { topic: 'a', partition: 1, offset: 10 },
    ])
  })

  it('are none where the broker does not say where it appended', async () => {
    const { producer } = createKafka([], [appended('a', 0)])
    expect(await producer.produce([{ ...unkeyed, partition: 0 }], always)).toEqual([])
  })
})

describe('an outage of Kafka', () => {
  const outages = [
    {
      name: 'an error that says it may be tried again',
      error: new kafkajs.KafkaJSConnectionError('refused'),
    },
    {
      name: 'one that kafkajs takes for final because its own tries are used up',
      error: new kafkajs.KafkaJSNumberOfRetriesExceeded(new kafkajs.KafkaJSConnectionError('refused'), {
        retryCount: 3,
        retryTime: 1000,
      }),
    },
  ]

  it.each(outages)('is waited for: $name', async ({ error }) => {
    const { producer, batches } = createKafka([error])
    await producer.produce([unkeyed], always)
    expect(batches).toHaveLength(2)
  })

  it('is not waited for by records that may be for another member to write by then', async () => {
    const [outage] = outages
    if (outage === undefined) throw new Error('no outage')
    const { producer, batches } = createKafka([outage.error])
    const refused = producer.produce([unkeyed], () => batches.length === 0)
    await expect(refused).rejects.toThrow(LeaseLost)
    expect(batches).toHaveLength(1)
  })

  it('or not, nothing is written for whom may not write', async () => {
    const { producer, batches } = createKafka()
    await expect(producer.produce([unkeyed], () => false)).rejects.toThrow(LeaseLost)
    expect(batches).toEqual([])
  })
})
