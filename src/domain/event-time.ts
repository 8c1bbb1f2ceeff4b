import type { Json } from './json.ts'

const isoTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i

/**
 * Epoch milliseconds of an XDM time in any form seen in the wild (`2022-01-11T21:24:39Z`, `...50.000+0000`,
 * `...50+0000`, `...25+00:00`, a date alone, UNIX seconds to nanoseconds as number or text), or `undefined` where it is
 * no time. A time without a zone is UTC; a day that no calendar has (`2022-02-30`) is no time.
 */
export function parseEventTime(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return fromUnix(value)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  return /^\d{9,19}$/.test(text) ? fromUnix(Number(text)) : fromIso(text)
}

/** Spelled as ECMAScript defines it before `Date.parse` sees it: what engines make of anything else is their own. */
function fromIso(text: string): number | undefined {
  const [, day, minute = '00:00', second = ':00', zone = 'Z'] = isoTime.exec(text) ?? []
  if (day === undefined || !isCalendarDay(day)) return undefined
  const offset = zone.toUpperCase().replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2')
  const timeMs = Date.parse(`${day}T${minute}${second}${offset}`)
  return Number.isNaN(timeMs) ? undefined : timeMs
}

/** `Date.parse` rolls the 30th of February over into March. */
function isCalendarDay(day: string): boolean {
  const timeMs = Date.parse(day)
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(day)
}

function fromUnix(value: number): number | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined
  const timeMs = Math.trunc(unixToMs(value))
  return timeMs <= 8.64e15 ? timeMs : undefined
}

/** The unit shows in the size: 1e11 s, 1e14 ms and 1e17 us are the year 5138. Avro written by Spark is in microseconds. */
function unixToMs(value: number): number {
  if (value < 1e11) return value * 1000
  if (value < 1e14) return value
  return value < 1e17 ? value / 1e3 : value / 1e6
}

/**
 * The time by which a component is ordered: its event time, but never later than the record that carries it. Nothing is
 * recorded before it happens, so a later time is a wrong clock's, and would win against every correct record to come. It
 * goes by the record alone: a record read again gets the same time, whenever that is. Negative record times mean that the
 * record has none (Kafka's -1).
 */
export function clampEventTime(eventTimeMs: number | undefined, recordTimeMs: number): number {
  if (recordTimeMs < 0) return eventTimeMs ?? 0
  return Math.min(eventTimeMs ?? recordTimeMs, recordTimeMs)
}
