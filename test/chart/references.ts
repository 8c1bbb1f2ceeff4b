import {
  containersOf,
  type Job,
  jobsOf,
  type Manifest,
  ofKind,
  podMakersOf,
  type StringMap,
  type Workload,
  workloadsOf,
} from './manifests.ts'

/** Names and selectors in `manifests` that lead nowhere: Kubernetes accepts them, and nothing works. None when all do. */
export function danglingReferences(manifests: readonly Manifest[]): readonly string[] {
  const workloads = workloadsOf(manifests)
  return [
    ...podMakersOf(manifests).flatMap((maker) => [...badMounts(maker), ...badNames(maker, manifests)]),
    ...workloads.flatMap(({ metadata, spec }) => [
      ...selecting(`${metadata.name} itself`, spec.selector.matchLabels, [podLabels(spec)]),
      ...(spec.template.spec.topologySpreadConstraints ?? []).flatMap(({ labelSelector }) =>
        selecting(`a spread constraint of ${metadata.name}`, labelSelector?.matchLabels, [podLabels(spec)]),
      ),
    ]),
    ...overlapping(workloads, podMakersOf(manifests)),
    ...unfenced(manifests),
    ...manifests.flatMap((manifest) => badSelector(manifest, manifests)),
  ]
}

function podLabels({ template }: (Workload | Job)['spec']): StringMap {
  return template.metadata?.labels ?? {}
}

/** Every volume is mounted, and every mount has its volume. */
function badMounts({ metadata, spec }: Workload | Job): readonly string[] {
  const volumes = [
    ...(spec.template.spec.volumes ?? []).map(({ name }) => name),
    ...claimsOf(spec).map((claim) => claim.metadata.name),
  ]
  const mounts = containersOf(spec.template).flatMap(({ volumeMounts = [] }) =>
    volumeMounts.map(({ name }) => name),
  )
  return [
    ...mounts
      .filter((name) => !volumes.includes(name))
      .map((name) => `${metadata.name} mounts no volume: ${name}`),
    ...volumes
      .filter((name) => !mounts.includes(name))
      .map((name) => `${metadata.name} does not mount ${name}`),
  ]
}

function claimsOf(spec: (Workload | Job)['spec']): NonNullable<Workload['spec']['volumeClaimTemplates']> {
  return (spec as Workload['spec']).volumeClaimTemplates ?? []
}

function badNames({ metadata, spec }: Workload | Job, manifests: readonly Manifest[]): readonly string[] {
  const has = (kind: string, name: unknown): boolean =>
    ofKind(manifests, kind).some((one) => one.metadata.name === name)
  const { serviceAccountName, volumes = [] } = spec.template.spec
  return [
    ...(serviceAccountName === 'default' || has('ServiceAccount', serviceAccountName)
      ? []
      : [`${metadata.name} has no ServiceAccount ${String(serviceAccountName)}`]),
    ...('serviceName' in spec && !has('Service', spec['serviceName'])
      ? [`${metadata.name} has no Service`]
      : []),
    ...volumes.flatMap(({ configMap }) =>
      configMap === undefined || has('ConfigMap', configMap.name)
        ? []
        : [`there is no ConfigMap ${configMap.name}`],
    ),
  ]
}

/** A workload that selects another's pods, or a Job's, fights for them. */
function overlapping(workloads: readonly Workload[], makers: readonly (Workload | Job)[]): readonly string[] {
  return workloads.flatMap((one) =>
    makers
      .filter((other) => other !== one && matches(one.spec.selector.matchLabels, podLabels(other.spec)))
      .map((other) => `${one.metadata.name} selects the pods of ${other.metadata.name}`),
  )
}

/** A network policy is for every pod, those of Jobs too. */
function unfenced(manifests: readonly Manifest[]): readonly string[] {
  return ofKind(manifests, 'NetworkPolicy').flatMap(({ spec = {} }) => {
    const { matchLabels = {} } = spec['podSelector'] as { readonly matchLabels?: StringMap }
    return jobsOf(manifests)
      .filter((job) => !matches(matchLabels, podLabels(job.spec)))
      .map((job) => `Job ${job.metadata.name} is outside of the network policy`)
  })
}

function badSelector(manifest: Manifest, manifests: readonly Manifest[]): readonly string[] {
  const { kind, metadata, spec = {} } = manifest
  const pods = workloadsOf(manifests).map((workload) => podLabels(workload.spec))
  const labelsOf = (of: string): readonly StringMap[] =>
    ofKind(manifests, of).map((one) => one.metadata.labels ?? {})
  const selector = (spec['selector'] ?? spec['podSelector']) as
    { readonly matchLabels?: StringMap } | undefined
  switch (kind) {
    case 'Service':
      return selecting(`Service ${metadata.name}`, spec['selector'] as StringMap, pods)
    case 'PodDisruptionBudget':
    case 'NetworkPolicy':
    case 'PodMonitor':
      return selecting(`${kind} ${metadata.name}`, selector?.matchLabels, pods)
    case 'ServiceMonitor':
      return selecting(`${kind} ${metadata.name}`, selector?.matchLabels, labelsOf('Service'))
    case 'ScaledObject': {
      const target = spec['scaleTargetRef'] as { readonly kind: string; readonly name: string }
      const found = workloadsOf(manifests).find(
        (workload) => workload.kind === target.kind && workload.metadata.name === target.name,
      )
      return [
        ...(found === undefined ? [`ScaledObject ${metadata.name} scales nothing`] : []),
        ...(found?.spec.replicas === undefined ? [] : [`${target.name} has two masters of its replicas`]),
      ]
    }
    default:
      return []
  }
}

function selecting(
  who: string,
  labels: StringMap | undefined,
  candidates: readonly StringMap[],
): readonly string[] {
  if (labels === undefined || Object.keys(labels).length === 0) return [`${who} selects by nothing`]
  return candidates.some((candidate) => matches(labels, candidate)) ? [] : [`${who} selects nothing`]
}

function matches(selector: StringMap, labels: StringMap): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}
