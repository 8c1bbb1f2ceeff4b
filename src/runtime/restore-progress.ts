/** How far the past of one topic reaches, for one partition. */
export interface RestoreRange {
  readonly startOffset: number
  /** Offset after the last record that must be in the store before anything else happens. */
  readonly untilOffset: number
}

/** How far the restore of one task is. */
export interface RestoreProgress {
  add(ranges: ReadonlyMap<string, RestoreRange>): void
  /** Up to where a topic has to be restored, `null` where it has not (any more). */
  untilOf(topic: string): number | null
  /** Everything of a topic before `offset` is in the store, by `records` more. */
  reached(topic: string, offset: number, records: number): void
  /** Nothing more of a topic is needed. */
  finish(topic: string): void
  topics(): readonly string[]
  /** Records still to come, gaps counted. */
  remaining(): number
  /** Records that were restored. */
  records(): number
}

/** Nothing to restore. */
export function createRestoreProgress(): RestoreProgress {
  const ranges = new Map<string, RestoreRange>()
  let restored = 0
  return {
    add(added) {
      for (const [topic, range] of added) ranges.set(topic, range)
    },
    untilOf: (topic) => ranges.get(topic)?.untilOffset ?? null,
    reached(topic, offset, records) {
      restored += records
      const range = ranges.get(topic)
      if (range !== undefined) ranges.set(topic, { ...range, startOffset: offset })
    },
    finish: (topic) => void ranges.delete(topic),
    topics: () => [...ranges.keys()],
    remaining() {
      let remaining = 0
      for (const { startOffset, untilOffset } of ranges.values()) remaining += untilOffset - startOffset
      return remaining
    },
    records: () => restored,
  }
}
