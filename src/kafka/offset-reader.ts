import { setTimeout as pause } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import type { CommittedOffset, LogBounds, OffsetReader } from '../runtime/ports.ts'
import { readMetadata } from './commit-metadata.ts'

/** Reads offsets with an admin client that is connected already. */
export function createOffsetReader(admin: Admin): OffsetReader {
  return {
    async logBounds(topic) {
      const offsets = await whileLeadersMove(async () => admin.fetchTopicOffsets(topic))
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

/**
 * By partition, the offset of the first record with this time (epoch milliseconds) or a later one; the end of the log where
 * there is none, so that nothing is read from there on.
 */
export async function offsetsAtTime(
  admin: Pick<Admin, 'fetchTopicOffsetsByTimestamp'>,
  topic: string,
  timeMs: number,
): Promise<ReadonlyMap<number, number>> {
  // The broker answers -1 where there is none; kafkajs puts the end of the log in its place.
  const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, timeMs)
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]))
}

const mostTries = 100
const pauseMs = 100

/**
 * Asks again, for ten seconds, where the broker that is asked does not lead the partition: it has just been made the leader, as
 * right after a topic was created, or is not any more. kafkajs gives up at once there, which would end the process.
 */
async function whileLeadersMove<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask()
    } catch (error) {
      const { type } = error as { type?: unknown }
      const isMoving = type === 'NOT_LEADER_FOR_PARTITION' || type === 'LEADER_NOT_AVAILABLE'
      if (!isMoving || tries === mostTries) throw error
    }
    await pause(pauseMs)
  }
}
