import { readFileSync } from 'node:fs'
import { createAvroDecoder } from '../avro/decoder.ts'
import { createSchemaRegistry, type SchemaRegistryAdapter } from '../avro/registry.ts'
import type { Config } from '../config/config.ts'
import { internalTopics } from '../config/topics.ts'
import { connectKafkaAdmin, type KafkaAdmin } from '../kafka/admin.ts'
import { createKafkaClient } from '../kafka/client.ts'
import { createRecordProducer } from '../kafka/producer.ts'
import { every } from '../runtime/interval.ts'
import type { Stage } from '../runtime/stage.ts'
import { startHealthServer } from '../telemetry/health-server.ts'
import { createKafkaLog } from '../telemetry/kafka-log.ts'
import { judgeLiveness, judgeReadiness } from '../telemetry/liveness.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import type { SellClient } from '../zendesk/sell-client.ts'
import { createCodecs } from './codecs.ts'
import { readLag } from './lag.ts'
import type { DeliverStage } from './deliver-stage.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { createAssembleStage, createDeliverStage, type StageParts } from './stages.ts'
import { StartRefused } from './start-refused.ts'
import { systemClock } from './system-clock.ts'
import { prepareTopics } from './topics.ts'
import { checkAgainstZendesk, createZendesk } from './zendesk.ts'

/** Which stages to run, and as which version. */
export interface ProgramOptions {
  readonly stage: 'all' | 'assemble' | 'deliver'
  readonly version: string
}

/** The stages of this process. */
interface RunningStages {
  readonly stages: readonly Stage[]
  readonly deliver: DeliverStage | null
}

/** How often the ends of the logs are read, for the lag. */
const lagIntervalMs = 5000

/**
 * Starts everything, in order. Rejects with `StartRefused` where a person has to mend something first, and stops then
 * what it had started. `failed` is called where the program cannot go on later. The result stops all of it: sends nothing
 * new, lets what is in flight end, commits, leaves the groups and disconnects.
 */
export async function startProgram(
  config: Config,
  options: ProgramOptions,
  logger: Logger,
  failed: (error: Error) => void,
): Promise<Pick<Lifecycle, 'stop'>> {
  const lifecycle = createLifecycle()
  try {
    await startAll(config, options, logger, failed, lifecycle)
  } catch (error) {
    await lifecycle.stop().catch(() => undefined)
    throw error
  }
  return lifecycle
}

async function startAll(
  config: Config,
  options: ProgramOptions,
  logger: Logger,
  failed: (error: Error) => void,
  lifecycle: Lifecycle,
): Promise<void> {
  const metrics = createMetrics({
    version: options.version,
    inputTopics: [config.inputs.profiles.topic, config.inputs.segmentMemberships.topic],
    internalTopics: Object.values<string>({ ...internalTopics(config.applicationId) }),
    targets: config.fieldMappings.map(({ target }) => target),
  })
  const zendesk = createZendesk(config, options.version, logger, metrics.requestTried)
  lifecycle.onStop(async () => zendesk.close())
  const kafka = createKafkaClient(config.kafka, createKafkaLog(logger))
  const admin = await connectKafkaAdmin(kafka)
  lifecycle.onStop(async () => admin.disconnect())
  const partitions = await prepare(config, admin, zendesk, logger)

  const producer = createRecordProducer(kafka)
  lifecycle.onStop(async () => producer.disconnect())
  await producer.connect()
  const registry = createRegistry(config)
  const running = createStagesFor(options.stage, {
    config,
    kafka,
    offsets: admin.offsets,
    partitions,
    decoder: createAvroDecoder({ registry, maxBytes: config.inputs.maxRecordBytes }),
    codecs: await createCodecs(config, registry),
    zendesk,
    metrics,
    logger,
    async produce(records) {
      await producer.produce(records)
      for (const { topic } of records) metrics.output.produced(topic, 1)
    },
    failed,
  })

  await serveHealth(config, metrics, running, lifecycle)
  for (const stage of running.stages) {
    lifecycle.onStop(async () => stage.stop())
    await stage.start()
  }
  lifecycle.onStop(async () => running.deliver?.flusher.stop())
  watchLag(admin, metrics, running, logger, lifecycle)
  logger.info({ version: options.version, stage: options.stage, partitions }, 'started')
}

/** Checks what only the outside can tell, and returns the partition count of all topics. */
async function prepare(
  config: Config,
  admin: KafkaAdmin,
  zendesk: SellClient,
  logger: Logger,
): Promise<number> {
  const [topics, problems] = await Promise.all([
    prepareTopics(admin.topics, config),
    checkAgainstZendesk(config, zendesk, logger),
  ])
  if (topics.type === 'problems' || problems.length > 0) {
    const all = topics.type === 'problems' ? [...topics.problems, ...problems] : problems
    throw new StartRefused('zendesk-activation does not start, nothing was written', all)
  }
  if (topics.created.length > 0) logger.info({ topics: topics.created }, 'created internal topics')
  return topics.partitions
}

function createRegistry({ schemaRegistry }: Config): SchemaRegistryAdapter {
  const { url, credentials, timeoutMs, unknownSchemaCacheMs } = schemaRegistry
  const read = (file: string): string => readFileSync(file, 'utf8').trim()
  const auth =
    credentials === null
      ? {}
      : { auth: { username: read(credentials.usernameFile), password: read(credentials.passwordFile) } }
  return createSchemaRegistry({ url, ...auth, timeoutMs, negativeCacheMs: unknownSchemaCacheMs })
}

function createStagesFor(choice: ProgramOptions['stage'], parts: StageParts): RunningStages {
  const assemble = choice === 'deliver' ? [] : [createAssembleStage(parts)]
  if (choice === 'assemble') return { stages: assemble, deliver: null }
  const { stage, deliver } = createDeliverStage(parts)
  return { stages: [...assemble, stage], deliver }
}

async function serveHealth(
  config: Config,
  metrics: Metrics,
  { stages, deliver }: RunningStages,
  lifecycle: Lifecycle,
): Promise<void> {
  let stopping = false
  const isReady = () =>
    judgeReadiness({
      stages: stages.map((stage) => ({
        stage: stage.name,
        assigned: stage.isAssigned(),
        restored: stage.isRestored(),
      })),
      authorised: deliver === null ? null : deliver.flusher.isAuthorised(),
      stopping,
    })
  metrics.observe({ ready: () => isReady().ready })
  if (deliver !== null) {
    metrics.observe({ ...deliver, authorised: () => deliver.flusher.isAuthorised() })
  }
  const server = await startHealthServer({
    ...config.http,
    metrics,
    isLive: () =>
      judgeLiveness(
        stages.map((stage) => ({ stage: stage.name, lastProgressMs: stage.lastProgressMs() })),
        systemClock.monotonicMs(),
        config.health.maxStallMs,
      ),
    isReady,
  })
  lifecycle.onStop(async () => {
    stopping = true
    await server.stop()
  })
}

function watchLag(
  admin: KafkaAdmin,
  metrics: Metrics,
  { stages }: RunningStages,
  logger: Logger,
  lifecycle: Lifecycle,
): void {
  const cancel = every(
    systemClock,
    lagIntervalMs,
    async () => {
      for (const stage of stages) {
        const { committed, ends } = await readLag(admin.offsets, stage.groupId, stage.owned())
        for (const offset of committed) metrics.stage.committed(stage.name, offset)
        for (const end of ends) metrics.stage.logEnd(stage.name, end)
      }
    },
    (error) => logger.warn({ error }, 'the lag could not be read'),
  )
  lifecycle.onStop(async () => {
    cancel()
    return Promise.resolve()
  })
}
