import { parseEventTime } from '../../domain/event-time.ts'
import type { LogBounds } from '../../runtime/ports.ts'

/** Where a replay begins or ends: the same for all partitions, or an offset for some of them. */
export type Place =
  | { readonly type: 'beginning' | 'end' }
  | { readonly type: 'time'; readonly timeMs: number }
  | { readonly type: 'offsets'; readonly offsets: ReadonlyMap<number, number> }

/** What {@link parsePlace} takes, for people. */
export const placeForms =
  'beginning, end, a time such as 2026-01-31 or 2026-01-31T09:30:00Z (UTC), or offsets by partition such as 0:1200,3:800'

/** Reads a place; `null` for a text that is none. */
export function parsePlace(text: string): Place | null {
  const word = text.trim()
  if (word === 'beginning' || word === 'end') return { type: word }
  const offsets = word.split(',').map((part) => /^(\d{1,9}):(\d{1,15})$/.exec(part.trim()))
  if (offsets.every((match) => match !== null)) {
    return { type: 'offsets', offsets: new Map(offsets.map((match) => [Number(match[1]), Number(match[2])])) }
  }
  // A bare number would be taken for UNIX seconds, and is as likely meant as an offset.
  const timeMs = /^\d+$/.test(word) ? undefined : parseEventTime(word)
  return timeMs === undefined ? null : { type: 'time', timeMs }
}

/** What of a partition is replayed: from one offset up to, and without, another. */
export interface OffsetRange {
  readonly from: number
  readonly to: number
}

/** A place with what the log says of it. */
export interface LocatedPlace {
  readonly place: Place
  /** For a time: by partition the offset of the first record at or after it, the end where there is none. */
  readonly atTime: ReadonlyMap<number, number>
}

/**
 * The ranges between two places, within what the log holds now: what comes in later is not replayed, a place before the
 * beginning is the beginning, one past the end is the end. Partitions that a list of offsets does not name are left out.
 * Empty ranges are left out too.
 */
export function resolveRanges(
  bounds: ReadonlyMap<number, LogBounds>,
  from: LocatedPlace,
  to: LocatedPlace,
): ReadonlyMap<number, OffsetRange> {
  const ranges = new Map<number, OffsetRange>()
  for (const [partition, log] of bounds) {
    const range = { from: offsetOf(from, partition, log), to: offsetOf(to, partition, log) }
    if (range.from !== null && range.to !== null && range.from < range.to)
      ranges.set(partition, { from: range.from, to: range.to })
  }
  return ranges
}

function offsetOf(
  { place, atTime }: LocatedPlace,
  partition: number,
  { startOffset, endOffset }: LogBounds,
): number | null {
  const within = (offset: number): number => Math.max(startOffset, Math.min(offset, endOffset))
  switch (place.type) {
    case 'beginning':
      return startOffset
    case 'end':
      return endOffset
    case 'time':
      return within(atTime.get(partition) ?? endOffset)
    case 'offsets': {
      const offset = place.offsets.get(partition)
      return offset === undefined ? null : within(offset)
    }
  }
}
