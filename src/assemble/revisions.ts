/** Numbers for what one task emits: higher with every batch, whatever crashes and whatever the clock does. */
export interface Revisions {
  /** The next batch's. It is the clock at least, and so grows even where the stored persons were lost. */
  next(nowMs: number): number
  /** Makes every later one higher than that of a stored person. */
  observe(revision: number): void
}

/** Revisions of a task of which nothing is stored yet. */
export function createRevisions(): Revisions {
  let last = 0
  return {
    next(nowMs) {
      last = Math.max(last + 1, nowMs)
      return last
    },
    observe(revision) {
      last = Math.max(last, revision)
    },
  }
}
