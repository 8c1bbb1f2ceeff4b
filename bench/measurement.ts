import os from 'node:os'
import { asLines, type Bound, type Figure } from '../test/support/scenario/result.ts'
import type { MeasuredWindow } from './live-windows.ts'

/** What a measurement came to. */
export interface Measurement {
  readonly name: string
  /** Of smaller sizes, to try the measurement itself: its figures say nothing. */
  readonly quick: boolean
  readonly figures: Readonly<Record<string, Figure>>
  readonly bounds: readonly Bound[]
  readonly windows: readonly MeasuredWindow[]
}

/** Prints a table, and everything as a line of JSON. Gives the exit code: 1 where a bound does not hold. */
export function reportOf(
  { name, quick, figures, bounds, windows }: Measurement,
  print: (line: string) => void,
): 0 | 1 {
  const ok = bounds.every(({ holds }) => holds)
  print(`\n${name}${quick ? ', QUICK: smaller than what is promised, figures to be thrown away' : ''}`)
  for (const line of asLines(figures, bounds)) print(line)
  const machine = { cpus: os.cpus().length, cpu: os.cpus()[0]?.model, memoryGb: Math.round(os.totalmem() / 2 ** 30), node: process.version } // prettier-ignore
  print(JSON.stringify({ measurement: name, quick, ok, machine, ...figures, windows }))
  return ok ? 0 : 1
}
