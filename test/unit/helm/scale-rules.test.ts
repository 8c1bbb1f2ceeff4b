import { describe, expect, it } from '@jest/globals'

import { alertsOf, readYaml, type Rules, rulesFile } from '../../support/promql/rules.ts'
import { durationMs, durationsMsOf, scaleExpression, scaleRules } from '../../support/promql/scale-rules.ts'

const rules = readYaml(rulesFile) as Rules
const factor = 60
const expressionsOf = ({ groups }: Rules): readonly string[] =>
  groups.flatMap((group) => group.rules.map(({ expr }) => expr))

describe('a scaled expression', () => {
  it.each([
    ['a range', 'increase(x[10m]) > 5', 'increase(x[10s]) > 5'],
    ['a range and an offset', 'rate(x[5m] offset 6h)', 'rate(x[5s] offset 360s)'],
    ['a subquery', 'max_over_time(rate(x[5m])[1h:1m])', 'max_over_time(rate(x[5s])[60s:1s])'],
    ['a duration of two units', 'last_over_time(x[1h30m])', 'last_over_time(x[90s])'],
    ['no whole seconds', 'rate(x[90s])', 'rate(x[1500ms])'],
    ['several', 'rate(x[1m]) / rate(y[2m])', 'rate(x[1s]) / rate(y[2s])'],
  ])('has its durations divided: %s', (_what, expr, scaled) => {
    expect(scaleExpression(expr, factor)).toBe(scaled)
  })

  it.each([
    ['a threshold in seconds', 'x > 86400'],
    ['a duration in a name', 'x:ratio_rate5m > 0.01'],
    ['a duration in a matcher', 'x{le=~"60(\\\\.0)?", window="[5m]"}'],
    ['a duration in a comment', 'x > 1 # for [5m]'],
    ['a time', 'x @ 60'],
  ])('keeps %s', (_what, expr) => {
    expect(scaleExpression(expr, factor)).toBe(expr)
  })

  it('cannot be had of what is no PromQL, or would need parts of a millisecond', () => {
    expect(() => scaleExpression('rate(x[5m]', factor)).toThrow('cannot be parsed')
    expect(() => scaleExpression('rate(x[1s])', factor)).toThrow('1s cannot be divided by 60')
    expect(() => durationMs('5')).toThrow('"5" is no duration')
  })
})

describe('the scaled rules', () => {
  const scaled = scaleRules(rules, factor)
  /** An expression with a blank in the place of each duration. */
  const without = (expr: string): string => expr.replaceAll(/\[[0-9a-z]+\]|offset [0-9a-z]+/g, '_')

  it('are the rules but for their durations, each of which is divided', () => {
    expect(expressionsOf(scaled).map(without)).toEqual(expressionsOf(rules).map(without))
    const durations = expressionsOf(rules).map(durationsMsOf)
    expect(durations.flat().length).toBeGreaterThan(60)
    expect(expressionsOf(scaled).map(durationsMsOf)).toEqual(
      durations.map((list) => list.map((ms) => ms / factor)),
    )
  })

  it('wait as much shorter, and are the same otherwise', () => {
    const waits = alertsOf(rules).map((rule) => (rule.for === undefined ? null : durationMs(rule.for)))
    expect(waits.filter((ms) => ms !== null).length).toBeGreaterThan(15)
    expect(
      alertsOf(scaled).map((rule) => (rule.for === undefined ? null : durationMs(rule.for) * factor)),
    ).toEqual(waits)
    const others = (from: Rules) => alertsOf(from).map((rule) => ({ ...rule, expr: '', for: '' }))
    expect(others(scaled)).toEqual(others(rules))
  })

  it('are the rules again where time is not scaled', () => {
    expect(scaleRules(rules, 1).groups.length).toBe(rules.groups.length)
    expect(expressionsOf(scaleRules(rules, 1)).map(durationsMsOf)).toEqual(
      expressionsOf(rules).map(durationsMsOf),
    )
  })
})
