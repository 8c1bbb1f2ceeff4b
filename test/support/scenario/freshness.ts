/** What events became of: how long it took from each to the acknowledgement of a write that carries it, or a later one. */
export interface Freshness {
  /** The `number`th event of a contact happened. Numbers of a contact grow. */
  happened(email: string, number: number, nowMs: number): void
  /** A write of the contact was acknowledged that carries its events up to `number`. */
  acknowledged(email: string, number: number, nowMs: number): void
  /** How long each acknowledged event took, in milliseconds. */
  readonly tookMs: readonly number[]
  /** Events that are not acknowledged. */
  waiting(): number
}

/** Nothing happened yet. */
export function createFreshness(): Freshness {
  const waiting = new Map<string, readonly { readonly number: number; readonly atMs: number }[]>()
  const tookMs: number[] = []
  return {
    happened(email, number, nowMs) {
      waiting.set(email, [...(waiting.get(email) ?? []), { number, atMs: nowMs }])
    },
    acknowledged(email, number, nowMs) {
      const left = (waiting.get(email) ?? []).filter((event) => {
        const isCarried = event.number <= number
        if (isCarried) tookMs.push(nowMs - event.atMs)
        return !isCarried
      })
      if (left.length > 0) waiting.set(email, left)
      else waiting.delete(email)
    },
    tookMs,
    waiting: () => [...waiting.values()].reduce((sum, events) => sum + events.length, 0),
  }
}

/** The value below which `share` (0 to 1) of the values lie; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
