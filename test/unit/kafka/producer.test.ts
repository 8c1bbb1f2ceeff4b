import { describe, expect, it } from '@jest/globals'
import kafkajs, { type Kafka, type ProducerBatch, type ProducerConfig } from 'kafkajs'
import { createRecordProducer } from '../../../src/kafka/producer.ts'

function createKafka(failure: Error | null = null) {
  const configs: ProducerConfig[] = []
  const batches: ProducerBatch[] = []
  const kafka = {
    producer(config: ProducerConfig) {
      configs.push(config)
      return {
        async sendBatch(batch: ProducerBatch) {
          batches.push(batch)
          if (failure !== null) throw failure
          return Promise.resolve([])
        },
      }
    },
  }
  return { producer: createRecordProducer(kafka as unknown as Kafka), configs, batches }
}

describe('producing', () => {
  it('waits for all in-sync replicas, and spreads keys as the Java clients do', async () => {
    const { producer, configs, batches } = createKafka()
    await producer.produce([{ topic: 'a', key: 'k', value: Uint8Array.of(1) }])
    expect(batches[0]?.acks).toBe(-1)
    expect(configs[0]?.createPartitioner).toBe(kafkajs.Partitioners.DefaultPartitioner)
    expect(configs[0]?.allowAutoTopicCreation).toBe(false)
  })

  it('sends everything at once, in order within a topic', async () => {
    const { producer, batches } = createKafka()
    const record = (topic: string, key: string) => ({ topic, key, value: null })
    await producer.produce([record('a', '1'), record('b', '2'), record('a', '3'), record('a', '4')])
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
    await producer.produce([{ topic: 'a', ...record }])
    const message = batches[0]?.topicMessages?.[0]?.messages[0]
    expect(message?.key).toEqual(key === null ? null : Buffer.from(key))
    expect(message?.value).toEqual(value === null ? null : Buffer.from(value))
  })

  it('names a partition only where the record does, and keeps headers as bytes', async () => {
    const { producer, batches } = createKafka()
    await producer.produce([
      { topic: 'a', key: null, value: null, partition: 0, headers: { text: 'x', bytes: Uint8Array.of(255) } },
      { topic: 'a', key: null, value: null },
    ])
    expect(batches[0]?.topicMessages?.[0]?.messages).toEqual([
      { partition: 0, key: null, value: null, headers: { text: Buffer.from('x'), bytes: Buffer.of(255) } },
      { key: null, value: null, headers: {} },
    ])
  })

  it('rejects with what Kafka says', async () => {
    const { producer } = createKafka(new Error('NOT_ENOUGH_REPLICAS'))
    await expect(producer.produce([{ topic: 'a', key: null, value: null }])).rejects.toThrow(
      'NOT_ENOUGH_REPLICAS',
    )
  })
})
