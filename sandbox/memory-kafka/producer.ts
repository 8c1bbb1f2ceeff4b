import type { OutputRecord } from '../../src/domain/record.ts'
import { type Clock, LeaseLost, type PartitionOffset, type Produce } from '../../src/runtime/ports.ts'
import { BrokerUnreachable } from './errors.ts'
import type { Link } from './link.ts'
import type { MemoryKafka } from './memory-kafka.ts'

/** How long a producer tries, and how long it waits between two attempts. */
export interface ProduceOptions {
  readonly patienceMs: number
  readonly pauseMs: number
}

/**
 * A {@link Produce} that behaves as the one on kafkajs does: what was not acknowledged is sent again, so that records may
 * be there twice; records of one partition are there together or not at all.
 */
export function createMemoryProduce(
  kafka: MemoryKafka,
  link: Link,
  clock: Clock,
  options: ProduceOptions,
): Produce {
  async function send(
    records: readonly OutputRecord[],
    topic: string,
    partition: number,
  ): Promise<PartitionOffset> {
    const operation = { type: 'produce', topic, partition, records: records.length } as const
    const offset = await link(operation, () => kafka.append(records, partition))
    return { topic, partition, offset }
  }

  return async function produce(records, mayGo) {
    const untilMs = clock.monotonicMs() + options.patienceMs
    const ends: PartitionOffset[] = []
    let left = byPartition(kafka, records)
    for (;;) {
      if (!mayGo()) throw new LeaseLost('may not write for the partition any more')
      const sent = await Promise.allSettled(
        left.map(async ({ topic, partition, records: of }) => send(of, topic, partition)),
      )
      ends.push(...sent.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])))
      left = left.filter((_, index) => sent[index]?.status === 'rejected')
      if (left.length === 0) return ends
      for (const result of sent) {
        if (result.status === 'fulfilled') continue
        const isOutage = result.reason instanceof BrokerUnreachable
        if (!isOutage || clock.monotonicMs() > untilMs) throw result.reason
      }
      await new Promise<void>((resolve) => void clock.setTimer(options.pauseMs, resolve))
    }
  }
}

interface PartitionRecords {
  readonly topic: string
  readonly partition: number
  readonly records: OutputRecord[]
}

function byPartition(kafka: MemoryKafka, records: readonly OutputRecord[]): readonly PartitionRecords[] {
  const groups = new Map<string, PartitionRecords>()
  for (const record of records) {
    const { topic } = record
    const partition = kafka.partitionOf(record)
    const place = `${topic}/${partition}`
    const group = groups.get(place) ?? { topic, partition, records: [] }
    groups.set(place, group)
    group.records.push(record)
  }
  return [...groups.values()]
}
