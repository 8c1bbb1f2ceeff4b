import { describe, expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'

import { createKafkaLog } from '../../../src/telemetry/kafka-log.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

function startLog() {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({
    level: 'debug',
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  })
  return { lines, logCreator: createKafkaLog(logger) }
}

describe('the log of the Kafka client', () => {
  it.each([
    [1, 'error'],
    [2, 'warn'],
    [4, 'info'],
    [5, 'debug'],
  ])('has its level %i as %s', (level, name) => {
    const { lines, logCreator } = startLog()
    logCreator(5)({ namespace: 'Connection', level, label: name, log: { message: 'x' } })
    expect(lines).toMatchObject([{ level: name, library: 'kafkajs', namespace: 'Connection', msg: 'x' }])
  })

  it('has what the client repeats by itself as debug: every new cluster answers so at first', () => {
    const { lines, logCreator } = startLog()
    const message = 'Response GroupCoordinator(key: 10, version: 2)'
    logCreator(5)({ namespace: 'Connection', level: 1, label: 'ERROR', log: { message } })
    logCreator(5)({ namespace: 'Consumer', level: 1, label: 'ERROR', log: { message } })
    expect(lines).toMatchObject([{ level: 'debug' }, { level: 'error' }])
  })

  it.each([0, 3, 99])('writes nothing for the level %i, which is none of the client', (level) => {
    const { lines, logCreator } = startLog()
    logCreator(5)({ namespace: '', level, label: '', log: { message: 'x' } })
    expect(lines).toEqual([])
  })

  it('is taken by the client itself, of whose fields the known ones pass', () => {
    const { lines, logCreator } = startLog()
    const kafka = new kafkajs.Kafka({ clientId: 'za', brokers: ['127.0.0.1:1'], logCreator })
    const password = 'canary'
    kafka
      .logger()
      .namespace('ConsumerGroup')
      .error('The group is rebalancing', {
        groupId: 'za.assemble',
        memberId: 'za-7c9e6679',
        topic: 'profiles',
        partition: 3,
        broker: '127.0.0.1:1',
        retryCount: 2,
        retryTime: 300,
        error: 'boom',
        memberAssignment: { profiles: [0] },
        payload: Buffer.from(password),
        stack: password,
        sasl: { password },
      })
    const { time, ...line } = lines[0] ?? {}
    expect(typeof time).toBe('string')
    expect(line).toEqual({
      level: 'error',
      library: 'kafkajs',
      namespace: 'ConsumerGroup',
      groupId: 'za.assemble',
      topic: 'profiles',
      partition: 3,
      broker: '127.0.0.1:1',
      error: 'boom',
      retryCount: 2,
      retryTime: 300,
      msg: 'The group is rebalancing',
    })
  })

  it('passes of an error its message, redacted', () => {
    const { lines, logCreator } = startLog()
    const error = Object.assign(new Error('no record of jane@example.com'), { headers: { a: 'canary' } })
    logCreator(5)({ namespace: 'Runner', level: 1, label: 'ERROR', log: { message: 'failed', error } })
    expect(lines[0]?.['error']).toBe('no record of [redacted]')
  })

  it('passes no object under a known name', () => {
    const { lines, logCreator } = startLog()
    const topic = { name: 'canary' }
    logCreator(5)({ namespace: 'Runner', level: 1, label: 'ERROR', log: { message: 'failed', topic } })
    expect(lines[0]).not.toHaveProperty('topic')
  })
})
