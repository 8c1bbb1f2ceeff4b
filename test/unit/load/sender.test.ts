import { describe, expect, it } from '@jest/globals'
import type { ProducerBatch } from 'kafkajs'
import { createSender, type Sender } from '../../../sandbox/load/sender.ts'

interface Recorder {
  readonly sender: Sender
  readonly batches: ProducerBatch[]
}

function createRecorder(): Recorder {
  const batches: ProducerBatch[] = []
  let busy = false
  const sender = createSender({
    sendBatch: async (batch) => {
      if (busy) throw new Error('a batch overtakes another')
      busy = true
      await Promise.resolve()
      busy = false
      batches.push(batch)
      return []
    },
  })
  return { sender, batches }
}

const record = (key: string, bytes = 10, topic = 'p') => ({
  topic,
  key,
  value: Buffer.alloc(bytes),
  timestampMs: 5,
})

describe('createSender', () => {
  it('sends what it took on flush, in order within each topic, to all replicas', async () => {
    const { sender, batches } = createRecorder()
    await sender.send(record('a'))
    await sender.send({ ...record('a', 1, 'm'), value: null })
    await sender.send(record('b'))
    expect(batches).toEqual([])
    await sender.flush()
    await sender.flush()
    const value = Buffer.alloc(10)
    expect(batches).toEqual([
      {
        acks: -1,
        topicMessages: [
          {
            topic: 'p',
            messages: [
              { key: 'a', value, timestamp: '5' },
              { key: 'b', value, timestamp: '5' },
            ],
          },
          { topic: 'm', messages: [{ key: 'a', value: null, timestamp: '5' }] },
        ],
      },
    ])
  })

  it('keeps batches below half a mebibyte and 500 records, a larger record apart', async () => {
    const { sender, batches } = createRecorder()
    for (let at = 0; at < 1001; at++) await sender.send(record(String(at)))
    for (const bytes of [300 * 1024, 300 * 1024, 900 * 1024]) await sender.send(record('large', bytes))
    await sender.flush()
    const sizes = batches.map(({ topicMessages }) => topicMessages?.map(({ messages }) => messages.length))
    expect(sizes).toEqual([[500], [500], [2], [1], [1]])
  })
})
