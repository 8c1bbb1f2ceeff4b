import type { Rules } from '../../support/promql/rules.ts'
import { alertsOf } from '../../support/promql/rules.ts'
import { alertKey } from './answers.ts'

/** What became of one alert whose cause was injected. */
export interface Shown {
  readonly key: string
  readonly cause: string
  /** From the cause to the alert; `null` where it did not fire. */
  readonly firedAfterMs: number | null
  /** From the end of the cause to that of the alert: `null` where it did not end, absent where nobody waited for that. */
  readonly endedAfterMs?: number | null
  /** What its description said, as Prometheus rendered it. */
  readonly said: string
  /** What was wrong with it otherwise. */
  readonly problems: readonly string[]
}

/** {@link alertKey} of each alert in the rules, in their order. */
export function keysOf(rules: Rules): readonly string[] {
  return alertsOf(rules).map(({ alert, labels }) => alertKey(alert, labels['severity'] ?? ''))
}

/** What speaks against the alerts `expected`, one line each; empty where every one was shown and all is as it should be. */
export function objections(expected: readonly string[], shown: readonly Shown[]): readonly string[] {
  const names = new Set(shown.map(({ key }) => key))
  return [
    ...expected.filter((key) => !names.has(key)).map((key) => `${key} was not shown`),
    ...shown.flatMap(({ key, firedAfterMs, endedAfterMs, problems }) => [
      ...(firedAfterMs === null ? [`${key} did not fire`] : []),
      ...(endedAfterMs === null ? [`${key} did not end`] : []),
      ...problems.map((problem) => `${key}: ${problem}`),
    ]),
    ...[...names].filter((key) => !expected.includes(key)).map((key) => `no rule is ${key}`),
  ]
}
