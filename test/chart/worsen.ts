import type { Job, Manifest, Workload } from './manifests.ts'
import { jobWorsenings } from './worsen-jobs.ts'
import {
  changeConfig,
  containerOf,
  type Json,
  onContainer,
  onPod,
  podOf,
  type Worsening,
} from './worsening.ts'

function mountOf(maker: Workload | Job, prefix: string): Json {
  const mount = containerOf(maker).volumeMounts.find(({ name }) => String(name).startsWith(prefix))
  if (mount === undefined) throw new Error(`nothing that begins with ${prefix} is mounted`)
  return mount
}

function secretVolumeOf(maker: Workload | Job): Json {
  const secret = podOf(maker).volumes.find((volume) => volume.secret !== undefined)?.secret
  if (secret === undefined) throw new Error('there is no secret')
  return secret
}

const secretRef = { secretKeyRef: { name: 'zendesk-token', key: 'token' } }

/** Changes that nobody must make unnoticed. */
export const worsenings: readonly Worsening[] = [
  onPod('the pod runs as root', /id of root/, (pod) => (pod.securityContext['runAsUser'] = 0)),
  onPod('the group is that of root', /id of root/, (pod) => (pod.securityContext['fsGroup'] = 0)),
  onPod('the pod sees the network of the node', /shares the node/, (pod) => (pod['hostNetwork'] = true)),
  onPod('the pod sees the processes of the node', /shares the node/, (pod) => (pod['hostPID'] = true)),
  onPod('a token of the API server', /mounts a token/, (pod) => (pod['automountServiceAccountToken'] = true)),
  onPod('an unconfined profile', /no seccomp/, (pod) => {
    pod.securityContext['seccompProfile'] = { type: 'Unconfined' }
  }),
  onPod('a folder of the node', /is a hostPath/, (pod) => {
    pod.volumes.push({ name: 'node', hostPath: { path: '/' } })
  }),
  onPod('a disk without limit', /has no limit/, (pod) =>
    pod.volumes.push({ name: 'temporary', emptyDir: {} }),
  ),
  onPod('too little time to stop', /terminationGracePeriodSeconds/, (pod) => {
    pod['terminationGracePeriodSeconds'] = 10
  }),
  onPod('a first container that is privileged', /first may run as root/, (pod) => {
    pod['initContainers'] = [{ name: 'first', securityContext: { privileged: true } }]
  }),
  onContainer(
    'the container runs as root',
    /may run as root/,
    (one) => (one.securityContext['runAsUser'] = 0),
  ),
  onContainer('a privileged container', /privileged/, (one) => (one.securityContext['privileged'] = true)),
  onContainer('a writable root', /write its own files/, (one) => {
    one.securityContext['readOnlyRootFilesystem'] = false
  }),
  onContainer(
    'escalation',
    /gain privileges/,
    (one) => (one.securityContext['allowPrivilegeEscalation'] = true),
  ),
  onContainer('a capability', /capabilities/, (one) => {
    one.securityContext['capabilities'] = { drop: ['ALL'], add: ['NET_ADMIN'] }
  }),
  onContainer('a port of the node', /port of the node/, (one) =>
    (one.ports ??= []).push({ containerPort: 1, hostPort: 1 }),
  ),
  onContainer('a secret in the environment', /secret in its environment: X/, (one) => {
    one.env = [{ name: 'X', valueFrom: secretRef }]
  }),
  onContainer('a secret written into the environment', /in its environment: SELL_TOKEN/, (one) => {
    one.env = [{ name: 'SELL_TOKEN', value: 'abc' }]
  }),
  onContainer('a whole Secret as environment', /environment from elsewhere/, (one) => {
    one['envFrom'] = [{ secretRef: { name: 'zendesk-token' } }]
  }),
  onContainer(
    'liveness by readiness',
    /livenessProbe .* does not ask \/live/,
    (one) => {
      one['livenessProbe'] = one['readinessProbe']
    },
    'staying',
  ),
  onContainer(
    'a liveness that takes an outage of Kafka for a hang',
    /livenessProbe .* fails within/,
    (one) => {
      one['livenessProbe'] = { ...(one['livenessProbe'] as Json), failureThreshold: 3 }
    },
    'staying',
  ),
  onContainer(
    'a startup that must be quick',
    /startupProbe .* fails within/,
    (one) => {
      one['startupProbe'] = { ...(one['startupProbe'] as Json), failureThreshold: 3 }
    },
    'staying',
  ),
  {
    what: 'a secret as subPath',
    reported: /is a subPath/,
    apply: (maker) => (mountOf(maker, 'secret-')['subPath'] = 'token'),
  },
  {
    what: 'the configuration as subPath',
    reported: /is a subPath/,
    apply: (maker) => (mountOf(maker, 'config')['subPathExpr'] = '$(POD)'),
  },
  {
    what: 'a secret that can be written',
    reported: /can be written/,
    apply: (maker) => delete mountOf(maker, 'secret-')['readOnly'],
  },
  {
    what: 'a secret among other files',
    reported: /no place for a secret/,
    apply: (maker) => (mountOf(maker, 'secret-')['mountPath'] = '/app/secret'),
  },
  {
    what: 'a secret that everybody may write',
    reported: /has the mode 666/,
    apply: (maker) => (secretVolumeOf(maker)['defaultMode'] = 0o666),
  },
  {
    what: 'a Secret with its content in the values',
    reported: /renders the Secret/,
    apply: (_maker, manifests) =>
      (manifests as Manifest[]).push({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token' } }),
  },
  {
    what: 'a token in the configuration',
    reported: /config.yaml holds zendesk.token/,
    apply: changeConfig((text) => text.replace(/^zendesk:$/m, 'zendesk:\n  token: abc')),
  },
  {
    what: 'a secret of another place',
    reported: /zendesk.tokenFile is no mounted secret/,
    apply: changeConfig((text) => text.replace(/tokenFile: .*/, 'tokenFile: /other/token')),
  },
  {
    what: 'a slower stop than the pod has time for',
    reported: /terminationGracePeriodSeconds/,
    apply: changeConfig(
      (text) => `${text.replace(/^shutdownTimeoutMs: .*$/m, '')}\nshutdownTimeoutMs: 900000\n`,
    ),
  },
  ...jobWorsenings,
]

/** Every value below `root`, as the path of keys to it. */
export function leavesOf(root: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof root !== 'object' || root === null) return [path]
  return Object.entries(root).flatMap(([key, value]) => leavesOf(value, [...path, key]))
}

/** Takes the value at `path` out of `root`. */
export function remove(root: unknown, path: readonly string[]): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Json)[key], root)
  const key = path.at(-1) ?? ''
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else Reflect.deleteProperty(parent as Json, key)
}
