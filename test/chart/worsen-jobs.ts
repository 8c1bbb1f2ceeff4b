import type { Manifest } from './manifests.ts'
import {
  annotationsOf,
  changeConfig,
  type Json,
  onContainer,
  onPod,
  podOf,
  type Worsening,
} from './worsening.ts'

/** Changes to Jobs that nobody must make unnoticed. */
export const jobWorsenings: readonly Worsening[] = [
  onContainer(
    'a Job that is asked for its health',
    /has a probe/,
    (one) => (one['livenessProbe'] = {}),
    'job',
  ),
  onPod('a Job without end', /restarts: Always/, (pod) => delete pod['restartPolicy'], 'job'),
  onPod('a hook whose log goes', /leaves no log/, (pod) => (pod['restartPolicy'] = 'OnFailure'), 'hook'),
  {
    what: 'a Job that tries for ever',
    reported: /has no bound of attempts/,
    of: 'job',
    apply: ({ spec }) => delete (spec as Json)['backoffLimit'],
  },
  {
    what: 'a hook that cannot be made twice',
    reported: /in the way of the next one/,
    of: 'hook',
    apply: (maker) => (annotationsOf(maker)['helm.sh/hook-delete-policy'] = 'hook-succeeded'),
  },
  {
    what: 'a hook before its configuration',
    reported: /-hooks, which comes later/,
    of: 'hook',
    apply: (maker) => (annotationsOf(maker)['helm.sh/hook-weight'] = '0'),
  },
  {
    what: 'a hook with the configuration of the release, which is not there yet',
    reported: /comes later/,
    of: 'hook',
    apply(maker, manifests) {
      const release = manifests.find(({ data }) => data?.['config.yaml'] !== undefined)
      for (const { configMap } of podOf(maker).volumes as { configMap?: Json }[])
        if (configMap !== undefined) configMap['name'] = release?.metadata.name
    },
  },
  {
    what: 'a hook with an account of the release, which is not there yet',
    reported: /ServiceAccount that comes later/,
    of: 'hook',
    apply(maker, manifests) {
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'mine' } }
      ;(manifests as Manifest[]).push(account)
      ;(podOf(maker) as Json)['serviceAccountName'] = 'mine'
    },
  },
  {
    what: 'a hook that is told another configuration',
    reported: /another configuration/,
    of: 'hook',
    apply: changeConfig((text) => `${text}\nx: 1\n`),
  },
]
