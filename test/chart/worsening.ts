import { type Job, type Manifest, podMakersOf, type Workload } from './manifests.ts'

/** An object that a test may change. */
export type Json = Record<string, unknown>

/** A change for the worse, and the words in which the policy must report it. */
export interface Worsening {
  readonly what: string
  readonly reported: RegExp
  /** Those of which pods it can be done to; all where absent. */
  readonly of?: 'staying' | 'job' | 'hook'
  /** Makes the pods of `maker`, one of `manifests`, worse. */
  readonly apply: (maker: Workload | Job, manifests: readonly Manifest[]) => void
}

/** What makes pods in `manifests` that `worsening` can be done to. */
export function subjectsOf({ of }: Worsening, manifests: readonly Manifest[]): readonly (Workload | Job)[] {
  return podMakersOf(manifests).filter(({ kind, metadata }) => {
    if (of === 'staying') return kind !== 'Job'
    if (of === 'job') return kind === 'Job'
    return of !== 'hook' || metadata.annotations?.['helm.sh/hook'] !== undefined
  })
}

/** A pod that a test may change. */
export interface MutablePod extends Json {
  containers: (Json & {
    securityContext: Json
    volumeMounts: Json[]
    ports?: Json[]
    env?: Json[]
    name: string
  })[]
  volumes: (Json & { name: string; secret?: Json; emptyDir?: Json })[]
  securityContext: Json
}

/** The pod of `maker`, to be changed. */
export function podOf(maker: Workload | Job): MutablePod {
  return (maker.spec.template as unknown as { spec: MutablePod }).spec
}

/** Its first container; throws where there is none. */
export function containerOf(maker: Workload | Job): MutablePod['containers'][number] {
  const [container] = podOf(maker).containers
  if (container === undefined) throw new Error('the pod has no container')
  return container
}

/** The annotations of `maker` itself, to be changed. */
export function annotationsOf({ metadata }: Workload | Job): Json {
  return metadata.annotations as Json
}

/** A worsening of the pod alone. */
export const onPod = (
  what: string,
  reported: RegExp,
  change: (pod: MutablePod) => void,
  of?: 'job' | 'hook',
): Worsening => ({
  what,
  reported,
  ...(of === undefined ? {} : { of }),
  apply: (maker) => change(podOf(maker)),
})

/** A worsening of the container alone. */
export const onContainer = (
  what: string,
  reported: RegExp,
  change: (container: MutablePod['containers'][number]) => void,
  of?: 'staying' | 'job',
): Worsening => ({
  what,
  reported,
  ...(of === undefined ? {} : { of }),
  apply: (maker) => change(containerOf(maker)),
})

/** Changes the text of the first configuration in the manifests. */
export function changeConfig(change: (text: string) => string): Worsening['apply'] {
  return (_maker, manifests) => {
    const data = manifests.map((one) => one.data as Record<string, string> | undefined)
    const config = data.find((one) => one?.['config.yaml'] !== undefined)
    if (config !== undefined) config['config.yaml'] = change(config['config.yaml'] ?? '')
  }
}
