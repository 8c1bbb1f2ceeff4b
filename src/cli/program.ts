import { createAvroDecoder } from '../avro/decoder.ts'
import type { SubjectReader } from '../avro/latest-schema.ts'
import type { Config } from '../config/config.ts'
import { internalTopics } from '../config/topics.ts'
import { withLetterParts } from '../kafka/letter-parts.ts'
import type { Stage } from '../runtime/stage.ts'
import { startHealthServer } from '../telemetry/health-server.ts'
import { judgeLiveness, judgeReadiness, type Readiness } from '../telemetry/liveness.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import type { SellClient } from '../zendesk/sell-client.ts'
import { type Finding, problemsOf, sentenceOf } from './check/finding.ts'
import { checkSchemas } from './check/schemas.ts'
import { checkAllTopics } from './check/topics.ts'
import { createCodecs } from './codecs.ts'
import { watchLag } from './lag.ts'
import type { DeliverStage } from './deliver-stage.ts'
import { armFailpoints, withFailpoints } from './failpoints.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { type KafkaConnection, type Outside, realOutside } from './outside.ts'
import { whenReachable } from './registry-wait.ts'
import { createAssembleStage, createDeliverStage, type StageParts } from './stages.ts'
import { StartRefused } from './start-refused.ts'
import { createStores } from './state.ts'
import { systemClock } from './system-clock.ts'
import { checkAgainstZendesk, createZendesk, tokenFileAgeMs } from './zendesk.ts'

/** Which stages to run, and as which version. */
export interface ProgramOptions {
  readonly stage: 'all' | 'assemble' | 'deliver'
  readonly version: string
  /** Ends a start that waits for something outside. */
  readonly signal: AbortSignal
  /** Stands in for the real Kafka and registry. */
  readonly outside?: Outside
}

/** The stages of this process. */
interface RunningStages {
  readonly stages: readonly Stage[]
  readonly deliver: DeliverStage | null
}

/** How often a start looks whether the schema registry can be reached. */
const registryRetryMs = 2000

/**
 * Starts everything, in order. Rejects with `StartRefused` where a person has to mend something first, and stops then
 * what it had started, and with an `AbortError` where the signal ended it. `failed` is called where the program cannot go
 * on later. The result stops all of it: sends nothing new, lets what is in flight end, commits, leaves the groups and
 * disconnects.
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
  const failpoints = armFailpoints(process.env, logger)
  const metrics = createMetrics({
    version: options.version,
    inputTopics: [config.inputs.profiles.topic, config.inputs.segmentMemberships.topic],
    internalTopics: Object.values<string>({ ...internalTopics(config.applicationId) }),
    targets: config.fieldMappings.map(({ target }) => target),
  })
  const zendesk = createZendesk(config, options.version, logger, metrics.requestTried)
  lifecycle.onStop(async () => zendesk.close())
  const outside = options.outside ?? realOutside
  const kafka = await outside.connectKafka(config, logger)
  lifecycle.onStop(async () => kafka.close())
  const registry = outside.createRegistry(config)
  const partitions = await prepare(config, options, kafka, registry, zendesk, logger)
  let running: RunningStages | null = null
  const health = await serveHealth(config, metrics, () => running, lifecycle)

  const codecs = await whenReachable(async () => createCodecs(config, registry), {
    retryMs: registryRetryMs,
    signal: options.signal,
    waits: (error) => logger.warn({ error, retryInMs: registryRetryMs }, 'waiting for the schema registry'),
  })
  const { deadLetter } = internalTopics(config.applicationId)
  const produce = withLetterParts(kafka.produce, deadLetter, await kafka.topics.maxMessageBytes(deadLetter))
  const parts: StageParts = {
    config,
    kafka,
    partitions,
    storesOf: createStores(config),
    maxStoreAgeMs: await kafka.topics.deleteRetentionMs(compactedTopics(config)),
    decoder: createAvroDecoder({ registry, maxBytes: config.inputs.maxRecordBytes }),
    codecs,
    zendesk,
    metrics,
    logger,
    async produce(records, mayGo) {
      const ends = await produce(records, mayGo)
      for (const { topic } of records) metrics.output.produced(topic, 1)
      return ends
    },
    failed,
  }
  running = createStagesFor(options.stage, withFailpoints(parts, failpoints))

  const { stages, deliver } = running
  if (deliver !== null) {
    metrics.observe({
      ...deliver,
      authorised: () => deliver.flusher.isAuthorised(),
      tokenFileAgeMs: () => tokenFileAgeMs(config),
    })
  }
  for (const stage of stages) {
    lifecycle.onStop(async () => stage.stop())
    await stage.start()
  }
  // What Zendesk does not answer in half the time is given up, in doubt: the rest of the stop needs the other half.
  lifecycle.onStop(async () =>
    Promise.all([deliver?.flusher.stop(), zendesk.close(config.shutdownTimeoutMs / 2)]),
  )
  const unwatchLag = watchLag(kafka.offsets, stages, metrics.stage, logger)
  lifecycle.onStop(async () => {
    unwatchLag()
    return Promise.resolve()
  })
  // Last here, so first when all stops: whoever routes to this process hears of it before anything is gone.
  lifecycle.onStop(async () => {
    health.stopping()
    return Promise.resolve()
  })
  logger.info({ version: options.version, stage: options.stage, partitions }, 'started')
}

/**
 * Checks what only the outside can tell, creates missing topics once nothing is wrong, and returns the partition count of
 * all topics. The assemble stage alone does not ask Zendesk, and the deliver stage alone reads no input.
 */
async function prepare(
  config: Config,
  { stage }: ProgramOptions,
  kafka: KafkaConnection,
  registry: SubjectReader,
  zendesk: SellClient,
  logger: Logger,
): Promise<number> {
  const [{ topics, findings }, schemas, mismatches] = await Promise.all([
    checkAllTopics(kafka.topics, config),
    stage === 'deliver' ? [] : checkAgainstSchemas(config, registry, logger),
    stage === 'assemble' ? [] : checkAgainstZendesk(config, zendesk, logger),
  ])
  const problems = [...problemsOf([...findings, ...schemas]), ...mismatches].map(sentenceOf)
  if (topics.type === 'problems' || problems.length > 0)
    throw new StartRefused('zendesk-activation does not start, nothing was written', problems)
  for (const finding of [...findings, ...schemas])
    if (finding.level === 'warning') logger.warn({ problem: sentenceOf(finding) }, 'a check has a doubt')
  const { missing, partitions } = topics
  await kafka.topics.create(missing, config.topics.replicationFactor)
  if (missing.length > 0) logger.info({ topics: missing.map(({ name }) => name) }, 'created internal topics')
  return partitions
}

/** What the inputs' schemas say of the mapped paths. A registry that does not answer is no reason not to start. */
async function checkAgainstSchemas(
  config: Config,
  registry: SubjectReader,
  logger: Logger,
): Promise<readonly Finding[]> {
  const checked = await checkSchemas(config, registry)
  if (checked.type === 'checked') return checked.findings
  logger.warn({ problem: checked.reason }, 'the mapped paths could not be checked against the schemas')
  return []
}

/** The topics whose deletions a store must not miss. */
function compactedTopics({ applicationId }: Config): readonly string[] {
  const { persons, contacts, ledger } = internalTopics(applicationId)
  return [persons, contacts, ledger]
}

function createStagesFor(choice: ProgramOptions['stage'], parts: StageParts): RunningStages {
  const assemble = choice === 'deliver' ? [] : [createAssembleStage(parts)]
  if (choice === 'assemble') return { stages: assemble, deliver: null }
  const { stage, deliver } = createDeliverStage(parts)
  return { stages: [...assemble, stage], deliver }
}

/** Serves health from early on: a start that waits for the registry is alive, and not ready. */
async function serveHealth(
  config: Config,
  metrics: Metrics,
  running: () => RunningStages | null,
  lifecycle: Lifecycle,
): Promise<{ stopping(): void }> {
  let stopping = false
  const isReady = (): Readiness => {
    const here = running()
    if (here === null) return { ready: false, reasons: ['the process is starting'] }
    const { stages, deliver } = here
    return judgeReadiness({
      stages: stages.map((stage) => ({
        stage: stage.name,
        assigned: stage.isAssigned(),
        restored: stage.isRestored(),
      })),
      authorised: deliver === null ? null : deliver.flusher.isAuthorised(),
      stopping,
    })
  }
  metrics.observe({ ready: () => isReady().ready })
  const server = await startHealthServer({
    ...config.http,
    metrics,
    isLive: () =>
      judgeLiveness(
        (running()?.stages ?? []).map((stage) => ({
          stage: stage.name,
          lastProgressMs: stage.lastProgressMs(),
        })),
        systemClock.monotonicMs(),
        config.health.maxStallMs,
      ),
    isReady,
  })
  lifecycle.onStop(async () => server.stop())
  return {
    stopping() {
      stopping = true
    },
  }
}
