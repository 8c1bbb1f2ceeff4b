import type { Clock, GroupConsumer, GroupListener, RecordBatch } from '../../src/runtime/ports.ts'
import { BrokerError, BrokerUnreachable } from './errors.ts'
import { createFetch } from './fetcher.ts'
import { createFetchPositions } from './fetch-positions.ts'
import { startHeart } from './heart.ts'
import type { Link } from './link.ts'
import { createMembership, type MembershipOptions } from './membership.ts'
import type { FetchLimits, MemoryKafka } from './memory-kafka.ts'
import { createWaits } from './waits.ts'

/** How a group consumer reads. Times in milliseconds. */
export interface MemoryGroupConsumerOptions extends Omit<MembershipOptions, 'partitions'> {
  readonly topics: readonly string[]
  readonly heartbeatIntervalMs: number
  readonly maxWaitTimeMs: number
  readonly maxBytesPerPartition: number
  /** Records of the next batch, at most. */
  readonly maxRecords?: () => number
}

/** A consumer of a Kafka in memory. */
export interface MemoryGroupConsumer extends GroupConsumer {
  /** Its id in the group; empty while it has none. */
  memberId(): string
}

const concurrentBatches = 4
const retryMs = 300
/** How long a consumer waits before it begins anew. */
const restartMs = 3000

/**
 * A {@link GroupConsumer} that keeps the rules of the one on kafkajs: it fetches what is not paused, hands over up to four
 * batches at once and fetches again when all are handled, joins again when the group says so and no batch runs any more, and
 * comes back as a new member where nobody answered for long or the group has forgotten it. Unlike kafkajs it heartbeats by a
 * timer, whatever else it does.
 */
export function createMemoryGroupConsumer(
  kafka: MemoryKafka,
  link: Link,
  clock: Clock,
  options: MemoryGroupConsumerOptions,
): MemoryGroupConsumer {
  const { topics } = options
  const group = kafka.group(options.groupId)
  const partitions = (): number => kafka.topics.partitionCount(topics[0] ?? '') ?? 0
  const membership = createMembership(group, link, clock, { ...options, partitions })
  const positions = createFetchPositions()
  const waits = createWaits(clock)
  const fetch = createFetch(kafka, group, link, positions, waits)
  let stopping = false
  let ended: Promise<void> = Promise.resolve()

  async function run(listener: GroupListener): Promise<void> {
    while (!stopping) {
      listener.suspended()
      const isIn = await join(listener).catch(passing)
      if (isIn === null) await waits.pause(retryMs)
      if (isIn !== true || (await consume(listener)) === 'moved') continue
      listener.suspended()
      membership.forget()
      positions.clear()
      await waits.pause(restartMs)
    }
  }

  /** False where it was interrupted. */
  async function join(listener: GroupListener): Promise<boolean> {
    const joined = await waits.unlessInterrupted(membership.join())
    if (joined === null) return false
    membership.begin()
    positions.assign(topics.flatMap((topic) => joined.partitions.map((partition) => ({ topic, partition }))))
    // The coordinator gives a new id to a member that it had forgotten or that had left: others had its partitions.
    if (joined.isNew) listener.lost()
    const assignment = new Map(topics.map((topic) => [topic, joined.partitions]))
    listener.assigned(assignment, clock.monotonicMs() - joined.askedMs)
    return true
  }

  /** Reads until the group moves on, nobody answers any more, or the consumer stops. */
  async function consume(listener: GroupListener): Promise<'moved' | 'silent'> {
    const heart = startHeart(
      membership,
      clock,
      { intervalMs: options.heartbeatIntervalMs, retryMs },
      { alive: (tookMs) => listener.alive(tookMs), stopped: () => waits.interrupt() },
    )
    while (!stopping && heart.state() === 'beating') {
      const batches = await fetch(limitsOf(options)).catch(passing)
      listener.polled()
      if (batches === null) await waits.pause(retryMs)
      else await handle(listener, batches)
    }
    heart.stop()
    return heart.state() === 'silent' ? 'silent' : 'moved'
  }

  async function handle(listener: GroupListener, batches: readonly RecordBatch[]): Promise<void> {
    const queue = [...batches]
    const assignment = positions.assignment()
    async function work(): Promise<void> {
      for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
        if (stopping || positions.isSought(batch)) continue
        const nextOffset = await listener.batch(batch).catch((error: unknown) => {
          listener.crashed(error)
          return null
        })
        positions.handled(batch, nextOffset, assignment)
      }
    }
    await Promise.all(Array.from({ length: concurrentBatches }, work))
  }

  return {
    async start(listener) {
      ended = run(listener).catch((error: unknown) => {
        listener.suspended()
        listener.crashed(error)
      })
      return Promise.resolve()
    },
    pause: (paused) => positions.pause(paused),
    resume: (resumed) => positions.resume(resumed),
    seek: (position) => positions.seek(position),
    commit: async (offsets, note) => membership.commit(offsets, note),
    async stop() {
      stopping = true
      waits.interrupt()
      await ended
      await membership.leave()
    },
    memberId: () => membership.memberId(),
  }
}

function limitsOf({
  maxBytesPerPartition,
  maxRecords,
  maxWaitTimeMs,
}: MemoryGroupConsumerOptions): FetchLimits {
  return { maxBytes: maxBytesPerPartition, maxRecords: maxRecords?.() ?? Infinity, maxWaitMs: maxWaitTimeMs }
}

/** `null` for what comes right again by itself. */
function passing(error: unknown): null {
  if (error instanceof BrokerError || error instanceof BrokerUnreachable) return null
  throw error
}
