import { createSlidingSecond } from './rate.ts'

/** What the control endpoint reports about all traffic since the last reset. */
export interface TrafficReport {
  /** Answers by operation and status; `none` counts connections that ended without an answer. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Most requests in any sliding second: all that came in, and those the rate limit let through. */
  readonly maxReceivedPerSecond: number
  readonly maxAdmittedPerSecond: number
  /** Most requests served at the same time. */
  readonly maxInFlight: number
  /** Most writes in flight for one contact or e-mail, and the first 1000 keys that had several. */
  readonly maxInFlightPerContact: number
  readonly contended: Readonly<Record<string, number>>
}

/** Measures what clients do: rates, results, concurrency. */
export interface Traffic {
  received(nowMs: number): void
  admitted(nowMs: number): void
  answered(operation: string | null, status: number | null): void
  /** Counts a request as in flight, a write under the key of its contact too, until the returned function is called. */
  enter(key: string | null): () => void
  report(): TrafficReport
  reset(): void
}

const maximumContended = 1000

interface Gauge {
  change(by: 1 | -1): void
  peak(): number
  restart(): void
}

function createGauge(): Gauge {
  let now = 0
  let most = 0
  return {
    change(by) {
      now += by
      most = Math.max(most, now)
    },
    peak: () => most,
    restart() {
      most = now
    },
  }
}

function createRatePeak() {
  const window = createSlidingSecond()
  let most = 0
  return {
    add(nowMs: number) {
      window.add(nowMs)
      most = Math.max(most, window.count(nowMs))
    },
    peak: () => most,
    restart() {
      most = 0
    },
  }
}

function createWriters() {
  const now = new Map<string, number>()
  const contended = new Map<string, number>()
  let most = 0
  return {
    enter(key: string) {
      const count = (now.get(key) ?? 0) + 1
      now.set(key, count)
      most = Math.max(most, count)
      const isKept = contended.has(key) || contended.size < maximumContended
      if (count > 1 && isKept) contended.set(key, Math.max(count, contended.get(key) ?? 0))
    },
    leave(key: string) {
      const count = (now.get(key) ?? 0) - 1
      if (count > 0) now.set(key, count)
      else now.delete(key)
    },
    peak: () => most,
    contended: () => Object.fromEntries(contended),
    restart() {
      most = Math.max(0, ...now.values())
      contended.clear()
    },
  }
}

/** Measures from nothing. Memory is bounded by operations, statuses and requests in flight. */
export function createTraffic(): Traffic {
  const counts = new Map<string, Map<string, number>>()
  const receivedRate = createRatePeak()
  const admittedRate = createRatePeak()
  const inFlight = createGauge()
  const writers = createWriters()
  return {
    received: (nowMs) => receivedRate.add(nowMs),
    admitted: (nowMs) => admittedRate.add(nowMs),
    answered(operation, status) {
      const name = operation ?? 'unknown'
      const statuses = counts.get(name) ?? new Map<string, number>()
      const key = String(status ?? 'none')
      counts.set(name, statuses.set(key, (statuses.get(key) ?? 0) + 1))
    },
    enter(key) {
      let left = false
      inFlight.change(1)
      if (key !== null) writers.enter(key)
      return () => {
        if (left) return
        left = true
        inFlight.change(-1)
        if (key !== null) writers.leave(key)
      }
    },
    report: () => ({
      counts: Object.fromEntries(
        [...counts].map(([operation, statuses]) => [operation, Object.fromEntries(statuses)]),
      ),
      maxReceivedPerSecond: receivedRate.peak(),
      maxAdmittedPerSecond: admittedRate.peak(),
      maxInFlight: inFlight.peak(),
      maxInFlightPerContact: writers.peak(),
      contended: writers.contended(),
    }),
    reset() {
      counts.clear()
      for (const part of [receivedRate, admittedRate, inFlight, writers]) part.restart()
    },
  }
}
