import { describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import {
  brokerSettings,
  createClusterId,
  metaProperties,
  serverProperties,
} from '../../../sandbox/parts/broker-config.ts'
import { sandboxFile } from '../../../sandbox/paths.ts'

interface ComposeFile {
  services: { kafka: { image: string; environment: Record<string, string> } }
}

function readProperties(text: string): Map<string, string> {
  const pairs = text
    .trimEnd()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
  return new Map(pairs)
}

function readCompose(): ComposeFile {
  return parse(readFileSync(sandboxFile('compose.yaml'), 'utf8')) as ComposeFile
}

describe('the broker configuration', () => {
  const properties = readProperties(serverProperties({ port: 1111, controllerPort: 2222, dataDir: '/data' }))

  it('listens on loopback addresses alone and tells clients the port they connected to', () => {
    expect(properties.get('listeners')).toBe('PLAINTEXT://127.0.0.1:1111,CONTROLLER://127.0.0.1:2222')
    expect(properties.get('advertised.listeners')).toBe('PLAINTEXT://127.0.0.1:1111')
    expect(properties.get('controller.quorum.voters')).toBe('1@127.0.0.1:2222')
    expect(properties.get('log.dirs')).toBe('/data')
  })

  it.each(['message.max.bytes', 'replica.fetch.max.bytes', 'socket.request.max.bytes'])(
    'leaves room around a record of 8 MiB in %s',
    (name) => {
      expect(Number(properties.get(name))).toBeGreaterThan(8 * 1024 * 1024 + 65_536)
    },
  )

  it('makes no topic that nobody asked for, and lets groups start at once', () => {
    expect(properties.get('auto.create.topics.enable')).toBe('false')
    expect(properties.get('group.initial.rebalance.delay.ms')).toBe('0')
  })

  it('is the same in compose.yaml, setting by setting', () => {
    const { environment } = readCompose().services.kafka
    const named = Object.entries(brokerSettings).map(([name, value]): [string, string] => [
      `KAFKA_${name.replaceAll('.', '_').toUpperCase()}`,
      value,
    ])
    expect(environment).toMatchObject(Object.fromEntries(named))
  })

  it('runs the same Kafka release from compose.yaml as from the jars', () => {
    const pom = readFileSync(sandboxFile('kafka-dist/pom.xml'), 'utf8')
    const release = /<kafka.version>(.*)<\/kafka.version>/.exec(pom)?.[1]
    expect(readCompose().services.kafka.image).toBe(`apache/kafka:${release ?? ''}`)
  })
})

describe('a formatted data directory', () => {
  it('names its node and its cluster', () => {
    expect(metaProperties('Abc')).toBe('version=1\ncluster.id=Abc\nnode.id=1\n')
  })

  it('gets a fresh cluster id of 22 URL-safe characters, never starting with a dash', () => {
    const ids = Array.from({ length: 200 }, createClusterId)
    expect(new Set(ids).size).toBe(200)
    expect(ids.filter((id) => !/^[A-Za-z0-9][\w-]{21}$/.test(id))).toEqual([])
  })
})
