import { createGroupConsumer } from '../../../src/kafka/group-consumer.ts'
import type { GroupConsumer } from '../../../src/runtime/ports.ts'
import { createRecordingListener, type RecordingListener } from '../../support/group-listener.ts'
import type { LocalKafka } from '../../support/local-kafka.ts'

const made: GroupConsumer[] = []

/** A consumer of the topics `a` and `b`, not started, and quick in everything. */
export function createConsumer(local: LocalKafka): GroupConsumer {
  const consumer = createGroupConsumer(local.kafka, {
    groupId: 'group',
    topics: ['a', 'b'],
    sessionTimeoutMs: 1000,
    rebalanceTimeoutMs: 2000,
    heartbeatIntervalMs: 2,
    maxWaitTimeMs: 2,
    maxBytesPerPartition: 1000,
  })
  made.push(consumer)
  return consumer
}

/** A started consumer, and what its listener hears. */
export async function consume(
  local: LocalKafka,
  hooks: Parameters<typeof createRecordingListener>[0] = {},
): Promise<{ readonly consumer: GroupConsumer; readonly listener: RecordingListener }> {
  const consumer = createConsumer(local)
  const listener = createRecordingListener(hooks)
  await consumer.start(listener)
  return { consumer, listener }
}

/** Stops every consumer made so far. */
export async function stopAll(): Promise<void> {
  for (const consumer of made.splice(0)) await consumer.stop()
}
