/**
 * How far a store mirrors its changelog: every record before {@link Mirror.offset} is in the store. Writes go to the
 * changelog first and several are under way at once, so the ones that are acknowledged already say nothing of those that
 * began before them: such a one may lie at an offset below theirs and not be in the store yet.
 */
export interface Mirror {
  /** A write to the changelog begins; the result names it. Its records will lie at or after all acknowledged so far. */
  begin(): number
  /** A write is in the changelog, before `endOffset`. */
  logged(endOffset: number): void
  /** The write is in the store. One that never gets there keeps the mirror where it is. */
  stored(write: number): void
  /** The offset before which everything is in the store, once `write` is, too. */
  offset(write?: number): number
}

/** A mirror of everything before `startOffset`. */
export function createMirror(startOffset: number): Mirror {
  let endOffset = startOffset
  let writes = 0
  /** Where the records of each write that is under way begin, at the earliest. */
  const floors = new Map<number, number>()

  return {
    begin() {
      writes += 1
      floors.set(writes, endOffset)
      return writes
    },
    logged(end) {
      endOffset = Math.max(endOffset, end)
    },
    stored: (write) => void floors.delete(write),
    offset(write) {
      let offset = endOffset
      for (const [other, floor] of floors) if (other !== write) offset = Math.min(offset, floor)
      return offset
    },
  }
}
