import { describeQuery } from './query.ts'

/** One request to the API as the log keeps it. Fields without `readonly` are filled in as it is served. */
export interface LogEntry {
  /** Position in the order of arrival, from 1; never used twice. */
  readonly seq: number
  /** Arrival: wall clock in epoch ms, and the server's monotonic clock in ms. */
  readonly timeMs: number
  readonly monotonicMs: number
  readonly requestId: string
  readonly method: string
  readonly path: string
  readonly rawQuery: string
  /** Null for a path that is no operation. */
  readonly operation: string | null
  email: string | null
  bodyText: string
  /** Null while it is served, and for ever when no answer was sent. */
  status: number | null
  /** Whether it changed a contact, and when (monotonic ms). */
  applied: boolean
  appliedAtMs: number | null
  rate: 'admitted' | 'limited' | 'uncounted'
  /** Kind of the fault that took part, if any. */
  fault: string | null
}

/** What is known of a request before its body is read. */
export type Arrival = Pick<
  LogEntry,
  'timeMs' | 'monotonicMs' | 'requestId' | 'method' | 'path' | 'rawQuery' | 'operation'
>

/** The latest requests, at most `capacity` of them. */
export interface RequestLog {
  begin(arrival: Arrival): LogEntry
  /** Entries with a higher number than `seq`, in order. */
  since(seq: number): readonly LogEntry[]
  /** Forgets all entries; numbers go on. */
  clear(): void
  /** How many entries had to make room since the last `clear`. */
  dropped(): number
  lastSeq(): number
}

// A body is kept for people to read and tests to compare; a huge one must not fill the memory.
const maximumBodyCharacters = 16_384

/** An empty log that keeps the latest `capacity` requests. */
export function createRequestLog(capacity: number): RequestLog {
  let ring: LogEntry[] = []
  let last = 0
  let cleared = 0
  // A ring: the first entry after a clear lies at 0.
  const place = (seq: number) => (seq - cleared - 1) % capacity
  const oldest = () => Math.max(cleared, last - capacity) + 1
  return {
    begin(arrival) {
      last += 1
      const entry: LogEntry = {
        seq: last,
        ...arrival,
        email: null,
        bodyText: '',
        status: null,
        applied: false,
        appliedAtMs: null,
        rate: 'uncounted',
        fault: null,
      }
      ring[place(last)] = entry
      return entry
    },
    since(seq) {
      const entries: LogEntry[] = []
      for (let at = Math.max(oldest(), seq + 1); at <= last; at += 1) {
        const entry = ring[place(at)]
        if (entry !== undefined) entries.push(entry)
      }
      return entries
    },
    clear() {
      ring = []
      cleared = last
    },
    dropped: () => oldest() - 1 - cleared,
    lastSeq: () => last,
  }
}

/** Keeps what a body says, up to 16384 characters. */
export function noteBody(entry: LogEntry, text: string): void {
  entry.bodyText = text.length > maximumBodyCharacters ? `${text.slice(0, maximumBodyCharacters)}...` : text
}

function parseBody(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** An entry as the control endpoint shows it: query decoded, body parsed where it is JSON. */
export function describeEntry(entry: LogEntry): unknown {
  const { rawQuery, bodyText, ...rest } = entry
  return { ...rest, query: describeQuery(rawQuery), body: parseBody(bodyText) }
}
