import type { EachBatchPayload } from 'kafkajs'
import type { PartitionOffset, TopicPartition } from '../runtime/ports.ts'

/** Tells batches that were fetched before a seek from those fetched after it. */
export interface Seeks {
  /** The partition was told to go on from here. */
  add(position: PartitionOffset): void
  /** True for a batch that was fetched before the last seek of its partition. */
  precedes(batch: EachBatchPayload['batch']): boolean
}

/**
 * Seeks that nothing was read from yet. With several brokers kafkajs can rejoin for one of them while batches of another
 * still queue for a worker; if a partition changes its leader then, a seek counts as done before the batch from after it
 * is handed over. A task that restores would have a hole where that one was taken.
 */
export function createSeeks(): Seeks {
  const offsets = new Map<string, number>()
  const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

  return {
    add(position) {
      offsets.set(keyOf(position), position.offset)
    },
    precedes(batch) {
      // One batch of a partition is on its way at most, so the next one counts in any case: its offset differs also where
      // the log no longer holds the one sought.
      const offset = offsets.get(keyOf(batch))
      offsets.delete(keyOf(batch))
      // kafkajs' types leave out the offset that a batch was fetched from.
      return offset !== undefined && Number((batch as { fetchedOffset?: unknown }).fetchedOffset) !== offset
    },
  }
}
