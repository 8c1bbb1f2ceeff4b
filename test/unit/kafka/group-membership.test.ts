import { afterEach, describe, expect, it } from '@jest/globals'
import { createRecordingListener } from '../../support/group-listener.ts'
import { brokerError } from '../../support/local-coordinator.ts'
import { createLocalKafka, type LocalKafka } from '../../support/local-kafka.ts'
import { until } from '../../support/until.ts'
import { consume, createConsumer, stopAll } from './consumers.ts'

afterEach(stopAll)

const assigned = 'assigned {"a":[0,1],"b":[0,1]}'

function withRecords(count: number): LocalKafka {
  const local = createLocalKafka({ a: 2, b: 2 })
  for (let record = 0; record < count; record += 1) local.log.append('a', 0, `a${record}`)
  return local
}

/** What a batch waits for until the test lets it go on. */
function createGate() {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

describe('a rebalance', () => {
  it('waits for the batch that is worked on, and puts the assignment in doubt before it asks for another', async () => {
    const local = withRecords(2)
    const gate = createGate()
    const { listener } = await consume(local, {
      decide: async ({ nextOffset }) => {
        await gate.opened
        return nextOffset
      },
    })
    await until('the batch is worked on', () => listener.events.includes('batch a/0 0-1'))
    local.group.faults.heartbeat.push(
      brokerError('REBALANCE_IN_PROGRESS'),
      brokerError('REBALANCE_IN_PROGRESS'),
    )
    await until('the heartbeats failed', () => local.group.faults.heartbeat.length === 0)
    expect(local.group.counts.joins).toBe(1)
    local.group.faults.heartbeat.push(brokerError('REBALANCE_IN_PROGRESS'))
    gate.open()
    await until('it joined again', () => local.group.counts.joins === 2)
    await until('it is assigned', () => listener.events.filter((event) => event === assigned).length === 2)
    const moves = listener.events.filter((event) => !event.startsWith('batch'))
    expect(moves.slice(0, 2)).toEqual(['suspended', assigned])
    expect(new Set(moves.slice(2, -1))).toEqual(new Set(['suspended']))
    expect(listener.events).not.toContain('lost')
  })

  it('gives the records of a batch again that ended too late to count', async () => {
    const local = withRecords(2)
    const gate = createGate()
    let batches = 0
    const { listener } = await consume(local, {
      decide: async ({ nextOffset }) => {
        batches += 1
        if (batches === 1) await gate.opened
        return nextOffset
      },
    })
    await until('the batch is worked on', () => batches === 1)
    for (let beat = 0; beat < 50; beat += 1)
      local.group.faults.heartbeat.push(brokerError('REBALANCE_IN_PROGRESS'))
    await until('a heartbeat failed', () => local.group.faults.heartbeat.length < 50)
    gate.open()
    await until('it joined again', () => local.group.counts.joins >= 2)
    local.group.faults.heartbeat.length = 0
    await until('the records came again', () => listener.taken('a', 0).length >= 4)
    expect(listener.taken('a', 0).slice(2, 4)).toEqual(['a0', 'a1'])
  })

  it('that overtakes another tells that others may have had the partitions in between, though all come back', async () => {
    const local = withRecords(2)
    const { listener } = await consume(local)
    await until('all is read', () => listener.taken('a', 0).length === 2)
    expect(listener.events).not.toContain('lost')
    local.group.faults.sync.push(brokerError('REBALANCE_IN_PROGRESS'))
    local.group.faults.heartbeat.push(brokerError('REBALANCE_IN_PROGRESS'))
    await until('it is assigned', () => listener.events.filter((event) => event === assigned).length === 2)
    expect(listener.events.slice(listener.events.lastIndexOf('suspended'))).toContain('lost')
    expect(listener.events.lastIndexOf('lost')).toBeLessThan(listener.events.lastIndexOf(assigned))
  })

  it('hands over what is assigned now, and nothing else', async () => {
    const local = withRecords(2)
    const { listener } = await consume(local)
    await until('all is read', () => listener.taken('a', 0).length === 2)
    local.group.assignNext({ a: [1], b: [1] })
    local.group.faults.heartbeat.push(brokerError('REBALANCE_IN_PROGRESS'))
    await until('it is assigned', () => listener.events.includes('assigned {"a":[1],"b":[1]}'))
    local.log.append('a', 0, 'of another member')
    local.log.append('a', 1, 'x')
    await until('the new partition is read', () => listener.taken('a', 1).length === 1)
    expect(listener.taken('a', 0)).toHaveLength(2)
  })

  it('that leaves nothing is an assignment of nothing', async () => {
    const local = withRecords(1)
    local.group.assignNext({})
    const { listener } = await consume(local)
    await until('it is assigned', () => listener.events.includes('assigned {}'))
    expect(listener.taken('a', 0)).toEqual([])
  })
})

describe('a member that the coordinator forgot', () => {
  it('is told that it was out of the group, before its next assignment and with it in doubt', async () => {
    const local = withRecords(1)
    const { listener } = await consume(local)
    await until('all is read', () => listener.taken('a', 0).length === 1)
    const before = listener.events.length
    local.group.forgetMember()
    await until('it joined again', () => listener.events.filter((event) => event === assigned).length === 2)
    expect(listener.events.slice(before, before + 3)).toEqual(['suspended', 'lost', assigned])
  })
})

describe('a consumer that crashes', () => {
  it('puts the assignment in doubt, starts again, and was out of the group', async () => {
    const local = withRecords(1)
    const { listener } = await consume(local)
    await until('all is read', () => listener.taken('a', 0).length === 1)
    const before = listener.events.length
    for (let attempt = 0; attempt < 3; attempt += 1) local.fetchFailures.push(brokerError('UNKNOWN', true))
    await until('it reads on', () => listener.taken('a', 0).length === 2)
    expect(listener.events.slice(before)).toEqual([
      'suspended',
      'suspended',
      'lost',
      assigned,
      'batch a/0 0-0',
    ])
    expect(listener.crashes).toEqual([])
    expect(local.group.counts.leaves).toBe(1)
  })

  it('takes it that it is paused, resumed or sent elsewhere before it has started again', async () => {
    const local = withRecords(1)
    const consumer = createConsumer(local)
    const place = { topic: 'a', partition: 0 }
    let crashes = 0
    const listener = createRecordingListener({
      suspended() {
        if (local.group.counts.leaves === 0 || crashes > 0) return
        crashes += 1
        consumer.pause([place])
        consumer.resume([place])
        consumer.seek({ ...place, offset: 0 })
      },
    })
    await consumer.start(listener)
    for (let attempt = 0; attempt < 3; attempt += 1) local.fetchFailures.push(brokerError('UNKNOWN', true))
    await until('it started again', () => listener.events.filter((event) => event === assigned).length === 2)
    expect(crashes).toBe(1)
    expect(listener.crashes).toEqual([])
  })

  it('for good says so, with the reason', async () => {
    const local = withRecords(1)
    const { listener } = await consume(local)
    local.fetchFailures.push(brokerError('TOPIC_AUTHORIZATION_FAILED'))
    await until('it ended', () => listener.crashes.length > 0)
    expect(listener.crashes.map(String)).toEqual([expect.stringContaining('TOPIC_AUTHORIZATION_FAILED')])
    expect(listener.events.at(-1)).toBe('suspended')
  })

  it('because a batch was rejected says so, and does not take it for something that time mends', async () => {
    const local = withRecords(1)
    const broken = new Error('nobody expected this')
    const { listener } = await consume(local, { decide: async () => Promise.reject(broken) })
    await until('it is told', () => listener.crashes.length > 0)
    expect(listener.crashes[0]).toBe(broken)
    expect(local.group.counts.joins).toBe(1)
  })
})

describe('a stop', () => {
  it('waits for the batch that is worked on, then leaves the group', async () => {
    const local = withRecords(1)
    const gate = createGate()
    const { consumer, listener } = await consume(local, {
      decide: async ({ nextOffset }) => {
        await gate.opened
        return nextOffset
      },
    })
    await until('the batch is worked on', () => listener.events.includes('batch a/0 0-0'))
    let stopped = false
    const stopping = consumer.stop().then(() => (stopped = true))
    const before = local.group.counts.heartbeats
    await until('heartbeats go on', () => local.group.counts.heartbeats > before + 2)
    expect({ stopped, leaves: local.group.counts.leaves }).toEqual({ stopped: false, leaves: 0 })
    gate.open()
    await stopping
    expect(local.group.counts.leaves).toBe(1)
  })

  it('hands over nothing more', async () => {
    const local = withRecords(1)
    const { consumer, listener } = await consume(local)
    await until('all is read', () => listener.taken('a', 0).length === 1)
    await consumer.stop()
    const before = listener.events.length
    local.log.append('a', 0, 'late')
    expect(await consumer.commit([{ topic: 'a', partition: 0, offset: 1 }], '')).toBe('stale')
    expect(listener.events).toHaveLength(before)
  })

  it('that overtakes a crash is the end: the consumer does not start again behind it', async () => {
    const local = withRecords(1)
    const { consumer, listener } = await consume(local)
    await until('all is read', () => listener.taken('a', 0).length === 1)
    const stopping: Promise<void>[] = []
    local.group.hooks.leaving = () => {
      stopping.push(consumer.stop())
    }
    for (let attempt = 0; attempt < 3; attempt += 1) local.fetchFailures.push(brokerError('UNKNOWN', true))
    await until('the crash is told', () => listener.crashes.length === 1)
    await Promise.all(stopping)
    await expect(until('it joins again', () => local.group.counts.joins > 1, 300)).rejects.toThrow(
      'not within',
    )
  })
})
