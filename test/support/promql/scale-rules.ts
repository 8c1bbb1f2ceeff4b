import { parser } from '@prometheus-io/lezer-promql'

import type { Rules } from './rules.ts'

/**
 * The rules in a time that passes `factor` times as fast: what Prometheus waits for (`for`) and looks back over (`[10m]`,
 * `offset 5m`) is divided by it. Thresholds and everything else of an expression stay, character by character. Throws where a
 * duration would no longer be whole milliseconds.
 */
export function scaleRules({ groups }: Rules, factor: number): Rules {
  return {
    groups: groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => {
        const expr = scaleExpression(rule.expr, factor)
        if (!('alert' in rule) || rule.for === undefined) return { ...rule, expr }
        return { ...rule, expr, for: scaleDuration(rule.for, factor) }
      }),
    })),
  }
}

/** Where a duration stands in an expression, from its first character to that after its last. */
interface Place {
  readonly from: number
  readonly to: number
}

/** The durations of an expression, in milliseconds and in order. */
export function durationsMsOf(expr: string): readonly number[] {
  return placesOf(expr).map(({ from, to }) => durationMs(expr.slice(from, to)))
}

/** An expression with each duration divided by `factor`. */
export function scaleExpression(expr: string, factor: number): string {
  let scaled = ''
  let end = 0
  for (const { from, to } of placesOf(expr)) {
    scaled += expr.slice(end, from) + scaleDuration(expr.slice(from, to), factor)
    end = to
  }
  return scaled + expr.slice(end)
}

/** What the grammar says is a duration: not `5m` in a name, a text or a comment, and no number that is compared with. */
function placesOf(expr: string): readonly Place[] {
  const places: Place[] = []
  parser.parse(expr).iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`cannot be parsed at "${expr.slice(from, from + 20)}": ${expr}`)
      if (type.name === 'NumberDurationLiteralInDurationContext') places.push({ from, to })
    },
  })
  return places
}

function scaleDuration(text: string, factor: number): string {
  const ms = durationMs(text) / factor
  if (!Number.isInteger(ms) || ms < 1) throw new Error(`${text} cannot be divided by ${factor}`)
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

/** Milliseconds of a duration as Prometheus writes it: `90s`, `1h30m`. Throws where it is none. */
export function durationMs(text: string): number {
  if (!/^(\d+(ms|[smhdwy]))+$/.test(text)) throw new Error(`"${text}" is no duration`)
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count = '', unit = '']) => sum + Number(count) * (unitsMs[unit] ?? NaN),
    0,
  )
}
