import { beforeAll, describe, expect, it } from '@jest/globals'

import { examples, render } from './helm.ts'
import { type Manifest, podMakersOf, workloadsOf } from './manifests.ts'
import { breaches } from './policy.ts'
import { danglingReferences } from './references.ts'
import { leavesOf, remove, worsenings } from './worsen.ts'
import { subjectsOf } from './worsening.ts'

/** Of these a pod may do without: they depend on the cluster, and the rest holds without them. */
const optional = new Set(['runAsUser', 'runAsGroup', 'fsGroup', 'fsGroupChangePolicy'])

const probes = ['startupProbe', 'livenessProbe', 'readinessProbe']

/** What takes care of a property by being there at all. */
function protections(manifests: readonly Manifest[]): readonly (readonly string[])[] {
  return manifests.flatMap((manifest, index) => {
    const template = ['spec', 'template', 'spec']
    const container = [...template, 'containers', '0']
    return podMakersOf([manifest]).flatMap(({ kind, spec }) =>
      [
        ...leavesOf(spec.template.spec.securityContext, [...template, 'securityContext']),
        ...['securityContext', 'resources', ...(kind === 'Job' ? [] : probes)].flatMap((part) =>
          leavesOf(Reflect.get(spec.template.spec.containers[0] ?? {}, part), [...container, part]),
        ),
        [...template, 'automountServiceAccountToken'],
        ...(kind === 'Job'
          ? [
              [...template, 'restartPolicy'],
              ['spec', 'backoffLimit'],
            ]
          : [['spec', 'template', 'metadata', 'annotations', 'checksum/config']]),
      ]
        .filter((path) => !optional.has(path.at(-1) ?? ''))
        .map((path) => [String(index), ...path]),
    )
  })
}

describe.each(examples)('the chart with the values of %s', (example) => {
  let manifests: readonly Manifest[]
  beforeAll(() => {
    manifests = render({ example })
  })

  it('keeps its promises, and every name in it leads somewhere', () => {
    expect(workloadsOf(manifests).length).toBeGreaterThan(0)
    expect(breaches(manifests)).toEqual([])
    expect(danglingReferences(manifests)).toEqual([])
  })

  it('would be caught without any one of its protections', () => {
    const paths = protections(manifests)
    const missed = paths.filter((path) => {
      const worse = structuredClone(manifests)
      remove(worse, path)
      return breaches(worse).length === 0
    })
    expect(paths.length).toBeGreaterThan(25)
    expect(missed.map((path) => path.join('.'))).toEqual([])
  })

  it.each(worsenings)('would be caught with $what', (worsening) => {
    for (const index of subjectsOf(worsening, manifests).keys()) {
      const worse = structuredClone(manifests)
      const maker = subjectsOf(worsening, worse)[index]
      if (maker !== undefined) worsening.apply(maker, worse)
      expect(breaches(worse).join('\n')).toMatch(worsening.reported)
    }
  })
})

describe('names that lead nowhere', () => {
  const change = (example: string, kind: string, spec: Record<string, unknown>): readonly string[] =>
    danglingReferences(
      render({ example }).map((one) =>
        one.kind === kind ? { ...one, spec: { ...one.spec, ...spec } } : one,
      ),
    )

  it('are reported for whatever selects or names something', () => {
    const nothing = { matchLabels: { app: 'other' } }
    expect(change('minimal', 'Service', { selector: { app: 'other' } })).toHaveLength(1)
    expect(change('minimal', 'PodDisruptionBudget', { selector: nothing })).toHaveLength(1)
    expect(change('persistent', 'NetworkPolicy', { podSelector: nothing })).toEqual([
      expect.stringMatching(/^Job activation-.*-replay-first-.* is outside of the network policy$/),
      'NetworkPolicy activation-zendesk-activation selects nothing',
    ])
    expect(change('persistent', 'ServiceMonitor', { selector: nothing })).toHaveLength(1)
    expect(change('persistent', 'StatefulSet', { serviceName: 'other' })).toHaveLength(1)
    expect(change('persistent', 'StatefulSet', { volumeClaimTemplates: [] })).toHaveLength(1)
    expect(change('split', 'PodMonitor', { selector: nothing })).toHaveLength(1)
    expect(
      change('split', 'ScaledObject', { scaleTargetRef: { kind: 'Deployment', name: 'x' } }),
    ).toHaveLength(1)
    expect(change('split', 'StatefulSet', { replicas: 2 })).toEqual([
      'activation-zendesk-activation-assemble has two masters of its replicas',
    ])
  })

  it('are reported for workloads that select the same pods', () => {
    const manifests = render({ example: 'split' }).map((one) => structuredClone(one))
    for (const { spec } of workloadsOf(manifests)) {
      Reflect.deleteProperty(spec.selector.matchLabels, 'app.kubernetes.io/component')
    }
    // Each those of the other, and those of three Jobs.
    expect(danglingReferences(manifests)).toHaveLength(8)
  })
})
