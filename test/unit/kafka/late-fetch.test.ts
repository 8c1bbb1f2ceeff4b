import { afterEach, expect, it } from '@jest/globals'
import { createRecordingListener } from '../../support/group-listener.ts'
import { brokerError } from '../../support/local-coordinator.ts'
import { createLocalKafka } from '../../support/local-kafka.ts'
import { until } from '../../support/until.ts'
import { createConsumer, stopAll } from './consumers.ts'

afterEach(stopAll)

/**
 * With two brokers kafkajs can rejoin for the one while batches from the other still queue for a worker. Here partition 5
 * is sought to its start meanwhile, as a task does that restores, and changes its leader, so that kafkajs takes the seek
 * for done before the batch from after it is handed over.
 */
it('a batch that was fetched before a seek is not handed over after it: a restore would have a hole', async () => {
  const local = createLocalKafka({ a: 6, b: 6 }, 2)
  let leaderOfLast = 1
  local.leaderOf = (topic, partition) => (topic === 'b' ? 0 : partition === 5 ? leaderOfLast : 1)
  for (let partition = 0; partition < 6; partition += 1) {
    for (let record = 0; record < 6; record += 1) local.log.append('a', partition, `a${record}`)
  }
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  let answer = (): void => undefined
  local.fetchHeldBy = new Promise<void>((resolve) => (answer = resolve))
  const consumer = createConsumer(local)
  const firstOffsets: (number | undefined)[] = []
  let joins = 0
  const listener = createRecordingListener({
    assigned() {
      joins += 1
      if (joins === 2) consumer.seek({ topic: 'a', partition: 5, offset: 0 })
    },
    async decide({ partition, records, nextOffset }) {
      const [first] = records
      if (joins === 2 && partition === 5) firstOffsets.push(first?.offset)
      // The second batch of each other partition waits, so that the second of the last one queues for a worker.
      if (partition < 4 && first?.offset === 3 && joins === 1) await gate
      return nextOffset
    },
  })
  await consumer.start(listener)
  await until('four batches are worked on', () => {
    const second = listener.events.filter((event) => /^batch a\/[0-3] 3-/.test(event))
    return second.length === 4
  })
  leaderOfLast = 0
  local.fetchFailures.push(brokerError('NOT_LEADER_FOR_PARTITION', true))
  answer()
  await until('it joined again', () => joins === 2)
  await until('broker 0 is fetched from', () => (local.fetches[0] ?? 0) > 1)
  open()
  await until('the last partition is read again', () => firstOffsets.includes(3))
  expect(firstOffsets.slice(0, 2)).toEqual([0, 3])
})

it('a batch that outlives its assignment moves no position of the next', async () => {
  const local = createLocalKafka({ a: 1, b: 1 }, 2)
  local.leaderOf = (topic) => (topic === 'a' ? 1 : 0)
  for (let record = 0; record < 3; record += 1) local.log.append('a', 0, `a${record}`)
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  let joins = 0
  const listener = createRecordingListener({
    assigned: () => (joins += 1),
    async decide({ nextOffset }) {
      await gate
      return nextOffset
    },
  })
  await createConsumer(local).start(listener)
  await until('the batch is worked on', () => listener.events.includes('batch a/0 0-2'))
  local.fetchFailures.push(brokerError('NOT_LEADER_FOR_PARTITION', true))
  await until('it joined again', () => joins === 2)
  open()
  // Nothing is committed, so the next assignment begins at the start.
  await until('the records came again', () => listener.taken('a', 0).length === 6)
  expect(listener.events.filter((event) => event === 'batch a/0 0-2')).toHaveLength(2)
})
