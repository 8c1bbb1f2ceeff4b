import { describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { checkExpression } from '../../support/promql/check-expression.ts'
import { knownMetrics } from '../../support/promql/known-metrics.ts'
import {
  type AlertRule,
  alertsOf,
  pageOf,
  problemsOf,
  readYaml,
  root,
  type RuleCase,
  type Rules,
  rulesFile,
  withRecorded,
} from '../../support/promql/rules.ts'

const rules = readYaml(rulesFile) as Rules
const { tests } = readYaml('test/alerts/rules.test.yaml') as { readonly tests: readonly RuleCase[] }
const alerts = alertsOf(rules)
const names = [...new Set(alerts.map(({ alert }) => alert))].sort()
const { known, problems: recordingProblems } = withRecorded(rules, await knownMetrics())

describe('the alerts', () => {
  it('are there', () => {
    expect(names.length).toBeGreaterThan(15)
    expect(names.filter((name) => !name.startsWith('ZendeskActivation'))).toEqual([])
  })

  it('stand on recording rules over metrics that exist', () => {
    expect(recordingProblems).toEqual([])
  })

  it.each(alerts.map((alert) => [`${alert.alert} (${alert.labels['severity'] ?? ''})`, alert] as const))(
    '%s reads metrics, labels and values that exist, and says what to do',
    (_name, alert) => {
      expect(problemsOf(alert, known)).toEqual([])
    },
  )

  it('have a page each, and each page has an alert', () => {
    const pages = readdirSync(path.join(root, 'docs/runbooks')).map((file) => `docs/runbooks/${file}`)
    expect(pages.sort()).toEqual(names.map(pageOf).sort())
  })

  it('have a case in which they fire and one in which they do not, by severity', () => {
    const cases = tests.flatMap(({ alert_rule_test: cases = [] }) => cases)
    const firing = cases.flatMap(({ alertname, exp_alerts: expected }) =>
      expected.map(({ exp_labels: labels }) => `${alertname} ${labels['severity'] ?? ''}`),
    )
    const quiet = cases
      .filter(({ exp_alerts: expected }) => expected.length === 0)
      .map((one) => one.alertname)
    const all = alerts.map(({ alert, labels }) => `${alert} ${labels['severity'] ?? ''}`)
    expect([...new Set(firing)].sort()).toEqual(all.sort())
    expect([...new Set(quiet)].sort()).toEqual(names)
  })
})

describe('a page', () => {
  const headings = [
    'Meaning',
    'What users see',
    'First look',
    'Causes',
    'What to do',
    'What not to do',
    'When it ends by itself',
  ]

  it.each(names.map((name) => [pageOf(name), name]))(
    '%s says everything that a person on call asks',
    (file, name) => {
      const text = readFileSync(path.join(root, file), 'utf8')
      expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(headings)
      expect(text.split('\n')[0]).toBe(`# ${name}`)
    },
  )

  it.each(names.map(pageOf))('%s asks Prometheus for what exists', (file) => {
    const text = readFileSync(path.join(root, file), 'utf8')
    const queries = [...text.matchAll(/```promql\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
      block.trim().split('\n'),
    )
    expect(queries.length).toBeGreaterThan(0)
    expect(queries.flatMap((query) => checkExpression(query, known).problems)).toEqual([])
  })

  it.each(names.map(pageOf))('%s names metrics, options and files that exist', (file) => {
    const text = readFileSync(path.join(root, file), 'utf8')
    const metrics = [...text.matchAll(/zendesk_activation[\w:]+/g)].map(([name]) => name)
    expect(metrics.filter((name) => !known.has(name) && !known.has(`${name}_count`))).toEqual([])
    const reference = readFileSync(path.join(root, 'config/reference.yaml'), 'utf8')
    const options = [
      ...text.matchAll(
        /`(?:kafka|topics|schemaRegistry|inputs|zendesk|deliver|state|http|health)\.([\w.]+)`/g,
      ),
    ].map(([, option = '']) => option.split('.').at(-1) ?? '')
    expect(options.filter((option) => !reference.includes(`${option}:`))).toEqual([])
  })
})

describe('the check', () => {
  const good: AlertRule = {
    alert: 'ZendeskActivationTokenRefused',
    expr: 'min by (namespace, job) (zendesk_activation_authorised) == 0',
    labels: { severity: 'critical' },
    annotations: {
      summary: 'Refused',
      description: '{{ $value }} in {{ $labels.job }}',
      runbook_url: 'docs/runbooks/token-refused.md',
    },
  }

  it('takes a good alert', () => {
    expect(problemsOf(good, known)).toEqual([])
  })

  it.each([
    ['a metric that nobody exports', 'zendesk_activation_authorized == 0', 'nobody exports'],
    [
      'a histogram without its suffix',
      'rate(zendesk_activation_freshness_seconds[5m]) > 1',
      'nobody exports',
    ],
    ['a label that the metric lacks', 'zendesk_activation_authorised{class="exit"} == 0', 'no label "class"'],
    [
      'a value that is never there',
      'zendesk_activation_dirty_contacts{class="exits"} > 0',
      'no value "exits"',
    ],
    [
      'one value of several that is never there',
      'zendesk_activation_dirty_contacts{class=~"exit|entries"} > 0',
      'no value "entries"',
    ],
    ['a bucket that is none', 'zendesk_activation_freshness_seconds_bucket{le="61"} > 0', 'no value "61"'],
    [
      'a label to group by',
      'sum by (stage) (zendesk_activation_dirty_contacts) > 0',
      'no "stage" to group by',
    ],
    [
      'a label that an inner sum took away',
      'sum by (class) (sum by (job) (zendesk_activation_dirty_contacts)) > 0',
      'no "class" to group by',
    ],
    [
      'sides that never meet',
      'sum by (job) (zendesk_activation_tasks) > 0 and sum by (job, class) (zendesk_activation_dirty_contacts) > 0',
      'different labels',
    ],
    [
      'a label to match on',
      'zendesk_activation_ready unless on (stage) zendesk_activation_tasks',
      'no "stage" on both sides',
    ],
    ['a quantile of no buckets', 'histogram_quantile(0.9, zendesk_activation_authorised) > 1', 'no "le"'],
    ['no PromQL', 'sum(zendesk_activation_authorised) >', 'cannot be parsed'],
  ])('refuses %s', (_name, expr, problem) => {
    expect(problemsOf({ ...good, expr }, known).join('\n')).toContain(problem)
  })

  it.each([
    ['another severity', { labels: { severity: 'page' } }, 'severity'],
    ['no value in the text', { annotations: { ...good.annotations, description: 'bad' } }, 'says no value'],
    [
      'a label in the text that it lacks',
      { annotations: { ...good.annotations, summary: '{{ $labels.instance }}' } },
      'names the label "instance"',
    ],
    [
      "another alert's page",
      { annotations: { ...good.annotations, runbook_url: pageOf('X') } },
      'runbook_url',
    ],
  ])('refuses %s', (_name, change, problem) => {
    expect(problemsOf({ ...good, ...change }, known).join('\n')).toContain(problem)
  })
})
