import type { Letter } from './letter.ts'

/** A place in the dead-letter topic. */
export interface LetterPlace {
  readonly partition: number
  readonly offset: number
}

/** Reads a place, `3/120`; `null` for a text that is none. */
export function parsePlace(text: string): LetterPlace | null {
  const match = /^(\d{1,9})\/(\d{1,15})$/.exec(text.trim())
  return match === null ? null : { partition: Number(match[1]), offset: Number(match[2]) }
}

/** Which letters are meant; `null` means all. Times in epoch milliseconds. */
export interface LetterFilter {
  readonly disposition: string | null
  readonly errorClass: string | null
  /** Topic that the record was read from. */
  readonly sourceTopic: string | null
  /** When it failed: from `sinceMs` on, and before `untilMs`. */
  readonly sinceMs: number | null
  readonly untilMs: number | null
  /** The only letter, by its place in the topic. */
  readonly place: LetterPlace | null
}

/** A filter as options say it. */
export interface FilterWords {
  readonly reason?: string
  readonly class?: string
  readonly source?: string
  readonly since?: number
  readonly until?: number
}

/** The filter of these options, for letters at any place. */
export function filterOf(words: FilterWords): LetterFilter {
  return {
    disposition: words.reason ?? null,
    errorClass: words.class ?? null,
    sourceTopic: words.source ?? null,
    sinceMs: words.since ?? null,
    untilMs: words.until ?? null,
    place: null,
  }
}

/** True for a letter that is meant. */
export function matches(letter: Letter, filter: LetterFilter): boolean {
  const { disposition, errorClass, sourceTopic, sinceMs, untilMs, place } = filter
  return (
    (disposition === null || letter.disposition === disposition) &&
    (errorClass === null || letter.errorClass === errorClass) &&
    (sourceTopic === null || letter.source?.topic === sourceTopic) &&
    (sinceMs === null || letter.failedAtMs >= sinceMs) &&
    (untilMs === null || letter.failedAtMs < untilMs) &&
    (place === null || (letter.partition === place.partition && letter.offset === place.offset))
  )
}
