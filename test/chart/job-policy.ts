import { type Job, jobsOf, type Manifest, ofKind } from './manifests.ts'

const hookKey = 'helm.sh/hook'

/** Where a Job would not end, would be in the way of the next one, or needs what is not there yet; none when all is well. */
export function badJobs(manifests: readonly Manifest[]): readonly string[] {
  return jobsOf(manifests).flatMap((job) => {
    const problems = [...badEnd(job), ...(isHook(job) ? badHook(job, manifests) : badName(job))]
    return problems.map((problem) => `Job ${job.metadata.name} ${problem}`)
  })
}

function isHook({ metadata }: Manifest): boolean {
  return metadata.annotations?.[hookKey] !== undefined
}

function weightOf({ metadata }: Manifest): number {
  return Number(metadata.annotations?.['helm.sh/hook-weight'] ?? 0)
}

function badEnd({ spec }: Job): readonly string[] {
  const { containers, restartPolicy = 'Always' } = spec.template.spec
  const probed = containers.some((one) => one.livenessProbe ?? one.readinessProbe ?? one.startupProbe)
  return [
    ...(['Never', 'OnFailure'].includes(restartPolicy) ? [] : [`restarts: ${restartPolicy}`]),
    ...(spec.backoffLimit === undefined ? ['has no bound of attempts'] : []),
    ...(probed ? ['has a probe, and serves no health'] : []),
    ...(containers.some(({ ports = [] }) => ports.length > 0) ? ['has a port, and would be scraped'] : []),
  ]
}

/** Helm runs it alone, before anything else is there: only what is a hook, and comes earlier, exists. */
function badHook(job: Job, manifests: readonly Manifest[]): readonly string[] {
  const { serviceAccountName, volumes = [], restartPolicy } = job.spec.template.spec
  const later = (one: Manifest): boolean =>
    one.metadata.annotations?.[hookKey] !== job.metadata.annotations?.[hookKey] ||
    weightOf(one) >= weightOf(job)
  const mounted = volumes.flatMap(({ configMap }) => configMap?.name ?? [])
  const maps = ofKind(manifests, 'ConfigMap').filter(({ metadata }) => mounted.includes(metadata.name))
  const texts = ofKind(manifests, 'ConfigMap').flatMap(({ data }) => data?.['config.yaml'] ?? [])
  const isOfRelease = ofKind(manifests, 'ServiceAccount').some(
    ({ metadata }) => metadata.name === serviceAccountName,
  )
  const policy = job.metadata.annotations?.['helm.sh/hook-delete-policy'] ?? ''
  return [
    ...maps.filter(later).map(({ metadata }) => `needs ${metadata.name}, which comes later`),
    ...(new Set(texts).size === 1 ? [] : ['is told another configuration than the pods']),
    ...(isOfRelease ? ['needs a ServiceAccount that comes later'] : []),
    ...(policy.split(',').includes('before-hook-creation') ? [] : ['is in the way of the next one']),
    // A pod that is restarted in place goes, with its log, when the Job gives up.
    ...(restartPolicy === 'Never' ? [] : ['leaves no log when it fails']),
  ]
}

/** Kubernetes changes no pod of a Job that is there, so that what changes has to have another name. */
function badName({ metadata }: Job): readonly string[] {
  return /-[0-9a-f]{8}$/.test(metadata.name) ? [] : ['keeps its name when its pod changes']
}
