import { randomBytes } from 'node:crypto'

const mebibyte = 1024 * 1024

/**
 * What the sandbox's broker has apart from its addresses, whichever provider runs it: one node, no waiting, records of
 * 8 MiB with room for batch and headers, and no topic that nobody asked for. `compose.yaml` says the same.
 */
export const brokerSettings = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'num.network.threads': '2',
  'num.io.threads': '4',
  'num.partitions': '1',
  'auto.create.topics.enable': 'false',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'message.max.bytes': String(12 * mebibyte),
  'replica.fetch.max.bytes': String(12 * mebibyte),
  'socket.request.max.bytes': String(100 * mebibyte),
  'log.cleaner.dedupe.buffer.size': String(2 * mebibyte),
} as const

/** What a broker has on top of the sandbox's: listeners that are secured, and settings, which win. */
export interface BrokerExtras {
  /** By name; each on a port of 127.0.0.1. */
  readonly listeners: Readonly<
    Record<string, { readonly port: number; readonly protocol: 'SSL' | 'SASL_SSL' }>
  >
  readonly settings: Readonly<Record<string, string>>
}

/** Addresses of one broker on 127.0.0.1 and its data directory. */
export interface BrokerPlace {
  readonly port: number
  readonly controllerPort: number
  readonly dataDir: string
  readonly extras?: BrokerExtras | undefined
}

/** The text of server.properties for a broker that is its own controller. */
export function serverProperties({ port, controllerPort, dataDir, extras }: BrokerPlace): string {
  const added = Object.entries(extras?.listeners ?? {})
  const open = [
    `PLAINTEXT://127.0.0.1:${port}`,
    ...added.map(([name, at]) => `${name}://127.0.0.1:${at.port}`),
  ]
  const protocols = [
    'CONTROLLER:PLAINTEXT',
    'PLAINTEXT:PLAINTEXT',
    ...added.map(([name, at]) => `${name}:${at.protocol}`),
  ]
  const addresses = {
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [...open, `CONTROLLER://127.0.0.1:${controllerPort}`].join(','),
    'advertised.listeners': open.join(','),
    'listener.security.protocol.map': protocols.join(','),
    'log.dirs': dataDir,
  }
  return Object.entries({ ...brokerSettings, ...addresses, ...extras?.settings })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/**
 * The text of meta.properties, which makes a directory a formatted one. It spares the second JVM of Kafka's own format
 * tool; the broker then takes its release's default metadata version and adds the rest itself.
 */
export function metaProperties(clusterId: string): string {
  return `version=1\ncluster.id=${clusterId}\nnode.id=${brokerSettings['node.id']}\n`
}

/** A fresh cluster id in Kafka's form: 16 bytes as 22 characters of base64url, not starting with a dash. */
export function createClusterId(): string {
  return `A${randomBytes(16).toString('base64url').slice(1)}`
}
