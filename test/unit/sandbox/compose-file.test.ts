import { describe, expect, it } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'yaml'

import { audiences, mapping } from '../../../sandbox/demo/setup.ts'
import { sandboxFile } from '../../../sandbox/paths.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { copiesOf, parseDockerfile, readDockerfile } from '../../support/dockerfile.ts'

interface Service {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile?: string }
  readonly extends?: { readonly file: string; readonly service: string }
  readonly environment?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
}

const folder = sandboxFile('containers')
const readCompose = (file: string): ComposeFile => parse(readFileSync(file, 'utf8')) as ComposeFile

/** The services of the file, each with what it extends below its own. */
const services: Readonly<Record<string, Service>> = Object.fromEntries(
  Object.entries(readCompose(path.join(folder, 'compose.yaml')).services).map(([name, own]) => {
    if (own.extends === undefined) return [name, own]
    const base = readCompose(path.join(folder, own.extends.file)).services[own.extends.service]
    const environment = { ...base?.environment, ...own.environment }
    return [name, { ...base, ...own, environment }]
  }),
)
const named = Object.entries(services)
const serviceOf = (name: string): Service => services[name] ?? {}

/** What a word of the form `name:port` or `http://name:port` names. */
const hostsIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?:\/\/|^)([a-z]+):(\d+)/g)].map(([, host = '']) => host)

describe('the compose file of the whole sandbox', () => {
  it('has Kafka, registry, emulator, sample and program', () => {
    expect(Object.keys(services)).toEqual(['kafka', 'registry', 'sell', 'sample', 'program'])
  })

  it.each(named)('takes an image of one version, or builds it: %s', (_name, { image, build }) => {
    expect([image, build].filter((one) => one !== undefined)).toHaveLength(1)
    expect(image ?? 'built:0.0').toMatch(/^[a-z/-]+:\d+(\.\d+)+$/)
  })

  it.each(named)('starts after services that there are: %s', (_name, { depends_on: before = {} }) => {
    for (const [name, { condition }] of Object.entries(before)) {
      expect(Object.keys(services)).toContain(name)
      expect(['service_started', 'service_completed_successfully']).toContain(condition)
    }
  })

  it('publishes ports for this machine alone, each once', () => {
    const ports = named.flatMap(([, service]) => service.ports ?? [])
    expect(ports.length).toBeGreaterThan(3)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    expect(new Set(ports).size).toBe(ports.length)
  })

  it('lets the other containers reach Kafka by its name', () => {
    const { KAFKA_LISTENERS: listeners, KAFKA_ADVERTISED_LISTENERS: advertised } =
      serviceOf('kafka').environment ?? {}
    expect(listeners).toContain('INSIDE://:19092')
    expect(advertised).toContain('INSIDE://kafka:19092')
    expect(serviceOf('kafka').environment?.['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP']).toContain(
      'INSIDE:PLAINTEXT',
    )
    expect(serviceOf('sample').command).toContain('kafka:19092')
  })

  it('names in its commands services that there are, and files of the sandbox', () => {
    const words = named.flatMap(([, { command = [] }]) => command)
    const hosts = words.flatMap(hostsIn)
    expect(hosts.sort()).toEqual(['kafka', 'registry'])
    const files = words.filter((word) => word.startsWith('sandbox/'))
    expect(files).toEqual(['sandbox/sample/people.ndjson'])
    expect(files.every((file) => existsSync(sandboxFile(path.join('..', file))))).toBe(true)
  })

  it('says where it was not run', () => {
    expect(readFileSync(path.join(folder, 'compose.yaml'), 'utf8')).toMatch(/^# NOT RUN by the project's CI/m)
  })
})

describe('the images that it builds', () => {
  it.each(named.filter(([, { build }]) => build !== undefined))(
    'are of the repository: %s',
    (_name, { build = { context: '' } }) => {
      const context = path.join(folder, build.context)
      expect(existsSync(path.join(context, 'package-lock.json'))).toBe(true)
      expect(existsSync(path.join(context, build.dockerfile ?? 'Dockerfile'))).toBe(true)
    },
  )

  const [sandbox, ...more] = parseDockerfile(readFileSync(path.join(folder, 'Dockerfile'), 'utf8'))

  it('have the base of the program', () => {
    expect(more).toEqual([])
    expect(sandbox?.base).toBe(readDockerfile()[0]?.base)
  })

  it('get the files that they copy, and no others, from the builder', () => {
    const wanted = (sandbox === undefined ? [] : copiesOf(sandbox)).flatMap(({ sources }) =>
      sources.map((source) => source.replace(/^\.\//, '')),
    )
    const lines = readFileSync(path.join(folder, 'Dockerfile.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines).toEqual(['*', ...wanted.map((source) => `!${source}`)])
    for (const source of wanted) expect(existsSync(sandboxFile(path.join('..', source)))).toBe(true)
  })
})

describe('the configuration that it mounts', () => {
  it('passes the check of the program where the image looks for it', async () => {
    const [volume = ''] = serviceOf('program').volumes ?? []
    const [from = '', to = '', mode] = volume.split(':')
    expect(mode).toBe('ro')
    const image = readDockerfile().at(-1)?.instructions ?? []
    const { words = '[]' } = image.find(({ name }) => name === 'CMD') ?? {}
    const args = JSON.parse(words) as readonly string[]
    const read = args[args.indexOf('--config') + 1] ?? ''
    const pod = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-containers-'))
    try {
      await cp(path.join(folder, from), path.join(pod, to), { recursive: true })
      expect(await loadConfig(path.join(pod, read))).toMatchObject({
        type: 'config',
        config: { zendesk: { tokenFile: path.join(pod, to, 'token') } },
      })
    } finally {
      await rm(pod, { recursive: true })
    }
  })

  const options = parse(readFileSync(path.join(folder, 'config/config.yaml'), 'utf8')) as Readonly<
    Record<string, unknown>
  > & {
    readonly zendesk: { readonly origin: string }
    readonly kafka: { readonly brokers: readonly string[] }
    readonly schemaRegistry: { readonly url: string }
  }

  it('is that of the demo, with addresses of services that there are', () => {
    expect(options).toMatchObject({ mapping, audiences })
    const { command: sell = [] } = serviceOf('sell')
    const { command: sample = [] } = serviceOf('sample')
    expect(options.zendesk.origin).toBe(`http://sell:${String(sell[sell.indexOf('--port') + 1])}`)
    expect(options.kafka.brokers).toEqual([sample[sample.indexOf('--brokers') + 1]])
    expect(options.schemaRegistry.url).toBe(sample[sample.indexOf('--registry') + 1])
  })

  it('has the token of the emulator', () => {
    const { command: sell = [] } = serviceOf('sell')
    const token = readFileSync(path.join(folder, 'config/token'), 'utf8').trim()
    expect(sell[sell.indexOf('--token') + 1]).toBe(token)
  })
})
