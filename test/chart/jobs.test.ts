import { describe, expect, it } from '@jest/globals'
import { Command } from 'commander'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { registerReplay } from '../../src/cli/replay.ts'
import { parseRequest, type ReplayWords } from '../../src/cli/replay/request.ts'
import { examples, render, type Rendering } from './helm.ts'
import { type Job, jobsOf, ofKind, workloadsOf } from './manifests.ts'

const builtProgram = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const configFile = '/etc/zendesk-activation/config/config.yaml'

function jobOf(component: string, rendering: Rendering): Job {
  const found = jobsOf(render(rendering)).find(
    ({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === component,
  )
  if (found === undefined) throw new Error(`there is no Job ${component}`)
  return found
}

const argsOf = ({ spec }: Job): readonly string[] => spec.template.spec.containers[0]?.args ?? []

/** The options that the program itself reads from the arguments of a replay's Job. */
function readByProgram(job: Job): ReplayWords {
  const program = new Command().exitOverride()
  registerReplay(program)
  let words: ReplayWords | undefined
  program.commands[0]?.exitOverride().action((read: ReplayWords) => {
    words = read
  })
  program.parse(argsOf(job), { from: 'user' })
  if (words === undefined) throw new Error('the program does not take the arguments')
  return words
}

describe('the Jobs before an installation', () => {
  it('are none unless asked for', () => {
    expect(jobsOf(render({ example: 'minimal' }))).toEqual([])
    expect(ofKind(render({ example: 'minimal' }), 'ConfigMap')).toHaveLength(1)
  })

  it('create topics first, and check then', () => {
    const [topics, check] = ['topics', 'check'].map((component) =>
      jobOf(component, { example: 'everything' }),
    )
    expect(topics && argsOf(topics)).toEqual(['topics', '--config', configFile, '--create'])
    expect(check && argsOf(check)).toEqual(['check', '--config', configFile])
    const weights = [topics, check].map((job) => Number(job?.metadata.annotations?.['helm.sh/hook-weight']))
    expect(weights).toEqual([1, 2])
    const hooks = [topics, check].map((job) => job?.metadata.annotations?.['helm.sh/hook'])
    expect(hooks).toEqual(['pre-install,pre-upgrade', 'pre-install,pre-upgrade'])
  })

  it.each(['topics', 'check'])('call the program in a way that it takes: %s', (component) => {
    const args = argsOf(jobOf(component, { example: 'everything' }))
    const elsewhere = args.map((word) => (word === configFile ? '/nowhere/config.yaml' : word))
    const { stdout, stderr } = spawnSync(process.execPath, [builtProgram, ...elsewhere], { encoding: 'utf8' })
    expect(stdout + stderr).toContain('there is no such file')
  })

  it.each(['topicsJob', 'checkJob'])('come one by one: %s', (value) => {
    const manifests = render({ example: 'minimal', values: { [value]: { enabled: true } } })
    expect(jobsOf(manifests)).toHaveLength(1)
    expect(ofKind(manifests, 'ConfigMap').map(({ metadata }) => metadata.name)).toContain(
      'activation-zendesk-activation-hooks',
    )
  })

  it('run by an account that exists already where the values name one', () => {
    const values = { serviceAccount: { create: false, name: 'mine' } }
    const job = jobOf('topics', { example: 'everything', values })
    expect(job.spec.template.spec.serviceAccountName).toBe('mine')
  })
})

describe('the Job of a replay', () => {
  it('calls the program with what the values say', () => {
    expect(readByProgram(jobOf('replay', { example: 'split' }))).toMatchObject({
      config: configFile,
      id: 'vip-again',
      topic: 'contacts',
      from: '2026-01-31',
      to: '0:1200,3:800',
      audience: 'VIP customers',
      rate: 1_000_000,
      force: true,
      dryRun: false,
      wait: true,
    })
    expect(readByProgram(jobOf('replay', { example: 'persistent' }))).toMatchObject({
      id: 'first',
      topic: 'profiles',
      from: 'beginning',
      to: 'end',
      rate: 0.5,
      force: false,
      dryRun: true,
    })
  })

  it.each(['split', 'persistent'])('asks for what the program takes, with the values of %s', (example) => {
    expect(parseRequest(readByProgram(jobOf('replay', { example })))).toEqual(expect.any(Object))
  })

  it('has a disk of its own: the volumes belong to the pods that stay', () => {
    const { volumes = [] } = jobOf('replay', { example: 'split' }).spec.template.spec
    expect(volumes.find(({ name }) => name === 'state')?.emptyDir?.sizeLimit).toBe('4Gi')
  })

  it('has another name when its pod changes, and the same when something else does', () => {
    const nameWith = (values: Readonly<Record<string, unknown>>): string =>
      jobOf('replay', { example: 'persistent', values }).metadata.name
    const before = nameWith({})
    expect(before).toMatch(/-replay-first-[0-9a-f]{8}$/)
    expect(nameWith({ replicas: 5, commonLabels: {} })).toBe(before)
    for (const values of [
      { image: { tag: '9.9.9' } },
      { config: { statusWords: { realized: 'yes' } } },
      { replay: { rate: 5 } },
      { resources: { requests: { memory: '1Gi' } } },
    ])
      expect(nameWith(values)).not.toBe(before)
  })
})

describe('the names of Jobs', () => {
  it.each(examples)('have room within 63 characters, with the values of %s', (example) => {
    const release = 'r'.repeat(53)
    const values = {
      topicsJob: { enabled: true },
      checkJob: { enabled: true },
      replay: { enabled: true, id: 'a'.repeat(20), topic: 'contacts', dryRun: false },
    }
    const manifests = render({ example, release, values })
    const names = jobsOf(manifests).map(({ metadata }) => metadata.name)
    expect(new Set(names).size).toBe(3)
    for (const name of names) expect(name).toMatch(/^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$/)
    expect(workloadsOf(manifests).length).toBeGreaterThan(0)
  })
})
