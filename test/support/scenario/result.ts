/** A figure that a scenario measured. */
export type Figure = number | string | boolean

/** What must hold of the figures, in words, and whether it does. */
export interface Bound {
  readonly what: string
  readonly holds: boolean
}

/** How a scenario ended. */
export interface ScenarioResult {
  readonly scenario: string
  /** What was measured, by name; times with their unit in the name. */
  readonly figures: Readonly<Record<string, Figure>>
  readonly bounds: readonly Bound[]
  /** How much time passed in the simulated world. */
  readonly virtualMs: number
}

/** `result` for people: a line that says it ran in virtual time, a line for each figure, and the bounds. */
export function asTable({ scenario, figures, bounds, virtualMs }: ScenarioResult): string {
  const head = `${scenario}: in virtual time, ${Math.round(virtualMs / 1000)} s of it`
  return [head, ...asLines(figures, bounds)].join('\n')
}

/** A line for each figure, and one for each bound. */
export function asLines(figures: ScenarioResult['figures'], bounds: readonly Bound[]): readonly string[] {
  const entries = Object.entries(figures)
  const width = Math.max(...entries.map(([name]) => name.length))
  return [
    ...entries.map(([name, figure]) => `  ${name.padEnd(width)}  ${showFigure(figure)}`),
    ...bounds.map(({ what, holds }) => `  ${holds ? 'holds' : 'FAILS'}: ${what}`),
  ]
}

/** `result` as one line of JSON. */
export function asJson({ scenario, figures, bounds, virtualMs }: ScenarioResult): string {
  const failed = bounds.filter(({ holds }) => !holds).map(({ what }) => what)
  return JSON.stringify({
    scenario,
    ok: failed.length === 0,
    failed,
    virtualTime: true,
    virtualMs,
    ...figures,
  })
}

function showFigure(figure: Figure): string {
  return typeof figure === 'number' ? figure.toLocaleString('en-GB') : String(figure)
}

/** At most three digits behind the point: more would be noise. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
