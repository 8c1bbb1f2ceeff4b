import type { MemoryKafka } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import type { InternalTopics } from '../../../src/config/topics.ts'
import { compactedTopic, expiringTopic } from '../../../src/kafka/topics.ts'

const maxMessageBytes = 1_048_576

/** Makes the inputs and the internal topics, as the program makes the latter. */
export function createTopics(kafka: MemoryKafka, topics: InternalTopics, partitions: number): void {
  for (const name of [
    'profiles',
    'segment-memberships',
    topics.retry,
    topics.deadLetter,
    topics.assembleReplay,
    topics.deliverReplay,
  ])
    kafka.topics.create(expiringTopic(name, partitions, maxMessageBytes))
  for (const name of [topics.persons, topics.contacts, topics.ledger])
    kafka.topics.create(compactedTopic(name, partitions, maxMessageBytes))
}
