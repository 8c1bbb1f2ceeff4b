import { beforeAll, describe, expect, it } from '@jest/globals'
import { existsSync } from 'node:fs'
import path from 'node:path'

import { withChart } from './chart-copy.ts'
import { chartFolder, examples, lint, refusal, render } from './helm.ts'
import type { Manifest } from './manifests.ts'
import { createValidate, type Validate } from './schemas.ts'
import { kubernetesVersions } from './tools.mjs'

const newest = kubernetesVersions.at(-1) ?? ''
const files = {
  'files/alerts.yaml': `groups:
  - name: activation
    rules:
      - alert: Down
        expr: up == 0
        for: 5m
        annotations: { summary: '{{ $labels.pod }} is down' }
`,
  'files/dashboard.json': '{ "title": "Activation {{ x }}" }\n',
}
const watched = { prometheusRule: { enabled: true }, dashboard: { enabled: true } }

describe.each(kubernetesVersions)('Kubernetes %s', (version) => {
  let validate: Validate
  beforeAll(() => {
    validate = createValidate(version)
  })

  it.each(examples)('takes what the values of %s render', (example) => {
    const manifests = render({ example })
    expect(manifests.length).toBeGreaterThanOrEqual(3)
    expect(manifests.flatMap((manifest) => validate(manifest))).toEqual([])
  })

  it('takes alerts and dashboard', () => {
    const manifests = withChart(files, (chart) => render({ example: 'minimal', values: watched, chart }))
    expect(manifests.map(({ kind }) => kind)).toContain('PrometheusRule')
    expect(manifests.flatMap((manifest) => validate(manifest))).toEqual([])
  })
})

describe('what Kubernetes would not take', () => {
  let validate: Validate
  beforeAll(() => {
    validate = createValidate(newest)
  })

  /** The first manifest of `kind`, as JSON with `change` made to its text. */
  const changed = (example: string, kind: string, change: (text: string) => string): readonly string[] => {
    const manifest = render({ example }).find((one) => one.kind === kind)
    const text = JSON.stringify(manifest)
    expect(change(text)).not.toBe(text)
    return validate(JSON.parse(change(text)) as Manifest)
  }

  it.each([
    ['Deployment', 'readinessProbe', 'readinesProbe'],
    ['Deployment', 'runAsNonRoot', 'runAsNonroot'],
    ['Deployment', 'terminationGracePeriodSeconds', 'terminationGraceSeconds'],
    ['Deployment', '"annotations"', '"annotation"'],
    ['Service', 'clusterIP', 'clusterIp'],
    ['PodDisruptionBudget', 'maxUnavailable', 'maxUnavailible'],
    ['ServiceAccount', 'automountServiceAccountToken', 'automountToken'],
  ])('is found: in a %s, %s written as %s', (kind, name, typo) => {
    const problems = changed('minimal', kind, (text) => text.replace(name, typo))
    expect(problems.join('\n')).toContain(`must NOT have additional properties (${typo.replaceAll('"', '')})`)
  })

  it.each([
    ['persistent', 'NetworkPolicy', 'policyTypes', 'policyType'],
    ['persistent', 'ServiceMonitor', 'interval', 'intervall'],
    ['persistent', 'ServiceMonitor', '"labels"', '"label"'],
    ['persistent', 'StatefulSet', 'serviceName', 'service'],
    ['persistent', 'StatefulSet', 'storageClassName', 'storageClass'],
    ['split', 'PodMonitor', 'podMetricsEndpoints', 'endpoints'],
    ['split', 'ScaledObject', 'maxReplicaCount', 'maxReplicas'],
  ])('is found with the values of %s: in a %s, %s written as %s', (example, kind, name, typo) => {
    const problems = changed(example, kind, (text) => text.replace(name, typo))
    expect(problems.join('\n')).toContain(`must NOT have additional properties (${typo.replaceAll('"', '')})`)
  })

  it('is found: a value of another type, one that is missing, and a kind that there is not', () => {
    expect(
      changed('minimal', 'Deployment', (text) => text.replace('"replicas":1', '"replicas":"1"')),
    ).toEqual([expect.stringContaining('/spec/replicas must be integer')])
    expect(
      changed('minimal', 'Deployment', (text) => text.replace('"selector":', '"minReadySeconds":1,"x":')),
    ).toEqual(expect.arrayContaining([expect.stringContaining("must have required property 'selector'")]))
    expect(changed('minimal', 'Deployment', (text) => text.replace('apps/v1', 'apps/v1beta1'))).toEqual([
      `apps/v1beta1/Deployment: Kubernetes ${newest} has no such kind`,
    ])
  })
})

describe('helm lint --strict', () => {
  it.each(examples)('finds no fault with the values of %s', (example) => {
    expect(lint({ example })).toBe('')
  })

  it('would find one', () => {
    const broken = { 'templates/broken.yaml': 'kind: {{ .Values.nothing.at.all }}\n' }
    expect(withChart(broken, (chart) => lint({ example: 'minimal', chart }))).toContain('nil pointer')
  })
})

describe('alerts and dashboard', () => {
  it('are rendered as they are: braces in them are not those of the chart', () => {
    const manifests = withChart(files, (chart) => render({ example: 'minimal', values: watched, chart }))
    const rule = manifests.find(({ kind }) => kind === 'PrometheusRule')
    expect(JSON.stringify(rule?.spec)).toContain('{{ $labels.pod }} is down')
    const dashboard = manifests.find(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1')
    expect(JSON.parse(dashboard?.data?.['zendesk-activation.json'] ?? '')).toEqual({
      title: 'Activation {{ x }}',
    })
  })

  const asked = [
    ['prometheusRule', 'files/alerts.yaml'],
    ['dashboard', 'files/dashboard.json'],
  ] as const

  it.each(asked)('of the chart itself are valid, as far as it has them: %s', (value, file) => {
    const rendering = { example: 'minimal', values: { [value]: { enabled: true } } }
    const isThere = existsSync(path.join(chartFolder, file))
    const validate = createValidate(newest)
    const said = isThere ? render(rendering).flatMap((manifest) => validate(manifest)) : [refusal(rendering)]
    expect(said.join('\n')).toMatch(isThere ? /^$/ : new RegExp(`the chart has no ${file}`))
  })

  it.each(asked)('are refused by name where the chart was packaged without: %s', (value, file) => {
    const attempt = (): unknown =>
      withChart({}, (chart) => render({ example: 'minimal', values: { [value]: { enabled: true } }, chart }))
    expect(attempt).toThrow(`${value}.enabled is true, but the chart has no ${file}`)
  })
})
