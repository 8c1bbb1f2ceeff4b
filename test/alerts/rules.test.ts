import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stringify } from 'yaml'

import { alertsOf, readYaml, root, type RuleCase, type Rules, rulesFile } from '../support/promql/rules.ts'
import { findPrometheus, type Ran, run } from '../support/prometheus.ts'

const rules = readYaml(rulesFile) as Rules
const casesFile = 'test/alerts/rules.test.yaml'
const cases = readYaml(casesFile) as {
  readonly rule_files: readonly string[]
  readonly tests: readonly RuleCase[]
}

let promtool = ''
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-alerts-'))
  const found = await findPrometheus(process.env)
  if (found.type === 'missing') throw new Error(found.why)
  promtool = found.promtool
})

afterAll(async () => rm(folder, { recursive: true, force: true }))

/** Runs the cases against rules that were changed. */
async function runCases(changed: Rules, name: string): Promise<Ran> {
  await writeFile(path.join(folder, `${name}.yaml`), stringify(changed))
  await writeFile(
    path.join(folder, `${name}.test.yaml`),
    stringify({ ...cases, rule_files: [`${name}.yaml`] }),
  )
  return run(promtool, ['test', 'rules', `${name}.test.yaml`], folder)
}

/** The rules with the expression of each alert replaced. */
function withExpressions(change: (expr: string) => string): Rules {
  return {
    groups: rules.groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ('alert' in rule ? { ...rule, expr: change(rule.expr) } : rule)),
    })),
  }
}

/** The names of the cases that failed. */
function failedIn({ text }: Ran): readonly string[] {
  return [...new Set([...text.matchAll(/^\s+name: (.+?),?$/gm)].map(([, name = '']) => name))].sort()
}

const namesOf = (tests: readonly RuleCase[]): readonly string[] => tests.map(({ name }) => name).sort()
const fires = ({ alert_rule_test: checks = [] }: RuleCase): boolean =>
  checks.some(({ exp_alerts: expected }) => expected.length > 0)
const isOfAlerts = ({ alert_rule_test: checks }: RuleCase): boolean => checks !== undefined

describe('Prometheus', () => {
  it('takes the rules', async () => {
    const { ok, text } = await run(promtool, ['check', 'rules', path.join(root, rulesFile)])
    expect({ ok, text }).toEqual({ ok: true, text: expect.stringContaining('SUCCESS') })
  })

  it('fires each alert in its cases, with its texts, and not in those close to them', async () => {
    const { ok, text } = await run(promtool, ['test', 'rules', path.join(root, casesFile)])
    expect({ ok, text }).toEqual({ ok: true, text: expect.stringContaining('SUCCESS') })
  })
})

describe('the cases', () => {
  it('notice an alert that never fires', async () => {
    const result = await runCases(
      withExpressions((expr) => `(${expr}) and on () (vector(1) == 0)`),
      'never',
    )
    expect(result.ok).toBe(false)
    expect(failedIn(result)).toEqual(expect.arrayContaining([...namesOf(cases.tests.filter(fires))]))
  })

  it('notice an alert that fires whatever happens', async () => {
    const result = await runCases(
      withExpressions((expr) => `(${expr}) or vector(1)`),
      'always',
    )
    expect(result.ok).toBe(false)
    expect(failedIn(result)).toEqual(
      expect.arrayContaining([...namesOf(cases.tests.filter((one) => isOfAlerts(one) && !fires(one)))]),
    )
  })

  it('are about every alert', () => {
    const named = cases.tests.flatMap(({ alert_rule_test: checks = [] }) =>
      checks.map((one) => one.alertname),
    )
    expect([...new Set(named)].sort()).toEqual([...new Set(alertsOf(rules).map(({ alert }) => alert))].sort())
  })
})
