/**
 * When something became true, and how to order two claims about it. Compared by event time, then by source rank, then
 * by offset, so that any two different records of one component have one order, whichever arrives first.
 */
export interface Version {
  /** Event time carried in the record, in epoch milliseconds, after clamping. */
  readonly timeMs: number
  /** Rank of the source at equal event time: 1 for the inputs, and so for copies of their records, which are the same records. */
  readonly rank: number
  /** Kafka offset in the source partition: the order within one partition. */
  readonly offset: number
}

/** Negative if `a` is older than `b`, positive if newer, 0 if they are the same record. */
export function compareVersions(a: Version, b: Version): number {
  return a.timeMs - b.timeMs || a.rank - b.rank || a.offset - b.offset
}
