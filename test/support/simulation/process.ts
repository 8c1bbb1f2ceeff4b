import { createMemoryOffsetReader } from '../../../sandbox/memory-kafka/admin.ts'
import { BrokerUnreachable } from '../../../sandbox/memory-kafka/errors.ts'
import { createMemoryGroupConsumer } from '../../../sandbox/memory-kafka/group-consumer.ts'
import type { Link } from '../../../sandbox/memory-kafka/link.ts'
import type { MemoryKafka } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import { createMemoryProduce } from '../../../sandbox/memory-kafka/producer.ts'
import type { AssembleMetrics, Decoded } from '../../../src/assemble/ports.ts'
import { RegistryUnavailable } from '../../../src/avro/registry-transport.ts'
import { defineAssembleStage } from '../../../src/cli/assemble-stage.ts'
import type { Codecs } from '../../../src/cli/codecs.ts'
import { type DeliverStage, defineDeliverStage } from '../../../src/cli/deliver-stage.ts'
import type { Config } from '../../../src/config/config.ts'
import { internalTopics } from '../../../src/config/topics.ts'
import type { WriteContact, WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { DeliverMetrics } from '../../../src/deliver/ports.ts'
import type { Send } from '../../../src/domain/plan.ts'
import type { DeadLetterReason, OutputRecord, SourceRecord } from '../../../src/domain/record.ts'
import { deadLetterRecord } from '../../../src/kafka/dead-letter.ts'
import type { Clock, GroupConsumer, OffsetReader, Produce, StageMetrics } from '../../../src/runtime/ports.ts'
import { createStage, type Stage, type StageOptions, type StagePorts } from '../../../src/runtime/stage.ts'
import type { StageDefinition } from '../../../src/runtime/stage-definition.ts'
import type { StateStores } from '../../../src/runtime/state-store.ts'
import { judgeReadiness, type Readiness } from '../../../src/telemetry/liveness.ts'
import type { Dice } from './dice.ts'
import type { Life } from './life.ts'

/** The ports of one process that a broken simulation wraps. */
export interface ProcessParts {
  readonly clock: Clock
  readonly produce: Produce
  readonly offsets: OffsetReader
  decode(bytes: Uint8Array): Promise<Decoded>
  readonly stageOptions: StageOptions
  readonly ambiguousHoldMs: number
  readonly requestsPerSecond: number
  readonly writeContact: WriteContact
  wrapConsumer(consumer: GroupConsumer): GroupConsumer
  holdsLease(stage: Stage): boolean
}

/** What a process runs in. */
export interface ProcessWorld {
  readonly config: Config
  readonly partitions: number
  readonly kafka: MemoryKafka
  readonly codecs: Codecs
  readonly dice: Dice
  linkOf(life: Life): Link
  decode(bytes: Uint8Array): Promise<Decoded>
  storesOf(stage: StageDefinition['name'], life: Life): StateStores
  writeContact(life: Life, write: Send): Promise<WriteOutcome>
  /** The process would end: what it would end with. */
  failed(life: Life, error: Error): void
  /** The parts as they are, or broken. */
  parts(parts: ProcessParts, life: Life): ProcessParts
  log(life: Life, level: string, message: string, fields: object): void
  /** Records of the next batch, at most. */
  maxRecords(): number
  readonly metrics: ProcessMetrics
}

/** Who hears of what the stages count. */
export type ProcessMetrics = AssembleMetrics & DeliverMetrics & StageMetrics

/** The program with both stages, in one life of a process. */
export interface SimulatedProcess {
  readonly life: Life
  start(): void
  /** As on SIGTERM; the process is over when it resolves, or after its time to stop. */
  stop(): Promise<void>
  readonly deliver: DeliverStage
  /** Its member id in the group of a stage; empty where it has none. */
  memberId(stage: StageDefinition['name']): string
  isRestored(): boolean
  /** What `/ready` says. */
  readiness(): Readiness
}

/** A process that is not started. */
export function createSimulatedProcess(world: ProcessWorld, life: Life): SimulatedProcess {
  const { config } = world
  const parts = world.parts(createParts(world, life), life)
  const { clock } = parts
  const givesUp: (() => void)[] = []
  const failed = (error: Error): void => world.failed(life, error)
  const shared = {
    deadLetter: deadLetters(config, clock),
    nowMs: () => clock.nowMs(),
  }
  const assembleDefinition = defineAssembleStage(config, {
    ...shared,
    decode: async (bytes) => parts.decode(bytes),
    personCodec: world.codecs.person,
    contactCodec: world.codecs.contact,
    metrics: world.metrics,
  })
  const assemble = wireStage(world, life, parts, assembleDefinition, failed)
  const deliver = defineDeliverStage(
    withParts(config, parts),
    world.partitions,
    {
      ...shared,
      contactCodec: world.codecs.contact,
      ledgerCodec: world.codecs.ledger,
      retryCodec: world.codecs.retry,
      writeContact: async (write) => unlessGivenUp(parts.writeContact(write), givesUp),
      metrics: world.metrics,
    },
    {
      monotonicMs: () => clock.monotonicMs(),
      random: () => world.dice.fraction(),
      setTimer: (delayMs, then) => clock.setTimer(delayMs, then),
      holdsLease: () => parts.holdsLease(delivering.stage),
      authorisationChanged: () => undefined,
    },
    {
      processName: life.name.replace('.', '-'),
      offsets: parts.offsets,
      publish: async () => delivering.stage.publish(),
      failed: (error) => failed(toError(error)),
    },
    clock,
  )
  const delivering = wireStage(world, life, parts, deliver.definition, failed)
  const stages = [assemble, delivering]

  return {
    life,
    deliver,
    start() {
      for (const { stage } of stages) stage.start().catch((error: unknown) => failed(toError(error)))
    },
    async stop() {
      life.later(config.shutdownTimeoutMs, () => life.end('did not stop in time'))
      life.later(config.shutdownTimeoutMs / 2, () => givesUp.splice(0).forEach((giveUp) => giveUp()))
      try {
        await deliver.flusher.stop()
        for (const { stage } of [...stages].reverse()) await stage.stop()
        life.end('stopped')
      } catch (error) {
        failed(toError(error))
      }
    },
    memberId: (stage) => (stage === 'assemble' ? assemble : delivering).memberId(),
    isRestored: () => stages.every(({ stage }) => stage.isAssigned() && stage.isRestored()),
    readiness: () =>
      judgeReadiness({
        stages: stages.map(({ stage }) => ({
          stage: stage.name,
          assigned: stage.isAssigned(),
          restored: stage.isRestored(),
        })),
        authorised: deliver.flusher.isAuthorised(),
        stopping: false,
      }),
  }
}

function withParts(config: Config, { ambiguousHoldMs, requestsPerSecond }: ProcessParts): Config {
  return { ...config, zendesk: { ...config.zendesk, ambiguousHoldMs, requestsPerSecond } }
}

function createParts(world: ProcessWorld, life: Life): ProcessParts {
  const { config, kafka } = world
  const { clock } = life
  const link = world.linkOf(life)
  return {
    clock,
    produce: createMemoryProduce(kafka, link, clock, { patienceMs: 5 * 60_000, pauseMs: 500 }),
    offsets: createMemoryOffsetReader(kafka, link),
    decode: async (bytes) => world.decode(bytes),
    stageOptions: {
      commitIntervalMs: config.kafka.commitIntervalMs,
      leaseMs: config.kafka.sessionTimeoutMs - config.zendesk.requestDeadlineMs,
      stallRetryMs: 5000,
      maxStoreAgeMs: 7 * 24 * 3_600_000,
      keepUnusedStoresMs: 10 * 60_000,
    },
    ambiguousHoldMs: config.zendesk.ambiguousHoldMs,
    requestsPerSecond: config.zendesk.requestsPerSecond,
    writeContact: async (write) => world.writeContact(life, write),
    wrapConsumer: (consumer) => consumer,
    holdsLease: (stage) => stage.holdsLease(),
  }
}

function wireStage(
  world: ProcessWorld,
  life: Life,
  parts: ProcessParts,
  definition: StageDefinition,
  failed: (error: Error) => void,
): { readonly stage: Stage; memberId(): string } {
  const { config } = world
  const stores = world.storesOf(definition.name, life)
  const consumer = createMemoryGroupConsumer(world.kafka, world.linkOf(life), life.clock, {
    ...config.kafka,
    clientId: life.name,
    groupId: definition.groupId,
    topics: [...definition.inputs, definition.changelog],
    held: () => stores.held(),
    maxRecords: () => world.maxRecords(),
  })
  const log = (level: string) => (fields: object, message: string) => world.log(life, level, message, fields)
  const ports: StagePorts = {
    consumer: parts.wrapConsumer(consumer),
    offsets: parts.offsets,
    stores,
    produce: parts.produce,
    clock: parts.clock,
    metrics: world.metrics,
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    isTransient: (error) => error instanceof RegistryUnavailable || error instanceof BrokerUnreachable,
    failed,
  }
  return {
    stage: createStage(definition, ports, parts.stageOptions),
    memberId: () => consumer.memberId(),
  }
}

/** A process that stops gives requests up that are not answered: nobody knows how they end. */
async function unlessGivenUp(answer: Promise<WriteOutcome>, givesUp: (() => void)[]): Promise<WriteOutcome> {
  const givenUp = new Promise<WriteOutcome>((resolve) => {
    givesUp.push(() => resolve({ type: 'ambiguous', reason: 'aborted' }))
  })
  return Promise.race([answer, givenUp])
}

function deadLetters(config: Config, clock: Clock) {
  const topic = internalTopics(config.applicationId).deadLetter
  return (
    record: Pick<SourceRecord, 'key' | 'value'> & Partial<SourceRecord>,
    reason: DeadLetterReason,
  ): OutputRecord =>
    deadLetterRecord(record, reason, {
      topic,
      applicationId: config.applicationId,
      failedAtMs: clock.nowMs(),
    })
}

/** Metrics that nobody reads. */
export const silentMetrics = new Proxy({}, { get: () => () => undefined }) as ProcessMetrics

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
