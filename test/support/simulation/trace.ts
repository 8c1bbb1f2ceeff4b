import { createHash } from 'node:crypto'

/** Everything that a run did to the outside, in order. */
export interface Trace {
  /** Notes an effect at a virtual time, in epoch milliseconds. */
  add(atMs: number, what: string): void
  /** Equal for two runs that did the same at the same times, for all that matters. */
  hash(): string
  /** The last effects, as lines. */
  last(): readonly string[]
}

const kept = 400

/** An empty trace. Times in its lines count from `startMs`. */
export function createTrace(startMs: number): Trace {
  const hash = createHash('sha256')
  const lines: string[] = []
  return {
    add(atMs, what) {
      const line = `${atMs - startMs} ${what}`
      hash.update(`${line}\n`)
      lines.push(line)
      if (lines.length > 2 * kept) lines.splice(0, kept)
    },
    hash: () => hash.copy().digest('hex').slice(0, 16),
    last: () => lines.slice(-kept),
  }
}
