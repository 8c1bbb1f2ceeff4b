import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, ConsumerConfig, Kafka } from 'kafkajs'
import { createLocalCoordinator } from './local-coordinator.ts'
import { createLocalLog, type LocalLog } from './local-kafka-log.ts'

/** What a fetch of kafkajs asks for. */
interface FetchRequest {
  readonly maxWaitTime: number
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[]
  }[]
}

/**
 * A Kafka of one group and a broker or two in this process, below kafkajs' own consumer: its runner, fetcher, group and offset
 * code run unchanged, so that what they do between two of our calls is no guess.
 */
export interface LocalKafka {
  /** For `createGroupConsumer`; it makes consumers and nothing else. */
  readonly kafka: Kafka
  readonly log: LocalLog
  readonly group: ReturnType<typeof createLocalCoordinator>
  /** Makes the next fetches fail, one each; from broker 0, if there are two. */
  readonly fetchFailures: Error[]
  /** While set, fetches from broker 0 wait for it. */
  fetchHeldBy: Promise<void> | null
  /** Fetches that each broker answered or refused. */
  readonly fetches: number[]
  /** The broker that leads a partition, 0 or 1. */
  leaderOf: (topic: string, partition: number) => number
  /** How long heartbeats are said to have taken. */
  heartbeatTookMs: number
  /** How long assignments are said to have taken. */
  syncTookMs: number
}

interface Emitter {
  emit(event: string, payload: object): void
}

const require = createRequire(import.meta.url)
const createConsumer = require('kafkajs/src/consumer') as (options: object) => Consumer
const InstrumentationEventEmitter = require('kafkajs/src/instrumentation/emitter') as new () => Emitter

const quiet = { namespace: () => quiet, info: ignore, warn: ignore, error: ignore, debug: ignore }

function ignore(): void {
  // kafkajs logs at length; what matters is asserted.
}

/** A {@link LocalKafka} with these partition counts by topic. */
export function createLocalKafka(partitionCounts: Readonly<Record<string, number>>, brokers = 1): LocalKafka {
  const log = createLocalLog()
  const fetchFailures: Error[] = []
  const instrumentationEmitter = new InstrumentationEventEmitter()
  const group = createLocalCoordinator((apiName) => {
    const duration = apiName === 'Heartbeat' ? local.heartbeatTookMs : local.syncTookMs
    instrumentationEmitter.emit('network.request', { apiName, duration })
  })
  const fetches = Array.from({ length: brokers }, () => 0)
  const nodes = fetches.map((_, node) => ({
    ...group,
    async fetch(request: FetchRequest) {
      if (node === 0) await local.fetchHeldBy
      fetches[node] = (fetches[node] ?? 0) + 1
      return fetch(log, node === 0 ? fetchFailures : [], request)
    },
  }))
  const cluster = createCluster(partitionCounts, log, nodes, (topic, partition) =>
    local.leaderOf(topic, partition),
  )
  const consumer = (config: ConsumerConfig): Consumer =>
    createConsumer({
      ...config,
      retry: { initialRetryTime: 1, maxRetryTime: 5, retries: 2, ...config.retry },
      cluster,
      logger: quiet,
      instrumentationEmitter,
      metadataMaxAge: 300_000,
    })
  const local: LocalKafka = {
    kafka: { consumer } as unknown as Kafka,
    log,
    group,
    fetchFailures,
    fetchHeldBy: null,
    fetches,
    leaderOf: () => 0,
    heartbeatTookMs: 1,
    syncTookMs: 1,
  }
  return local
}

async function fetch(log: LocalLog, failures: Error[], { topics, maxWaitTime }: FetchRequest) {
  await pause(1)
  const failure = failures.shift()
  if (failure !== undefined) throw failure
  const responses = topics.map(({ topic, partitions }) => ({
    topicName: topic,
    partitions: partitions.map(({ partition, fetchOffset }) =>
      log.read(topic, partition, Number(fetchOffset)),
    ),
  }))
  const isEmpty = responses.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.length === 0),
  )
  if (isEmpty) await pause(maxWaitTime)
  return { responses }
}

function createCluster(
  partitionCounts: Readonly<Record<string, number>>,
  log: LocalLog,
  nodes: readonly object[],
  leaderOf: (topic: string, partition: number) => number,
) {
  const done = async (): Promise<void> => Promise.resolve()
  const cached = {}
  return {
    connect: done,
    disconnect: done,
    addMultipleTargetTopics: done,
    refreshMetadata: done,
    refreshMetadataIfNecessary: done,
    removeBroker: ignore,
    getNodeIds: () => [...nodes.keys()],
    findBroker: async ({ nodeId = 0 }: { nodeId?: number }) => Promise.resolve(nodes[nodeId]),
    findGroupCoordinator: async () => Promise.resolve(nodes[0]),
    findTopicPartitionMetadata: (topic: string) =>
      Array.from({ length: partitionCounts[topic] ?? 0 }, (_, partitionId) => ({
        partitionId,
        leader: leaderOf(topic, partitionId),
      })),
    committedOffsets: () => cached,
    defaultOffset: () => -2,
    fetchTopicsOffset: async (
      topics: readonly { topic: string; partitions: readonly { partition: number }[] }[],
    ) =>
      Promise.resolve(
        topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => ({
            partition,
            offset: String(log.start(topic, partition)),
          })),
        })),
      ),
  }
}
