import { startMs } from '../topology/configuration.ts'
import type { Scheduler } from './scheduler.ts'
import { createTrace, type Trace } from './trace.ts'
import type { Report, Violation } from './violation.ts'

/** What is written down of a run. */
export interface Recorder {
  readonly trace: Trace
  readonly violations: readonly Violation[]
  /** Notes an effect, now. */
  readonly tell: (what: string) => void
  readonly report: Report
}

/** Nothing is written down yet. */
export function createRecorder(scheduler: Scheduler): Recorder {
  const trace = createTrace(startMs)
  const violations: Violation[] = []
  const tell = (what: string): void => trace.add(scheduler.nowMs(), what)
  return {
    trace,
    violations,
    tell,
    report(invariant, what) {
      tell(`VIOLATION ${invariant}: ${what}`)
      violations.push({ invariant, atMs: scheduler.nowMs() - startMs, what })
    },
  }
}
