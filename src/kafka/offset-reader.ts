import type { Admin } from 'kafkajs'
import type { CommittedOffset, LogBounds, OffsetReader } from '../runtime/ports.ts'
import { readMetadata } from './commit-metadata.ts'

/** Reads offsets with an admin client that is connected already. */
export function createOffsetReader(admin: Admin): OffsetReader {
  return {
    async logBounds(topic) {
      const offsets = await admin.fetchTopicOffsets(topic)
      return new Map(
        offsets.map(({ partition, low, high }): [number, LogBounds] => [
          partition,
          { startOffset: Number(low), endOffset: Number(high) },
        ]),
      )
    },
    async committedOffsets(groupId, topics) {
      if (topics.length === 0) return new Map()
      const committed = await admin.fetchOffsets({ groupId, topics: [...topics] })
      return new Map(
        committed.map(({ topic, partitions }) => [
          topic,
          new Map(
            partitions
              .filter(({ offset }) => Number(offset) >= 0)
              .map(({ partition, offset, metadata }): [number, CommittedOffset] => [
                partition,
                { offset: Number(offset), ...readMetadata(metadata) },
              ]),
          ),
        ]),
      )
    },
  }
}
