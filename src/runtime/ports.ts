import type { OutputRecord, SourceRecord } from '../domain/record.ts'
import type { StateStore, StoreWrite } from './state-store.ts'

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A place in one partition: the offset of the next record to read. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

/** Records of one partition in offset order. `nextOffset` may lie beyond the last record: compaction leaves gaps. */
export interface RecordBatch extends TopicPartition {
  readonly records: readonly SourceRecord[]
  readonly nextOffset: number
  /** Offset after the last record of the partition when the batch was fetched. */
  readonly endOffset: number
}

/** What a group consumer tells the one who runs it. */
export interface GroupListener {
  /**
   * This member was out of the group for a while, so that others may have owned its partitions: what it holds for them can
   * be old. Comes right before `assigned`.
   */
  lost(): void
  /**
   * A new assignment, before anything of it is fetched; the request for it was sent `ageMs` ago. Pause, resume and seek
   * called in here take effect first.
   */
  assigned(assignment: ReadonlyMap<string, readonly number[]>, ageMs: number): void
  /** The assignment is in doubt (rebalance, crash): another member may own it until the next `assigned`. */
  suspended(): void
  /**
   * Returns the offset to read next, or `null` to be given these records again. A batch without records moves past offsets
   * that hold none. A rejection is passed to `crashed`.
   */
  batch(batch: RecordBatch): Promise<number | null>
  /** The group's coordinator acknowledged this member; the request for it was sent `ageMs` ago. */
  alive(ageMs: number): void
  /** A fetch round ended, with or without records: the consumer makes progress. */
  polled(): void
  /** The consumer ended for good. */
  crashed(error: unknown): void
}

/** A member of a consumer group whose assignment keeps partition numbers of all topics together. */
export interface GroupConsumer {
  start(listener: GroupListener): Promise<void>
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  seek(position: PartitionOffset): void
  /** `note` stands beside each offset. `stale` where the group moved on: the offsets are somebody else's now. */
  commit(offsets: readonly PartitionOffset[], note: string): Promise<'committed' | 'stale'>
  /** Waits for running batches, leaves the group and disconnects. */
  stop(): Promise<void>
}

/** First offset of a partition and the offset after its last record. */
export interface LogBounds {
  readonly startOffset: number
  readonly endOffset: number
}

/** Offset of the next record to read, as the group has it. */
export interface CommittedOffset {
  readonly offset: number
  /** False where somebody else than a {@link GroupConsumer} committed it: an operator who reset the group. */
  readonly ours: boolean
  /** What the one who committed it put beside it. */
  readonly note: string
}

/** Reads of the log and the group that need no membership. */
export interface OffsetReader {
  logBounds(topic: string): Promise<ReadonlyMap<number, LogBounds>>
  /** Committed offsets by topic and partition; a partition without one is missing. */
  committedOffsets(
    groupId: string,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>>>
}

/**
 * Produces records, acknowledged by all in-sync replicas, and says for every partition that a record named where it ends
 * behind them. Asks `mayGo` before every attempt and rejects with {@link LeaseLost} where it says no: an attempt that waited for a broker to come
 * back must not write for a partition that is another member's by then.
 */
export type Produce = (
  records: readonly OutputRecord[],
  mayGo: () => boolean,
) => Promise<readonly PartitionOffset[]>

/** This member may not act for the partition any more, or does not know whether it may. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** Time and timers. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number
  /** Milliseconds that only ever grow. */
  monotonicMs(): number
  /** Calls `then` once, `delayMs` from now; the returned function cancels it. */
  setTimer(delayMs: number, then: () => void): () => void
}

/** Records that are durable in the changelog while their mirror in the store is not. */
export interface Logged {
  /** Nothing but {@link TaskState.batch} reads it. */
  readonly sequence: number
}

/** A task's store and changelog, kept so that the one can be brought up to date from the other after any crash. */
export interface TaskState extends Pick<StateStore, 'get' | 'getMany' | 'range'> {
  /** Makes records durable in the changelog. What it returns belongs to the batch that writes the same to the store. */
  log(records: readonly OutputRecord[]): Promise<Logged>
  /** Writes to the store, whole or not at all; `logged` says which records of the changelog this mirrors. */
  batch(writes: readonly StoreWrite[], logged?: Logged): Promise<void>
}

/** What a task is given by the runtime. Everything of it rejects once the partition is lost. */
export interface TaskPorts {
  readonly state: TaskState
  /** Resolves when every record is acknowledged by all in-sync replicas. */
  readonly produce: (records: readonly OutputRecord[]) => Promise<void>
  /** Something that the task does beside its steps failed; as if a step had. */
  readonly failed: (error: unknown) => void
}

/**
 * One stage's work on one partition. Its steps run one at a time. A step that rejects ends the task: it is closed, and a
 * successor begins from what the store and the changelog hold.
 */
export interface StageTask {
  /** Puts records of the past into the store; `position` belongs to the last batch that they cause. */
  restore(records: readonly SourceRecord[], position: readonly StoreWrite[]): Promise<void>
  /** All of the past is in the store. */
  restored(): Promise<void>
  /** Resolves when everything that the records cause is durable; `position` belongs to the last batch that they cause. */
  process(records: readonly SourceRecord[], position: readonly StoreWrite[]): Promise<void>
  /** Called about every second. */
  tick?(): Promise<void>
  /** The partition is lost: what is still under way changes nothing any more. */
  close(): void
}

/** What a stage reports. */
export interface StageMetrics {
  /** `task` is restoring or running; `null` where it left this process. */
  taskState(stage: string, partition: number, state: 'restoring' | 'running' | null): void
  restoreRemaining(stage: string, partition: number, records: number): void
  committed(stage: string, offset: PartitionOffset): void
  rebalanced(stage: string): void
  /** A task ended because of `reason`, and begins anew from its store and changelog. */
  taskRestarted(stage: string, reason: TaskFailureReason): void
  /** `records` of an input were gone from the log before they were read. */
  recordsLost(stage: string, topic: string, records: number): void
}

/** Why a task can begin anew where another error would end the process. */
export type TaskFailureReason = 'lease_lost' | 'store_corrupt' | 'store_unavailable' | 'outage'

/** Log lines without personal data: fields are offsets, counts and names of topics. */
export interface StageLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
