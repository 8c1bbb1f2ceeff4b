// The parts of Kubernetes objects that the chart's tests look at. Whether they are valid is what `schemas.ts` is for.

/** Labels, annotations, data. */
export type StringMap = Readonly<Record<string, string>>

/** An HTTP probe. */
export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port?: string | number }
  readonly periodSeconds?: number
  readonly timeoutSeconds?: number
  readonly failureThreshold?: number
}

/** A mounted volume. */
export interface VolumeMount {
  readonly name: string
  readonly mountPath: string
  readonly readOnly?: boolean
  readonly subPath?: string
  readonly subPathExpr?: string
}

/** A container, of what the tests look at. */
export interface Container {
  readonly name: string
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[]
  readonly envFrom?: readonly object[]
  readonly ports?: readonly {
    readonly name?: string
    readonly containerPort: number
    readonly hostPort?: number
  }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly resources?: { readonly requests?: StringMap; readonly limits?: StringMap }
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean
    readonly runAsUser?: number
    readonly privileged?: boolean
    readonly allowPrivilegeEscalation?: boolean
    readonly readOnlyRootFilesystem?: boolean
    readonly procMount?: string
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
    readonly seccompProfile?: { readonly type?: string }
  }
  readonly volumeMounts?: readonly VolumeMount[]
}

/** A volume of a pod. */
export interface Volume {
  readonly name: string
  readonly configMap?: { readonly name: string }
  readonly secret?: {
    readonly secretName: string
    readonly defaultMode?: number
    readonly items?: readonly { readonly key: string; readonly path: string; readonly mode?: number }[]
  }
  readonly emptyDir?: { readonly sizeLimit?: string }
}

/** What a workload makes pods from. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: StringMap; readonly annotations?: StringMap }
  readonly spec: {
    readonly serviceAccountName?: string
    readonly automountServiceAccountToken?: boolean
    readonly hostNetwork?: boolean
    readonly hostPID?: boolean
    readonly hostIPC?: boolean
    readonly restartPolicy?: string
    readonly terminationGracePeriodSeconds?: number
    readonly securityContext?: {
      readonly runAsNonRoot?: boolean
      readonly runAsUser?: number
      readonly runAsGroup?: number
      readonly fsGroup?: number
      readonly seccompProfile?: { readonly type?: string }
    }
    readonly initContainers?: readonly Container[]
    readonly containers: readonly Container[]
    readonly volumes?: readonly Volume[]
    readonly topologySpreadConstraints?: readonly {
      readonly labelSelector?: { readonly matchLabels?: StringMap }
    }[]
  }
}

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: StringMap; readonly annotations?: StringMap }
  readonly data?: StringMap
  readonly automountServiceAccountToken?: boolean
  readonly spec?: Readonly<Record<string, unknown>>
}

/** A Deployment or StatefulSet. */
export interface Workload extends Manifest {
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly replicas?: number
    readonly selector: { readonly matchLabels: StringMap }
    readonly template: PodTemplate
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[]
  }
}

/** A Job. */
export interface Job extends Manifest {
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly backoffLimit?: number
    readonly template: PodTemplate
  }
}

/** The objects of one kind. */
export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind)
}

/** Everything that keeps pods running. */
export function workloadsOf(manifests: readonly Manifest[]): readonly Workload[] {
  return manifests.filter(isWorkload)
}

/** Everything whose pods end. */
export function jobsOf(manifests: readonly Manifest[]): readonly Job[] {
  return manifests.filter((manifest): manifest is Job => manifest.kind === 'Job')
}

/** Everything that makes pods, in the order of the manifests. */
export function podMakersOf(manifests: readonly Manifest[]): readonly (Workload | Job)[] {
  return manifests.filter((manifest): manifest is Workload | Job =>
    [...workloadsOf(manifests), ...jobsOf(manifests)].some((maker) => maker === manifest),
  )
}

function isWorkload(manifest: Manifest): manifest is Workload {
  return manifest.kind === 'Deployment' || manifest.kind === 'StatefulSet'
}

/** Every container of a pod, those that run first included. */
export function containersOf({ spec }: PodTemplate): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers]
}
