import os from 'node:os'
import { createTable } from '../test/support/chaos/table.ts'
import { percentile } from '../test/support/scenario/freshness.ts'
import { type Figure, rounded } from '../test/support/scenario/result.ts'
import type { LiveTraffic, LiveWindow } from './live-traffic.ts'
import { measureProcessors, type UsedCores } from './processor-time.ts'

/** A window with or without the work that is to delay nobody, and what it took of the processors. */
export interface MeasuredWindow extends LiveWindow {
  readonly kind: 'alone' | 'beside'
  readonly cores: UsedCores
}

/** Windows of live traffic, some of them beside other work, that are to be compared. */
export interface LiveWindows {
  /** Measures one more, and prints a row; of the processes with these pids the processor time too. */
  measure(kind: MeasuredWindow['kind'], pids: Readonly<Record<string, number | undefined>>): Promise<void>
  all(): readonly MeasuredWindow[]
}

/** No windows yet. */
export function createLiveWindows(traffic: LiveTraffic, print: (line: string) => void): LiveWindows {
  const windows: MeasuredWindow[] = []
  const table = createTable(
    [['window', 7], ['kind', 6], ['events', 6], ['p50 ms', 6], ['p99 ms', 6], ['asked p50', 9], ['asked p99', 9], ['other writes', 12], ['cores', 5]], // prettier-ignore
    print,
  )
  return {
    async measure(kind, pids) {
      const cores = measureProcessors({ ...pids, bench: process.pid })
      const window = { ...(await traffic.window()), kind, cores: cores() }
      windows.push(window)
      const used = Object.entries(window.cores).map(([name, share]) => `${name} ${share}`)
      table.row([windows.length, kind, window.events, window.p50Ms, window.p99Ms, window.askedP50Ms, window.askedP99Ms, window.otherWrites, used.join(', ')]) // prettier-ignore
    },
    all: () => windows,
  }
}

/**
 * Medians over the windows of each kind, and how much later events are beside: by the ratio of the medians, and by the ratio
 * over all events together. "asked" is the time until a request arrived at Zendesk. Other work
 * is what nobody of those measured did, commands included: where it leaves no core free, the figures are those of the machine.
 */
export function compareWindows(windows: readonly MeasuredWindow[]): {
  readonly figures: Readonly<Record<string, Figure>>
  readonly p99Delay: number
} {
  const of = (kind: MeasuredWindow['kind']) => windows.filter((window) => window.kind === kind)
  const [alone, beside] = [summaryOf(of('alone')), summaryOf(of('beside'))]
  const p99Delay = rounded(beside.p99Ms / alone.p99Ms - 1)
  return {
    p99Delay,
    figures: {
      processors: os.cpus().length,
      windowsAlone: of('alone').length,
      windowsBeside: of('beside').length,
      ...prefixed('alone', alone),
      ...prefixed('beside', beside),
      p50DelayOfMedians: rounded(beside.p50Ms / alone.p50Ms - 1),
      p99DelayOfMedians: p99Delay,
      p99DelayOfAllEvents: rounded(beside.p99MsOfAllEvents / alone.p99MsOfAllEvents - 1),
      askedP50LaterMs: beside.askedP50Ms - alone.askedP50Ms,
      askedP99LaterMs: beside.askedP99Ms - alone.askedP99Ms,
    },
  }
}

function summaryOf(windows: readonly MeasuredWindow[]) {
  const medianOf = (value: (window: MeasuredWindow) => number): number => percentile(windows.map(value), 0.5)
  return {
    p50Ms: medianOf(({ p50Ms }) => p50Ms),
    p99Ms: medianOf(({ p99Ms }) => p99Ms),
    askedP50Ms: medianOf(({ askedP50Ms }) => askedP50Ms),
    askedP99Ms: medianOf(({ askedP99Ms }) => askedP99Ms),
    p99MsOfAllEvents: percentile(
      windows.flatMap(({ tookMs }) => tookMs),
      0.99,
    ),
    machineCores: medianOf(({ cores }) => cores['machine'] ?? NaN),
    coresOfOtherWork: medianOf(({ cores: { machine = NaN, ...ours } }) =>
      rounded(machine - Object.values(ours).reduce((sum, used) => sum + used, 0)),
    ),
  }
}

function prefixed(kind: string, figures: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      `${kind}${name[0]?.toUpperCase()}${name.slice(1)}`,
      value,
    ]),
  )
}
