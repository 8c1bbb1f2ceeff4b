import { parse } from 'yaml'

import { badJobs } from './job-policy.ts'
import {
  type Container,
  containersOf,
  type Job,
  type Manifest,
  ofKind,
  podMakersOf,
  type Workload,
  workloadsOf,
} from './manifests.ts'
import { badProbes } from './probe-policy.ts'
import { badPrivileges } from './privilege-policy.ts'

const secretsPath = '/etc/zendesk-activation/secrets/'
const secretWord = /token|passw|secret|credential|api_?key/i

/** What the chart promises about everything that it renders, whatever the values: each breach in words, none when it holds. */
export function breaches(manifests: readonly Manifest[]): readonly string[] {
  const workloads = workloadsOf(manifests)
  const everywhere = podMakersOf(manifests).flatMap((maker) => [
    ...badPrivileges(maker.spec.template),
    ...badSecrets(maker),
    ...badVolumes(maker),
    ...badStop(maker, manifests),
  ])
  const staying = workloads.flatMap((workload) => [
    ...badProbes(workload.spec.template),
    ...badRollout(workload),
  ])
  return [
    ...(workloads.length === 0 ? ['there is no workload'] : []),
    ...everywhere,
    ...staying,
    ...badJobs(manifests),
    ...badObjects(manifests),
  ]
}

/** Secrets reach the program as files of whole mounted folders, which follow a rotation, and in no other way. */
function badSecrets({ spec: { template } }: Workload | Job): readonly string[] {
  const { volumes = [], securityContext } = template.spec
  const secrets = volumes.filter(({ secret }) => secret !== undefined)
  const problems = containersOf(template).flatMap((container) => [
    ...secretsInEnvironment(container),
    ...(container.volumeMounts ?? []).flatMap(({ name, subPath, subPathExpr, readOnly, mountPath }) => [
      ...(subPath !== undefined || subPathExpr !== undefined
        ? [`${mountPath} is a subPath: it misses a rotation`]
        : []),
      ...(secrets.some((volume) => volume.name === name) && readOnly !== true
        ? [`${mountPath} can be written`]
        : []),
      ...(secrets.some((volume) => volume.name === name) && !mountPath.startsWith(secretsPath)
        ? [`${mountPath} is no place for a secret`]
        : []),
    ]),
  ])
  const openTo = securityContext?.fsGroup === undefined ? 0o002 : 0o007
  const readable = secrets.flatMap(({ name, secret }) =>
    [secret?.defaultMode ?? 0o644, ...(secret?.items ?? []).flatMap(({ mode }) => mode ?? [])]
      .filter((mode) => (mode & openTo) !== 0)
      .map((mode) => `volume ${name} has the mode ${mode.toString(8)}`),
  )
  return [...problems, ...readable]
}

function secretsInEnvironment({ name, env = [], envFrom = [] }: Container): readonly string[] {
  return [
    ...(envFrom.length > 0 ? [`${name} takes its environment from elsewhere`] : []),
    ...env
      .filter((variable) => variable.valueFrom !== undefined || secretWord.test(variable.name))
      .map((variable) => `${name} has a secret in its environment: ${variable.name}`),
  ]
}

/** No volume of a kind that reaches the node or another pod; what is written on the node has a limit. */
function badVolumes({ spec: { template } }: Workload | Job): readonly string[] {
  return (template.spec.volumes ?? []).flatMap((volume) => {
    const kinds = Object.keys(volume).filter((key) => key !== 'name')
    const strange = kinds.filter((kind) => !['configMap', 'secret', 'emptyDir'].includes(kind))
    return [
      ...strange.map((kind) => `volume ${volume.name} is a ${kind}`),
      ...(volume.emptyDir !== undefined && volume.emptyDir.sizeLimit === undefined
        ? [`volume ${volume.name} has no limit`]
        : []),
    ]
  })
}

/** A pod is not killed while the program still stops in an orderly way. */
function badStop({ spec: { template } }: Workload | Job, manifests: readonly Manifest[]): readonly string[] {
  const graceSeconds = template.spec.terminationGracePeriodSeconds ?? 30
  const configs = configsOf(manifests) as readonly { readonly shutdownTimeoutMs?: number }[]
  const shutdownTimeoutMs = Math.max(...configs.map((config) => config.shutdownTimeoutMs ?? 10_000))
  return graceSeconds * 1000 > shutdownTimeoutMs
    ? []
    : [
        `terminationGracePeriodSeconds ${graceSeconds} is no longer than the program's own ${shutdownTimeoutMs} ms`,
      ]
}

/** A change of the configuration makes new pods, one after the other. */
function badRollout({ spec }: Workload): readonly string[] {
  const checksum = spec.template.metadata?.annotations?.['checksum/config'] ?? ''
  const surge = (spec['strategy'] as { readonly rollingUpdate?: { readonly maxSurge?: number } } | undefined)
    ?.rollingUpdate?.maxSurge
  return [
    ...(/^[0-9a-f]{64}$/.test(checksum) ? [] : ['checksum/config is no checksum']),
    ...(spec['strategy'] !== undefined && surge !== 0 ? ['a rollout makes surplus pods'] : []),
  ]
}

function badObjects(manifests: readonly Manifest[]): readonly string[] {
  const accounts = ofKind(manifests, 'ServiceAccount')
  return [
    ...ofKind(manifests, 'Secret').map(({ metadata }) => `the chart renders the Secret ${metadata.name}`),
    ...accounts
      .filter(({ automountServiceAccountToken }) => automountServiceAccountToken !== false)
      .map(({ metadata }) => `ServiceAccount ${metadata.name} mounts its token`),
    ...configsOf(manifests).flatMap((config) => secretsInConfig(config, [])),
  ]
}

/** The configuration names files of secrets and holds none. */
function secretsInConfig(value: unknown, path: readonly string[]): readonly string[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => secretsInConfig(item, [...path, String(index)]))
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => secretsInConfig(inner, [...path, key]))
  }
  const key = path.at(-1) ?? ''
  if (key.endsWith('File')) {
    return typeof value === 'string' && value.startsWith(secretsPath)
      ? []
      : [`${path.join('.')} is no mounted secret`]
  }
  return secretWord.test(key) ? [`config.yaml holds ${path.join('.')}`] : []
}

/** The configurations of the program, that of the Jobs before an installation too. */
function configsOf(manifests: readonly Manifest[]): readonly object[] {
  return ofKind(manifests, 'ConfigMap').flatMap(({ data }) =>
    data?.['config.yaml'] === undefined ? [] : [parse(data['config.yaml']) as object],
  )
}
