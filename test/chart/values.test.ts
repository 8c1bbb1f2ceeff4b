import { describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'

import { withChart } from './chart-copy.ts'
import { chartFolder, examples, refusal, render } from './helm.ts'
import { jobsOf, workloadsOf } from './manifests.ts'
import { breaches } from './policy.ts'

describe('values that cannot work', () => {
  it('are the default ones alone, and all that is missing is named at once', () => {
    const said = refusal({})
    for (const missing of [
      'image.repository is missing',
      'secrets.zendesk.existingSecret is missing',
      'config.kafka.brokers is missing',
      'config.schemaRegistry.url is missing',
      'config.mapping is missing',
    ]) {
      expect(said).toContain(missing)
    }
  })

  it.each([
    [{ config: { zendesk: { tokenFile: '/token' } } }, 'config.zendesk.tokenFile is set by the chart'],
    [
      { config: { kafka: { sasl: { passwordFile: 'x' } } } },
      'config.kafka.sasl.passwordFile is set by the chart',
    ],
    [{ config: { kafka: { sasl: { tokenFile: 'x' } } } }, 'config.kafka.sasl.tokenFile is set by the chart'],
    [{ config: { state: { directory: '/x' } } }, 'config.state.directory is set by the chart'],
    [{ config: { http: { host: '127.0.0.1' } } }, 'config.http.host lets nobody'],
    [{ config: { http: { port: 0 } } }, 'config.http.port must be a fixed port'],
    [{ config: { kafka: { sasl: { mechanism: 'plain' } } } }, 'secrets.kafkaSasl.existingSecret is missing'],
    [{ secrets: { kafkaSasl: { existingSecret: 'x' } } }, 'config.kafka.sasl.mechanism is missing'],
    [{ secrets: { kafkaTls: { existingSecret: 'x' } } }, 'config.kafka.tls.enabled must be true'],
    [{ terminationGracePeriodSeconds: 10 }, 'terminationGracePeriodSeconds must be more than'],
    [
      { terminationGracePeriodSeconds: 60, config: { shutdownTimeoutMs: 60_000 } },
      'terminationGracePeriodSeconds must be more than config.shutdownTimeoutMs (60000 ms)',
    ],
    [{ persistence: { enabled: true }, config: { state: { store: 'memory' } } }, 'exclude each other'],
    [{ serviceMonitor: { enabled: true }, podMonitor: { enabled: true } }, 'scraped twice'],
    [{ keda: { enabled: true } }, 'keda.enabled needs split.enabled'],
    [{ keda: { minReplicas: 5 } }, 'keda.minReplicas is more than keda.maxReplicas'],
    [{ replay: { enabled: true, topic: 'contacts' } }, 'replay.id is missing'],
    [{ replay: { enabled: true, id: 'one' } }, 'replay.topic is missing'],
    [{ replay: { enabled: true, id: 'one', topic: 'profiles', force: true } }, 'replay.force goes with'],
    [{ replay: { enabled: true, id: 'one', topic: 'profiles', audience: 'x' } }, 'replay.audience goes with'],
    [
      {
        config: { audiences: [{ namespace: 'ups', segmentId: '1', mappingId: 'VIP' }] },
        replay: { enabled: true, id: 'one', topic: 'contacts', audience: 'vip' },
      },
      'replay.audience "vip" is the mappingId of none',
    ],
  ])('are refused in words: %j', (values, words) => {
    expect(refusal({ example: 'minimal', values })).toContain(words)
  })

  it('are refused where KEDA could not log in', () => {
    expect(refusal({ example: 'split', values: { keda: { authenticationRef: '' } } })).toContain(
      'keda.authenticationRef is missing',
    )
  })

  it.each([
    [{ config: { kafka: { brokers: ['a:9092', 'b:9094'] } } }, 'egress.kafka.ports lacks 9094'],
    [
      { config: { schemaRegistry: { url: 'http://registry:8085/apis' } } },
      'egress.schemaRegistry.ports lacks 8085',
    ],
    [
      {
        config: { schemaRegistry: { url: 'https://registry.example.com' } },
        networkPolicy: { egress: { schemaRegistry: { ports: [8081] } } },
      },
      'egress.schemaRegistry.ports lacks 443',
    ],
  ])('are refused where the network policy would only let it time out: %j', (values, words) => {
    expect(refusal({ example: 'persistent', values })).toContain(words)
    const open = { ...values, networkPolicy: { enabled: false } }
    expect(refusal({ example: 'persistent', values: open })).toBe('')
  })

  it.each([
    [{ replicaCount: 2 }, 'replicaCount'],
    [{ persistence: { enable: true } }, 'enable'],
    [{ probes: { liveness: { path: '/' } } }, 'path'],
    [{ split: { deliver: { keda: true } } }, 'keda'],
    [{ secrets: { zendesk: { token: 'abc' } } }, 'token'],
    [{ podSecurityContext: { runAsNonRoot: false } }, 'runAsNonRoot'],
    [{ securityContext: { privileged: true } }, 'securityContext'],
    [{ replay: { since: 'beginning' } }, 'since'],
    [{ topicsJob: { create: true } }, 'create'],
    [{ checkJob: { hook: 'pre-install' } }, 'hook'],
  ])('are refused by the name that the chart does not know: %j', (values, name) => {
    expect(refusal({ example: 'minimal', values })).toMatch(new RegExp(`'?${name}'?.*not allowed`))
  })

  it.each([
    [{ podSecurityContext: { runAsUser: 0 } }, 'podSecurityContext'],
    [{ env: { SELL_TOKEN: 'abc' } }, 'SELL_TOKEN'],
    [{ env: { REGISTRY: { valueFrom: {} } } }, 'REGISTRY'],
    [{ replicas: '2' }, 'replicas'],
    [{ image: { tag: 'a b' } }, 'tag'],
    [{ networkPolicy: { egress: { kafka: { ports: [70_000] } } } }, 'ports'],
    [{ persistence: { size: 'big' } }, 'size'],
    [{ keda: { minReplicas: 0 } }, 'minReplicas'],
    [{ replay: { id: 'A b' } }, 'id'],
    [{ replay: { id: 'a'.repeat(21) } }, 'id'],
    [{ replay: { topic: 'ledger' } }, 'topic'],
    [{ replay: { from: '1200' } }, 'from'],
    [{ replay: { rate: 0 } }, 'rate'],
  ])('are refused by their place where they are out of range: %j', (values, place) => {
    expect(refusal({ example: 'minimal', values })).toContain(place)
  })
})

describe('the examples in the documents', () => {
  const root = path.join(chartFolder, '../..')
  const blocks = ['helm/zendesk-activation/README.md', 'docs/kubernetes.md'].flatMap((document) =>
    [...readFileSync(path.join(root, document), 'utf8').matchAll(/^( *)```yaml\n(.*?)^ *```$/gms)].map(
      ([, indent = '', block = '']) => ({
        document,
        block: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      }),
    ),
  )

  it('are there', () => {
    expect(blocks.length).toBeGreaterThan(2)
  })

  it('install by themselves in the README of the chart', () => {
    const [first] = blocks
    const manifests = render({ values: parse(first?.block ?? '') as Readonly<Record<string, unknown>> })
    expect(manifests).toEqual(render({ example: 'minimal' }))
  })

  it.each(blocks)('of $document are values that the chart takes: $block', ({ block }) => {
    const values = parse(block) as Readonly<Record<string, unknown>>
    expect(breaches(render({ example: 'minimal', values }))).toEqual([])
  })
})

describe('terminationGracePeriodSeconds', () => {
  it.each([
    [{}, 30],
    [{ config: { shutdownTimeoutMs: 45_001 } }, 66],
    [{ terminationGracePeriodSeconds: 300 }, 300],
  ])('with %j is %d', (values, seconds) => {
    const [workload] = workloadsOf(render({ example: 'minimal', values }))
    expect(workload?.spec.template.spec.terminationGracePeriodSeconds).toBe(seconds)
  })
})

describe('the notes after an installation', () => {
  const template = readFileSync(path.join(chartFolder, 'templates/NOTES.txt'), 'utf8')
  const wrapped = {
    'templates/notes.yaml': `{{- define "notes" -}}
${template}
{{- end -}}
apiVersion: v1
kind: ConfigMap
metadata: { name: notes }
data: { notes: {{ include "notes" . | quote }} }
`,
  }

  it.each(examples)('name commands for objects that there are, with the values of %s', (example) => {
    const manifests = withChart(wrapped, (chart) => render({ example, chart }))
    const text = manifests.find(({ metadata }) => metadata.name === 'notes')?.data?.['notes'] ?? ''
    const replays = jobsOf(manifests).filter(({ metadata }) => metadata.annotations === undefined)
    const numbers = ['1. ', '2. ', '3. ', ...replays.map(() => '4. ')]
    expect(text.match(/^\d\. /gm)).toEqual(numbers)
    expect(text).not.toContain('<no value>')
    const commands = text.split('\n').filter((line) => line.startsWith('   kubectl --namespace crm '))
    const workloads = [...workloadsOf(manifests), ...replays].map(
      ({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`,
    )
    expect(commands).toHaveLength(workloads.length + 2)
    const named = commands.flatMap(
      (command) => command.match(/(?:deployment|statefulset|job)\/[-\w]+/g) ?? [],
    )
    expect(new Set(named)).toEqual(new Set(workloads))
  })
})
