/** Counts of records by day and audience. */
export interface Tally {
  /** Counts a record of this time, that names these audiences; one that names none counts as such. */
  count(timestampMs: number, audiences: readonly string[]): void
  /** A row per day (UTC) in order, with the records of it, and how many of them name each audience. */
  rows(): readonly TallyRow[]
}

/** One day. A record may name several audiences, so these do not add up to the records. */
export interface TallyRow {
  readonly day: string
  readonly records: number
  readonly audiences: Readonly<Record<string, number>>
}

/** A tally of nothing. */
export function createTally(): Tally {
  const days = new Map<string, { records: number; audiences: Record<string, number> }>()
  return {
    count(timestampMs, audiences) {
      const day = timestampMs < 0 ? 'unknown' : new Date(timestampMs).toISOString().slice(0, 10)
      const row = days.get(day) ?? { records: 0, audiences: {} }
      row.records += 1
      for (const audience of new Set(audiences)) row.audiences[audience] = (row.audiences[audience] ?? 0) + 1
      days.set(day, row)
    },
    rows: () =>
      [...days]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([day, { records, audiences }]) => ({ day, records, audiences })),
  }
}
