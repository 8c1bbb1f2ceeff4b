import kafkajs, {
  type Consumer,
  type ConsumerEndBatchProcessEvent,
  type EachBatchPayload,
  type Kafka,
} from 'kafkajs'
import type { GroupConsumer, GroupListener, PartitionOffset, RecordBatch } from '../runtime/ports.ts'
import { createCoPartitionAssigner, type MembershipHooks } from './co-partition-assigner.ts'
import { commitMetadata } from './commit-metadata.ts'
import { toRecordBatch } from './record-batch.ts'
import { createSeeks } from './seeks.ts'

/** How a group consumer reads. Times in milliseconds. */
export interface GroupConsumerOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly maxWaitTimeMs: number
  readonly maxBytesPerPartition: number
}

/** Batches handled at once. Each waits for Kafka or the registry; more would only pile up memory. */
const concurrentBatches = 4

/** A {@link GroupConsumer} on kafkajs. Nothing is committed but by `commit`. `held` as in {@link MembershipHooks}. */
export function createGroupConsumer(
  kafka: Kafka,
  options: GroupConsumerOptions,
  held: MembershipHooks['held'] = () => new Map(),
): GroupConsumer {
  let listener: GroupListener | null = null
  /** Grows with every assignment: a batch that outlives its assignment moves no position of the next. */
  let assignments = 0
  /** Requests to join since the last assignment. */
  let joins = 0
  let stopping = false
  const seeks = createSeeks()
  const consumer = kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: options.heartbeatIntervalMs,
    maxWaitTimeInMs: options.maxWaitTimeMs,
    maxBytesPerPartition: options.maxBytesPerPartition,
    maxBytes: concurrentBatches * options.maxBytesPerPartition,
    allowAutoTopicCreation: false,
    partitionAssigners: [createCoPartitionAssigner({ joining, held })],
    // A crash that a stop overtakes would restart the consumer after the stop, and nobody could stop it any more.
    retry: { restartOnFailure: async () => Promise.resolve(!stopping) },
  })

  function joining(): void {
    joins += 1
    listener?.suspended()
  }

  /**
   * With a second request to join before the first led to an assignment, this member missed what was dealt in between: others
   * may have had its partitions, and have written for them, though it comes to have all of them again.
   */
  function joined(): { readonly missedOne: boolean } {
    assignments += 1
    const missedOne = joins > 1
    joins = 0
    return { missedOne }
  }

  async function handleBatch(payload: EachBatchPayload): Promise<void> {
    if (!payload.isRunning() || payload.isStale() || seeks.precedes(payload.batch)) return
    const assignment = assignments
    const work = offer(toRecordBatch(payload.batch))
    const nextOffset = await withHeartbeats(work, payload, options.heartbeatIntervalMs)
    if (nextOffset !== null && assignment === assignments) payload.resolveOffset(String(nextOffset - 1))
  }

  /**
   * kafkajs steps over records that it keeps to itself, the markers and aborted records of transactions, without a word. A
   * task that restores up to the end of its log would wait for ever if they are the last of it.
   */
  async function handleFiltered({ payload }: ConsumerEndBatchProcessEvent): Promise<void> {
    const { topic, partition, batchSize, lastOffset, highWatermark } = payload
    if (batchSize > 0) return
    const assignment = assignments
    const nextOffset = await offer({
      topic,
      partition,
      records: [],
      nextOffset: Number(lastOffset) + 1,
      endOffset: Number(highWatermark),
    })
    if (nextOffset !== null || assignment !== assignments) return
    whileJoined(() => consumer.seek({ topic, partition, offset: lastOffset }))
  }

  /** kafkajs would repeat what rejects, restart itself, and repeat it again without end. */
  async function offer(batch: RecordBatch): Promise<number | null> {
    if (listener === null || stopping) return null
    try {
      return await listener.batch(batch)
    } catch (error) {
      listener.crashed(error)
      return null
    }
  }

  return {
    async start(heard) {
      listener = heard
      relayEvents(consumer, heard, joined)
      consumer.on(consumer.events.END_BATCH_PROCESS, (event) => void handleFiltered(event))
      await consumer.connect()
      await consumer.subscribe({ topics: [...options.topics], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrentBatches,
        eachBatch: handleBatch,
      })
    },
    pause: (partitions) => whileJoined(() => consumer.pause(byTopic(partitions))),
    resume: (partitions) => whileJoined(() => consumer.resume(byTopic(partitions))),
    seek: ({ topic, partition, offset }) =>
      whileJoined(() => {
        consumer.seek({ topic, partition, offset: String(offset) })
        seeks.add({ topic, partition, offset })
      }),
    commit: async (offsets, note) => commitTo(consumer, offsets, note),
    async stop() {
      stopping = true
      await consumer.disconnect()
    },
  }
}

async function commitTo(
  consumer: Consumer,
  offsets: readonly PartitionOffset[],
  note: string,
): Promise<'committed' | 'stale'> {
  const metadata = commitMetadata(note)
  try {
    await consumer.commitOffsets(
      offsets.map(({ topic, partition, offset }) => {
        return { topic, partition, offset: String(offset), metadata }
      }),
    )
    return 'committed'
  } catch (error) {
    if (isGroupMoving(error)) return 'stale'
    throw error
  }
}

function relayEvents(
  consumer: Consumer,
  listener: GroupListener,
  joined: () => { readonly missedOne: boolean },
): void {
  const { GROUP_JOIN, REQUEST, HEARTBEAT, FETCH, REBALANCING, CRASH } = consumer.events
  let member: string | null = null
  /** When the last request of each kind was sent, in monotonic milliseconds. */
  const sentMs = { Heartbeat: Infinity, SyncGroup: Infinity }
  const ageMsOf = (request: keyof typeof sentMs): number => Math.max(0, performance.now() - sentMs[request])
  consumer.on(GROUP_JOIN, ({ payload }) => {
    const { missedOne } = joined()
    // The coordinator gives a new id to a member that it had forgotten or that had left: others had its partitions.
    if (member !== null && (missedOne || member !== payload.memberId)) listener.lost()
    member = payload.memberId
    listener.assigned(new Map(Object.entries(payload.memberAssignment)), ageMsOf('SyncGroup'))
  })
  consumer.on(REQUEST, ({ payload }) => {
    const { apiName } = payload
    if (apiName === 'Heartbeat' || apiName === 'SyncGroup')
      sentMs[apiName] = performance.now() - Math.max(0, payload.duration)
  })
  consumer.on(HEARTBEAT, () => listener.alive(ageMsOf('Heartbeat')))
  consumer.on(FETCH, () => listener.polled())
  consumer.on(REBALANCING, () => listener.suspended())
  consumer.on(CRASH, ({ payload }) => {
    listener.suspended()
    if (!payload.restart) listener.crashed(payload.error)
  })
}

/**
 * Waits for `work` and heartbeats meanwhile: kafkajs does so only between batches. What comes of them does not matter here,
 * since kafkajs sends one more after the batch and goes by its answer: nothing of the batch runs while this member rejoins.
 * kafkajs skips those that come before their time, so a timer of just the interval would halve their number.
 */
async function withHeartbeats<T>(
  work: Promise<T>,
  payload: EachBatchPayload,
  intervalMs: number,
): Promise<T> {
  const timer = setInterval(() => {
    payload.heartbeat().catch(() => undefined)
  }, intervalMs / 2)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}

function byTopic(
  partitions: readonly { topic: string; partition: number }[],
): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition])
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }))
}

/** kafkajs refuses to pause, resume or seek between a crash and the restart; the next assignment sets all of it anew. */
function whileJoined(step: () => void): void {
  try {
    step()
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error
  }
}

const movingTypes = new Set([
  'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE', 'GROUP_LOAD_IN_PROGRESS',
]) // prettier-ignore

/**
 * True where a commit failed because the group, its coordinator or the connection is changing: it comes again. kafkajs
 * wraps what the broker said in an error of its own, which says neither the type nor that it may be repeated.
 */
function isGroupMoving(error: unknown): boolean {
  if (!(error instanceof kafkajs.KafkaJSError)) return false
  const { type, cause } = error as { type?: unknown; cause?: unknown }
  return (
    error.retriable ||
    (typeof type === 'string' && movingTypes.has(type)) ||
    error.message.includes('not initialized') ||
    (cause !== undefined && isGroupMoving(cause))
  )
}
