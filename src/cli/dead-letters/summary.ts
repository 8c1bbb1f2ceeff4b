import type { Letter } from './letter.ts'

/** Letters of one kind. Times in epoch milliseconds. */
export interface LetterKind {
  readonly disposition: string
  readonly errorClass: string
  readonly stage: string
  /** Topic that the records were read from; `null` for contacts. */
  readonly sourceTopic: string | null
  letters: number
  oldestMs: number
  newestMs: number
  /** What was wrong with the newest one: places and codes, no values. */
  detail: string
}

/** Letters that failed in one span of time. */
export interface TimeBar {
  /** Epoch milliseconds. */
  readonly fromMs: number
  readonly letters: number
}

/** Counts letters by kind and time, whatever their number. */
export interface LetterSummary {
  add(letter: Letter): void
  /** The most frequent first. */
  kinds(): readonly LetterKind[]
  /** Bars from the oldest to the newest letter without gaps, by hour up to two days and by day beyond. */
  histogram(): { readonly spanMs: number; readonly bars: readonly TimeBar[] }
  total(): number
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** By hour up to so many hours. */
const mostHours = 48
/** A wrong clock can put a letter decades away: only so many bars are drawn, the newest. */
const mostBars = 60

/** A summary of nothing. */
export function createLetterSummary(): LetterSummary {
  const kinds = new Map<string, LetterKind>()
  const hours = new Map<number, number>()

  function histogram(): ReturnType<LetterSummary['histogram']> {
    const times = [...hours.keys()]
    if (times.length === 0) return { spanMs: hourMs, bars: [] }
    const [first, last] = [Math.min(...times), Math.max(...times)]
    const spanMs = last - first < mostHours * hourMs ? hourMs : dayMs
    const start = (timeMs: number): number => Math.floor(timeMs / spanMs) * spanMs
    const counts = new Map<number, number>()
    for (const [hour, letters] of hours) counts.set(start(hour), (counts.get(start(hour)) ?? 0) + letters)
    const count = Math.min(mostBars, (start(last) - start(first)) / spanMs + 1)
    return {
      spanMs,
      bars: Array.from({ length: count }, (_, index) => {
        const fromMs = start(last) - (count - 1 - index) * spanMs
        return { fromMs, letters: counts.get(fromMs) ?? 0 }
      }),
    }
  }

  return {
    add({ disposition, errorClass, stage, source, failedAtMs, detail }) {
      const sourceTopic = source?.topic ?? null
      const key = JSON.stringify([disposition, errorClass, stage, sourceTopic])
      const kind = kinds.get(key) ?? {
        ...{ disposition, errorClass, stage, sourceTopic },
        ...{ letters: 0, oldestMs: failedAtMs, newestMs: -Infinity, detail },
      }
      kind.letters += 1
      kind.oldestMs = Math.min(kind.oldestMs, failedAtMs)
      if (failedAtMs >= kind.newestMs) Object.assign(kind, { newestMs: failedAtMs, detail })
      kinds.set(key, kind)
      const hour = Math.floor(failedAtMs / hourMs) * hourMs
      hours.set(hour, (hours.get(hour) ?? 0) + 1)
    },
    kinds: () => [...kinds.values()].sort((a, b) => b.letters - a.letters),
    histogram,
    total: () => [...kinds.values()].reduce((sum, { letters }) => sum + letters, 0),
  }
}
