import { describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import path from 'node:path'

import { checkExpression } from '../../support/promql/check-expression.ts'
import { type KnownMetrics, knownMetrics } from '../../support/promql/known-metrics.ts'
import { readYaml, root, type Rules, rulesFile, withRecorded } from '../../support/promql/rules.ts'

interface Place {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string }
  readonly gridPos: Place
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly targets?: readonly {
    readonly expr: string
    readonly legendFormat: string
    readonly datasource: { readonly uid: string }
  }[]
}

interface Dashboard {
  readonly schemaVersion: number
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] }
  readonly panels: readonly Panel[]
}

const file = 'helm/zendesk-activation/files/dashboard.json'
const dashboard = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Dashboard
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
const exported = await knownMetrics()
const { known } = withRecorded(readYaml(rulesFile) as Rules, exported)

/** What is wrong with the queries of a panel, and with the labels in its legends. */
function problemsOf({ targets = [] }: Panel, metrics: KnownMetrics): readonly string[] {
  return targets.flatMap(({ expr, legendFormat }) => {
    const { problems, labels } = checkExpression(queryOf(expr), metrics)
    const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
    return [
      ...problems,
      ...legend.filter((label) => !labels.has(label)).map((label) => `no "${label}" for the legend`),
      ...(expr.split('job=~"$job"').length - 1 === seriesIn(expr)
        ? []
        : ['not all of it is of the job chosen']),
    ]
  })
}

/** As Prometheus gets it: Grafana puts an interval in the place of its variable. */
function queryOf(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m')
}

/** How many selectors an expression has. */
function seriesIn(expr: string): number {
  return [...expr.matchAll(/(?:zendesk_activation|process|nodejs)_?[\w:]+/g)].length
}

function overlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

describe('the dashboard', () => {
  it.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s asks for what exists',
    (_title, panel) => {
      expect(panel.targets?.length).toBeGreaterThan(0)
      expect(problemsOf(panel, known)).toEqual([])
    },
  )

  it.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s says what it means, in a unit',
    (_title, panel) => {
      expect(panel.description).toMatch(/^.{5,}\.$/)
      expect(panel.fieldConfig?.defaults.unit).toMatch(/\w/)
      const sources = [panel.datasource, ...(panel.targets ?? []).map(({ datasource }) => datasource)]
      expect(sources.filter((source) => source?.uid !== '${datasource}')).toEqual([])
    },
  )

  it('shows every metric of the program but a few that others contain', () => {
    const read = panels
      .flatMap(({ targets = [] }) => targets)
      .flatMap(({ expr }) => [...checkExpression(queryOf(expr), known).series])
    const recorded = (readYaml(rulesFile) as Rules).groups
      .flatMap(({ rules }) => rules)
      .flatMap((rule) => ('record' in rule ? [rule.expr] : []))
    const shown = new Set([...read, ...recorded.flatMap((expr) => [...checkExpression(expr, known).series])])
    const ours = [...exported.keys()]
      .filter((name) => name.startsWith('zendesk_activation_'))
      .map((name) => name.replace(/_(bucket|sum|count)$/, ''))
    const hidden = [...new Set(ours)].filter((name) => !shown.has(name) && !shown.has(`${name}_bucket`))
    // consumer_lag_records is the difference of the two offsets; the others count the way between the stages.
    const others = [
      'committed_offset',
      'contacts_emitted_total',
      'contacts_received_total',
      'exclusions_total',
      'log_end_offset',
    ]
    expect(hidden.sort()).toEqual(others.map((name) => `zendesk_activation_${name}`))
  })

  it('lets the data source and the job be chosen', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job'])
    expect(dashboard.templating.list[1]?.definition).toBe('label_values(zendesk_activation_build_info, job)')
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39)
  })

  it('has rows, and no panel over another or beyond the edge', () => {
    expect(dashboard.panels.filter(({ type }) => type === 'row').length).toBeGreaterThan(4)
    const places = dashboard.panels.map(({ gridPos }) => gridPos)
    expect(places.filter(({ x, w }) => x + w > 24)).toEqual([])
    const pairs = places.flatMap((a, index) => places.slice(index + 1).map((b) => [a, b] as const))
    expect(pairs.filter(([a, b]) => overlap(a, b))).toEqual([])
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  })
})

describe('the check', () => {
  const panel = (expr: string, legendFormat = ''): Panel => ({
    id: 1,
    type: 'timeseries',
    title: 'One',
    gridPos: { x: 0, y: 0, w: 1, h: 1 },
    targets: [{ expr, legendFormat, datasource: { uid: '${datasource}' } }],
  })

  it('takes a good panel', () => {
    const expr = 'sum by (class) (zendesk_activation_dirty_contacts{job=~"$job"})'
    expect(problemsOf(panel(expr, '{{class}}'), known)).toEqual([])
  })

  it.each([
    ['a metric that nobody exports', 'sum(zendesk_activation_dirty{job=~"$job"})', '', 'nobody exports'],
    ['another job', 'sum(zendesk_activation_dirty_contacts)', '', 'of the job chosen'],
    [
      'a legend without its label',
      'sum by (class) (zendesk_activation_dirty_contacts{job=~"$job"})',
      '{{stage}}',
      'for the legend',
    ],
  ])('refuses %s', (_name, expr, legend, problem) => {
    expect(problemsOf(panel(expr, legend), known).join('\n')).toContain(problem)
  })
})
