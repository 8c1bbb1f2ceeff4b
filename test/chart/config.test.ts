import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { loadConfig } from '../../src/config/load.ts'
import { examples, render, type Rendering } from './helm.ts'
import { type Job, ofKind, podMakersOf, type Workload, workloadsOf } from './manifests.ts'
import { mountFiles } from './pod-files.ts'
import { breaches } from './policy.ts'
import { danglingReferences } from './references.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-pod-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

/** What the program makes of its configuration in a pod of `workload`. */
async function loadedIn(workload: Workload | Job, rendering: Rendering): ReturnType<typeof loadConfig> {
  await mountFiles(workload, render(rendering), folder)
  const { args = [] } = workload.spec.template.spec.containers[0] ?? {}
  return loadConfig(path.join(folder, args[args.indexOf('--config') + 1] ?? ''))
}

const checksums = (rendering: Rendering): readonly (string | undefined)[] =>
  workloadsOf(render(rendering)).map(({ spec }) => spec.template.metadata?.annotations?.['checksum/config'])

describe('config.yaml', () => {
  it.each(examples)(
    'passes the check of the program in every pod, with the values of %s',
    async (example) => {
      const makers = podMakersOf(render({ example }))
      expect(makers.length).toBeGreaterThan(0)
      for (const maker of makers) expect(await loadedIn(maker, { example })).toMatchObject({ type: 'config' })
    },
  )

  it('says in the pod what the values say, numbers and dates included', async () => {
    const [workload] = workloadsOf(render({ example: 'split' }))
    const loaded = workload && (await loadedIn(workload, { example: 'split' }))
    expect(loaded).toMatchObject({
      type: 'config',
      config: {
        applicationId: 'contacts-eu',
        kafka: {
          maxBytesPerPartition: 2_097_152,
          sasl: { mechanism: 'scram-sha-512' },
          tls: { caFile: path.join(folder, '/etc/zendesk-activation/secrets/kafka-tls/ca.crt') },
        },
        inputs: { maxRecordBytes: 4_194_304 },
        audiences: [
          {
            segmentId: '0012345678901234567890',
            startMs: Date.parse('2026-01-31'),
            endMs: Date.parse('2027-01-31T09:30:00Z'),
          },
        ],
        shutdownTimeoutMs: 45_000,
        state: { directory: path.join(folder, '/var/lib/zendesk-activation') },
        zendesk: { tokenFile: path.join(folder, '/etc/zendesk-activation/secrets/zendesk/token') },
      },
    })
  })

  it('would fail the check in a pod that lacks a secret', async () => {
    const [workload] = workloadsOf(render({ example: 'split' }))
    const { volumes = [] } = workload?.spec.template.spec ?? {}
    const without = volumes.filter(({ name }) => name !== 'secret-kafka-sasl')
    const poorer = structuredClone(workload) as Workload & {
      spec: { template: { spec: { volumes: unknown } } }
    }
    poorer.spec.template.spec.volumes = without
    const loaded = await loadedIn(poorer, { example: 'split' })
    expect(loaded.type === 'invalid' && loaded.problems.map((problem) => problem.path)).toEqual([
      'kafka.sasl.passwordFile',
      'kafka.sasl.usernameFile',
    ])
  })

  it('has the token of OAUTHBEARER in place of user name and password', async () => {
    const rendering = {
      example: 'split',
      values: { config: { kafka: { sasl: { mechanism: 'oauthbearer' } } } },
    } as const
    const manifests = render(rendering)
    const [workload] = workloadsOf(manifests)
    if (workload === undefined) throw new Error('there is no workload')
    const loaded = await loadedIn(workload, rendering)
    if (loaded.type !== 'config') throw new Error(JSON.stringify(loaded))
    expect(loaded.config.kafka.sasl).toEqual({
      mechanism: 'oauthbearer',
      tokenFile: expect.stringMatching(/\/etc\/zendesk-activation\/secrets\/kafka-sasl\/token$/),
    })
    const [scaled] = ofKind(manifests, 'ScaledObject')
    expect(scaled?.spec?.['triggers']).toMatchObject([
      { metadata: { sasl: 'oauthbearer' } },
      { metadata: { sasl: 'oauthbearer' } },
    ])
  })

  it('restarts every pod when it changes, and not when something else does', () => {
    const before = checksums({ example: 'split' })
    expect(before).toHaveLength(2)
    expect(checksums({ example: 'split', values: { split: { deliver: { replicas: 3 } } } })).toEqual(before)
    const changed = checksums({ example: 'split', values: { config: { statusWords: { realized: 'yes' } } } })
    expect(new Set(changed).size).toBe(1)
    expect(changed[0]).not.toBe(before[0])
    // One more secret is one more option, which names its file.
    const oneMore = checksums({
      example: 'minimal',
      values: { secrets: { schemaRegistry: { existingSecret: 'x' } } },
    })
    expect(oneMore).not.toEqual(checksums({ example: 'minimal' }))
  })
})

describe('the stages', () => {
  const stagesOf = (example: string): readonly unknown[] =>
    workloadsOf(render({ example })).map(({ kind, metadata, spec }) => {
      const args = spec.template.spec.containers[0]?.args ?? []
      return [kind, metadata.name, args[args.indexOf('--stage') + 1], spec.replicas]
    })

  it('run together or apart, on volumes or without', () => {
    expect(stagesOf('minimal')).toEqual([['Deployment', 'activation-zendesk-activation', 'all', 1]])
    expect(stagesOf('persistent')).toEqual([['StatefulSet', 'activation-zendesk-activation', 'all', 3]])
    expect(stagesOf('split')).toEqual([
      ['StatefulSet', 'activation-zendesk-activation-assemble', 'assemble', undefined],
      ['StatefulSet', 'activation-zendesk-activation-deliver', 'deliver', 2],
    ])
  })

  it.each([
    [{ split: { enabled: true } }],
    [{ split: { enabled: true }, keda: { enabled: true } }],
    [{ split: { enabled: true }, persistence: { enabled: true } }],
    [{ persistence: { enabled: true }, replicas: 0 }],
  ])('keep every promise in each shape: %j', (values) => {
    const manifests = render({ example: 'minimal', values })
    expect(breaches(manifests)).toEqual([])
    expect(danglingReferences(manifests)).toEqual([])
  })

  it('are scaled by lag where lag says something: assemble alone, by its group and inputs', async () => {
    const manifests = render({ example: 'split' })
    const [scaled, ...others] = ofKind(manifests, 'ScaledObject')
    expect(others).toEqual([])
    expect(scaled?.spec?.['scaleTargetRef']).toMatchObject({ name: 'activation-zendesk-activation-assemble' })
    const [workload] = workloadsOf(manifests)
    const loaded = workload && (await loadedIn(workload, { example: 'split' }))
    if (loaded?.type !== 'config') throw new Error('the program does not take its configuration')
    const { inputs } = loaded.config
    const trigger = {
      type: 'kafka',
      metadata: {
        bootstrapServers: loaded.config.kafka.brokers.join(','),
        consumerGroup: `${loaded.config.applicationId}.assemble`,
        sasl: 'scram_sha512',
        tls: 'enable',
      },
      authenticationRef: { name: 'kafka' },
    }
    expect(scaled?.spec?.['triggers']).toMatchObject([
      { ...trigger, metadata: { ...trigger.metadata, topic: inputs.profiles.topic } },
      { ...trigger, metadata: { ...trigger.metadata, topic: inputs.segmentMemberships.topic } },
    ])
  })

  it('have names that leave room for what Kubernetes adds, however long that of the release is', () => {
    const release = 'r'.repeat(53)
    const names = workloadsOf(render({ example: 'split', release })).map(({ metadata }) => metadata.name)
    expect(names).toHaveLength(2)
    for (const name of names) expect(name.length).toBeLessThanOrEqual(52)
  })
})
