import type { SourceRecord } from '../domain/record.ts'

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
  /** A new assignment, before anything of it is fetched. Pause, resume and seek called in here take effect first. */
  assigned(assignment: ReadonlyMap<string, readonly number[]>): void
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
  /** `stale` where the group moved on: the offsets are somebody else's now. */
  commit(offsets: readonly PartitionOffset[]): Promise<'committed' | 'stale'>
  /** Waits for running batches, leaves the group and disconnects. */
  stop(): Promise<void>
}

/** First offset of a partition and the offset after its last record. */
export interface LogBounds {
  readonly startOffset: number
  readonly endOffset: number
}

/** Reads of the log and the group that need no membership. */
export interface OffsetReader {
  logBounds(topic: string): Promise<ReadonlyMap<number, LogBounds>>
  /** Committed offsets by topic and partition; a partition without one is missing. */
  committedOffsets(
    groupId: string,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>>
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

/** One stage's work on one partition. */
export interface StageTask {
  /** Puts records of the past into the store. */
  restore(records: readonly SourceRecord[]): Promise<void>
  /** All of the past is in the store. */
  restored(): Promise<void>
  /** Resolves when everything that the records cause is durable. */
  process(records: readonly SourceRecord[]): Promise<void>
  /** Called about every second. */
  tick?(): Promise<void>
  close(): void
}

/** What a stage reports. */
export interface StageMetrics {
  /** `task` is restoring or running; `null` where it left this process. */
  taskState(stage: string, partition: number, state: 'restoring' | 'running' | null): void
  restoreRemaining(stage: string, partition: number, records: number): void
  committed(stage: string, offset: PartitionOffset): void
  rebalanced(stage: string): void
}

/** Log lines without personal data: fields are offsets, counts and names of topics. */
export interface StageLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
