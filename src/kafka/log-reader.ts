import { randomBytes } from 'node:crypto'
import type { Admin, Kafka } from 'kafkajs'
import type { SourceRecord } from '../domain/record.ts'
import type {
  GroupConsumer,
  LogBounds,
  OffsetReader,
  PartitionOffset,
  RecordBatch,
} from '../runtime/ports.ts'
import { createGroupConsumer } from './group-consumer.ts'

/** What to read of a topic, by partition, and who takes it. */
export interface LogRead {
  readonly topic: string
  /** Offsets to begin at. A partition without one is read from 0; what the log no longer holds is left out. */
  readonly from: ReadonlyMap<number, number>
  /** Offsets to end before, none behind the end of the log. A partition without one is not read. */
  readonly to: ReadonlyMap<number, number>
  /**
   * Takes records of one partition, in offset order, each once. Called again when its promise is settled and not before;
   * where it rejects, the read does.
   */
  readonly onRecords: (records: readonly SourceRecord[], commit: CommitRead) => Promise<void>
  /** The group to read in, which stays, with what was committed. Nobody else may be in it. By default one that is deleted. */
  readonly groupId?: string
  /** Ends the read: it rejects with the signal's reason, once `onRecords` has returned. */
  readonly signal?: AbortSignal
}

/** Commits, in the group of the read, that a partition is done up to `offset`; `note` stands beside it. */
export type CommitRead = (position: PartitionOffset, note: string) => Promise<void>

/**
 * Reads part of a log and resolves once all of it was taken, also where nothing is left at its end: compacted, expired, or
 * markers of transactions. Holds a few batches at most. Commits nothing by itself and touches no group of the program. Waits for a
 * Kafka that is away, without end; rejects with what else kafkajs cannot get over.
 */
export type ReadLog = (read: LogRead) => Promise<void>

/** What a log reader needs. */
export interface LogReaderPorts {
  readonly kafka: Kafka
  /** Connected already. */
  readonly admin: Pick<Admin, 'deleteGroups'>
  readonly offsets: Pick<OffsetReader, 'logBounds'>
  /** Reads as `<prefix>.<random>`, each in a group of its own. */
  readonly groupPrefix: string
}

const reading = {
  sessionTimeoutMs: 30_000,
  rebalanceTimeoutMs: 60_000,
  heartbeatIntervalMs: 3000,
  maxWaitTimeMs: 200,
  maxBytesPerPartition: 1024 * 1024,
}
/** After so long without a record it is asked whether there can come any. */
const idleMs = 2000

/**
 * A {@link ReadLog} on kafkajs. That reads in groups only, so each read takes one with a name of its own, and deletes it at its
 * end. One that stays behind because the process was killed expires by itself: it has no offsets and no members.
 */
export function createLogReader({ kafka, admin, offsets, groupPrefix }: LogReaderPorts): ReadLog {
  return async function readLog(read) {
    read.signal?.throwIfAborted()
    const progress = createProgress(read)
    for (const [partition, { startOffset }] of await offsets.logBounds(read.topic))
      progress.skipTo(partition, startOffset)
    if (progress.isDone()) return
    const groupId = read.groupId ?? `${groupPrefix}.${randomBytes(6).toString('hex')}`
    const consumer = createGroupConsumer(kafka, { groupId, topics: [read.topic], ...reading })
    try {
      await consume(consumer, read, progress, offsets)
    } finally {
      await consumer.stop().catch(() => undefined)
      if (read.groupId === undefined) await admin.deleteGroups([groupId]).catch(() => undefined)
    }
  }
}

/** How far a read is. */
interface Progress {
  /** Where each partition goes on that has more to give. */
  open(): ReadonlyMap<number, number>
  /** The records of a batch that were not taken yet and belong to the read; with this they count as taken. */
  take(batch: RecordBatch): readonly SourceRecord[]
  /** Nothing before `offset` can come any more. */
  skipTo(partition: number, offset: number): void
  isDone(): boolean
}

function createProgress({ from, to }: Pick<LogRead, 'from' | 'to'>): Progress {
  const positions = new Map([...to].map(([partition]) => [partition, from.get(partition) ?? 0]))
  const isOpen = (partition: number, position: number): boolean => position < (to.get(partition) ?? 0)

  function skipTo(partition: number, offset: number): void {
    const position = positions.get(partition)
    if (position !== undefined && offset > position) positions.set(partition, offset)
  }

  return {
    open: () => new Map([...positions].filter(([partition, position]) => isOpen(partition, position))),
    take({ partition, records, nextOffset }) {
      const [first, end] = [positions.get(partition) ?? Infinity, to.get(partition) ?? 0]
      skipTo(partition, nextOffset)
      return records.filter(({ offset }) => offset >= first && offset < end)
    },
    skipTo,
    isDone: () => [...positions].every(([partition, position]) => !isOpen(partition, position)),
  }
}

/** Resolves when all is taken. The consumer still runs then: it cannot be stopped from within a batch. */
async function consume(
  consumer: GroupConsumer,
  { topic, onRecords, signal }: LogRead,
  progress: Progress,
  offsets: LogReaderPorts['offsets'],
): Promise<void> {
  let over = false
  let lastProgressMs = performance.now()
  /** kafkajs hands over several partitions at once. */
  let turn = Promise.resolve()
  let asking: Promise<void> | null = null
  let resolveEnd: () => void = () => undefined
  let rejectEnd: (error: unknown) => void = () => undefined
  const end = new Promise<void>((resolve, reject) => {
    resolveEnd = resolve
    rejectEnd = reject
  })
  // It may fail before it is waited for.
  end.catch(() => undefined)

  function fail(error: unknown): void {
    over = true
    rejectEnd(error)
  }
  const abort = (): void => fail(signal?.reason)

  /** Where the group is on the move, nothing is committed this time: what was done since the last time is done again. */
  const commit: CommitRead = async (position, note) => {
    await consumer.commit([position], note)
  }

  function endIfDone(): void {
    lastProgressMs = performance.now()
    if (!over && progress.isDone()) resolveEnd()
  }

  async function take(batch: RecordBatch): Promise<number> {
    const records = over ? [] : progress.take(batch)
    try {
      if (records.length > 0) await onRecords(records, commit)
    } catch (error) {
      // Before the next batch, which may wait for its turn already.
      fail(error)
    }
    if (!progress.open().has(batch.partition)) consumer.pause([batch])
    endIfDone()
    return batch.nextOffset
  }

  /** Nothing comes of a partition whose records all expired, and nothing says so. The next round asks again where it fails. */
  async function skipExpired(): Promise<void> {
    const bounds = await offsets.logBounds(topic).catch(() => new Map<number, LogBounds>())
    for (const [partition, { startOffset }] of bounds) progress.skipTo(partition, startOffset)
    endIfDone()
    asking = null
  }

  signal?.addEventListener('abort', abort)
  try {
    await consumer.start({
      assigned(assignment) {
        const open = progress.open()
        for (const partition of assignment.get(topic) ?? []) {
          const offset = open.get(partition)
          if (offset === undefined) consumer.pause([{ topic, partition }])
          else consumer.seek({ topic, partition, offset })
        }
      },
      async batch(batch) {
        const taken = turn.then(async () => take(batch))
        turn = taken.then(() => undefined)
        return taken
      },
      polled() {
        if (asking === null && performance.now() - lastProgressMs > idleMs) asking = skipExpired()
      },
      crashed: fail,
      lost: () => undefined,
      suspended: () => undefined,
      alive: () => undefined,
    })
    await end
  } finally {
    over = true
    signal?.removeEventListener('abort', abort)
  }
}
