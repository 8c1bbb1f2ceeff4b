import type { GroupCoordinator } from '../../../sandbox/memory-kafka/group-coordinator.ts'
import type { MemoryKafka, NewRecord } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import type { PartitionOffset } from '../../../src/runtime/ports.ts'

/** Who hears of what a Kafka took. */
export interface KafkaObserver {
  appended(records: readonly NewRecord[], partition: number, endOffset: number): void
  /** Offsets of a member were stored. */
  committed(groupId: string, memberId: string, offsets: readonly PartitionOffset[]): void
}

/** `kafka`, with somebody who hears of everything that is appended and committed. */
export function observeKafka(kafka: MemoryKafka, observer: KafkaObserver): MemoryKafka {
  const groups = new Map<string, GroupCoordinator>()
  return {
    ...kafka,
    append(records, partition) {
      const endOffset = kafka.append(records, partition)
      observer.appended(records, partition, endOffset)
      return endOffset
    },
    group(groupId) {
      const group = kafka.group(groupId)
      const observed: GroupCoordinator = groups.get(groupId) ?? {
        ...group,
        commit(member, offsets, note) {
          group.commit(member, offsets, note)
          observer.committed(groupId, member.memberId, offsets)
        },
      }
      groups.set(groupId, observed)
      return observed
    },
  }
}
