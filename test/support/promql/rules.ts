import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

import { checkExpression } from './check-expression.ts'
import type { KnownMetrics } from './known-metrics.ts'

/** Where the repository is. */
export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The rules, from the root of the repository. */
export const rulesFile = 'helm/zendesk-activation/files/alerts.yaml'

/** A rule that alerts. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** A rule that records. */
export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

/** A rules file. */
export interface Rules {
  readonly groups: readonly {
    readonly name: string
    readonly rules: readonly (AlertRule | RecordingRule)[]
  }[]
}

/** One group of promtool's unit tests. */
export interface RuleCase {
  readonly name: string
  readonly alert_rule_test?: readonly {
    readonly alertname: string
    readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[]
  }[]
}

/** Reads a YAML file, by its path from the root. */
export function readYaml(file: string): unknown {
  return parse(readFileSync(path.join(root, file), 'utf8'))
}

/** The rules that alert. */
export function alertsOf({ groups }: Rules): readonly AlertRule[] {
  return groups.flatMap(({ rules }) => rules).filter((rule) => 'alert' in rule)
}

/** `known` with what the recording rules add, and what is wrong with those. */
export function withRecorded(
  { groups }: Rules,
  known: KnownMetrics,
): { readonly known: KnownMetrics; readonly problems: readonly string[] } {
  const all = new Map(known)
  const problems: string[] = []
  for (const rule of groups.flatMap(({ rules }) => rules)) {
    if (!('record' in rule)) continue
    const checked = checkExpression(rule.expr, all)
    problems.push(...checked.problems.map((problem) => `${rule.record}: ${problem}`))
    all.set(rule.record, { labels: new Map([...checked.labels].map((label) => [label, null])) })
  }
  return { known: all, problems }
}

/** What is wrong with an alert: its expression, what it lacks, and labels in its texts that its result does not have. */
export function problemsOf(alert: AlertRule, known: KnownMetrics): readonly string[] {
  const { problems, labels } = checkExpression(alert.expr, known)
  const { severity } = alert.labels
  const { summary = '', description = '', runbook_url: runbook = '' } = alert.annotations
  const texts = `${summary} ${description}`
  const unknown = [...texts.matchAll(/\$labels\.(\w+)/g)]
    .map(([, label = '']) => label)
    .filter((label) => !labels.has(label))
  return [
    ...problems,
    ...unknown.map((label) => `its text names the label "${label}", which it does not have`),
    ...(['critical', 'warning'].includes(severity ?? '')
      ? []
      : ['its severity is neither critical nor warning']),
    ...(summary === '' ? ['it has no summary'] : []),
    ...(description.includes('$value') ? [] : ['its description says no value']),
    ...(runbook === pageOf(alert.alert) ? [] : [`its runbook_url is not ${pageOf(alert.alert)}`]),
  ]
}

/** The page of an alert: `docs/runbooks/token-refused.md` for `ZendeskActivationTokenRefused`. */
export function pageOf(alert: string): string {
  const words = alert.replace(/^ZendeskActivation/, '').replaceAll(/(?!^)[A-Z]/g, (letter) => `-${letter}`)
  return `docs/runbooks/${words.toLowerCase()}.md`
}
