import { createReadStream } from 'node:fs'
import kafkajs from 'kafkajs'
import type { Kafka } from 'kafkajs'
import { compilePath } from '../src/domain/path.ts'
import { messageOf, SandboxError } from './errors.ts'
import { createEncode } from './load/encode.ts'
import { loadFiles, type LoadPorts, type LoadResult } from './load/load-files.ts'
import { prepare, type PrepareRules } from './load/prepare.ts'
import { registerSchema } from './load/registry.ts'
import { readSchema } from './load/schemas.ts'
import { createSender, type OutgoingRecord, type Sender } from './load/sender.ts'
import { shapeOf } from './load/shape.ts'
import { defaultPartitions, ensureTopics, maxMessageBytes } from './load/topics.ts'

/** What to load, and where to. */
export interface LoadArgs {
  /** Files with newline-delimited JSON, or with JSON documents over many lines; what they hold decides. */
  readonly files: readonly string[]
  readonly kafkaBrokers: readonly string[]
  readonly registryUrl: string
  /** Default `profiles`. */
  readonly profilesTopic?: string | undefined
  /** Default `segment-memberships`. */
  readonly membershipsTopic?: string | undefined
  /** Partitions of both topics where they are created; default 4, or as many as the one that exists. */
  readonly partitions?: number | undefined
  /** Path of the person key in documents without a `personKey`, without it the identities decide. */
  readonly key?: string | undefined
  /** Time of every record, in epoch milliseconds; the time of sending without it. */
  readonly timestampMs?: number | undefined
  /** Takes one line for the person who started the load. */
  readonly report: (line: string) => void
  /** In place of the brokers: a Kafka in this process. */
  readonly inProcess?: LoadKafka
}

/** A Kafka that takes records one by one, in order. */
export interface LoadKafka {
  /** Creates those topics that are missing. */
  prepareTopics(topics: readonly string[], partitions: number, report: (line: string) => void): Promise<void>
  send(record: OutgoingRecord): Promise<void>
}

/** Room for what surrounds a value in a record batch. */
const batchOverheadBytes = 1024

/**
 * Loads files into the two input topics: profiles and memberships in Avro, keyed by person, in the order of the files'
 * lines. Missing topics are created and the schemas are registered. Documents that cannot be used are in the result and
 * reported; a broker or registry that cannot be used is thrown as a `SandboxError`.
 */
export async function load(args: LoadArgs): Promise<LoadResult> {
  const schemas = { profiles: readSchema('profile'), memberships: readSchema('segment-membership') }
  const rules: PrepareRules = {
    profile: shapeOf(JSON.parse(schemas.profiles)),
    membership: shapeOf(JSON.parse(schemas.memberships)),
    key: compileKey(args.key),
  }
  const topics = {
    profiles: args.profilesTopic ?? 'profiles',
    memberships: args.membershipsTopic ?? 'segment-memberships',
  }
  const register = async (topic: string, schema: string) =>
    createEncode(schema, await registerSchema(args.registryUrl, `${topic}-value`, schema, args.report))
  const encode = {
    profiles: await register(topics.profiles, schemas.profiles),
    memberships: await register(topics.memberships, schemas.memberships),
  }
  return await withSender(args, Object.values(topics), async (sender) => {
    const send: LoadPorts['send'] = async (personKey, { topic, value }) => {
      const bytes = value === null ? null : encode[topic](value)
      if (bytes !== null && bytes.length > maxMessageBytes - batchOverheadBytes)
        return `is too large: ${bytes.length} bytes, where the topics take ${maxMessageBytes}`
      const timestampMs = args.timestampMs ?? Date.now()
      await sender.send({ topic: topics[topic], key: personKey, value: bytes, timestampMs })
      return null
    }
    const ports: LoadPorts = {
      read: createReadStream,
      prepare: (document, place) => prepare(document, place, rules),
      send,
      report: args.report,
    }
    return await loadFiles(args.files, ports)
  })
}

function compileKey(path: string | undefined): PrepareRules['key'] {
  if (path === undefined) return null
  const compiled = compilePath(path)
  if (compiled.type === 'invalid') throw new SandboxError(`key: ${compiled.problem}`)
  return { path, get: compiled.get }
}

/** Runs `use` with a sender to topics that exist; everything sent is acknowledged when it resolves. */
async function withSender<T>(
  { kafkaBrokers, partitions, report, inProcess }: LoadArgs,
  topics: readonly string[],
  use: (sender: Sender) => Promise<T>,
): Promise<T> {
  if (inProcess !== undefined) {
    await inProcess.prepareTopics(topics, partitions ?? defaultPartitions, report)
    return await use({
      send: async (record) => await inProcess.send(record),
      flush: async () => Promise.resolve(),
    })
  }
  const kafka = new kafkajs.Kafka({
    clientId: 'sandbox-load',
    brokers: [...kafkaBrokers],
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const at = kafkaBrokers.join(',')
  await orKafkaProblem(at, async () => await prepareTopics(kafka, topics, partitions, report))
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    maxInFlightRequests: 1,
  })
  try {
    await orKafkaProblem(at, async () => await producer.connect())
    const sender = createSender({
      sendBatch: async (batch) => await orKafkaProblem(at, async () => await producer.sendBatch(batch)),
    })
    const result = await use(sender)
    await sender.flush()
    return result
  } finally {
    await producer.disconnect()
  }
}

async function prepareTopics(
  kafka: Kafka,
  topics: readonly string[],
  partitions: number | undefined,
  report: (line: string) => void,
): Promise<void> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    await ensureTopics(admin, topics, partitions, report)
  } finally {
    await admin.disconnect()
  }
}

/** Whatever the client throws comes from the cluster or the way to it, and is shown as such. */
async function orKafkaProblem<T>(brokers: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (thrown) {
    if (thrown instanceof SandboxError) throw thrown
    throw new SandboxError(`kafka at ${brokers}: ${messageOf(thrown)}`)
  }
}
