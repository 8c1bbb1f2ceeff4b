import { randomUUID } from 'node:crypto'
import type { AvroDecoder } from '../avro/decoder.ts'
import { RegistryUnavailable } from '../avro/registry-transport.ts'
import type { Config } from '../config/config.ts'
import { internalTopics } from '../config/topics.ts'
import type { OutputRecord } from '../domain/record.ts'
import { deadLetterRecord } from '../kafka/dead-letter.ts'
import { failureAt } from '../runtime/failure.ts'
import type { Produce } from '../runtime/ports.ts'
import { createStage, type Stage, type StageOptions, type StagePorts } from '../runtime/stage.ts'
import type { StageDefinition } from '../runtime/stage-definition.ts'
import type { StateStores } from '../runtime/state-store.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { SellClient } from '../zendesk/sell-client.ts'
import { defineAssembleStage } from './assemble-stage.ts'
import type { Codecs } from './codecs.ts'
import { defineDeliverStage, type DeliverStage } from './deliver-stage.ts'
import type { KafkaConnection } from './outside.ts'
import { systemClock } from './system-clock.ts'

/** What both stages are made from. */
export interface StageParts {
  readonly config: Config
  readonly kafka: KafkaConnection
  readonly partitions: number
  readonly decoder: AvroDecoder
  readonly codecs: Codecs
  readonly zendesk: SellClient
  readonly metrics: Metrics
  readonly logger: Logger
  readonly produce: Produce
  /** The stores of a stage, by its name. */
  storesOf(stage: StageDefinition['name']): StateStores
  /** How long Kafka remembers deletions, in milliseconds: a store that was out of use longer is of no use. */
  readonly maxStoreAgeMs: number
  failed(error: Error): void
}

/** How long a partition waits before records that the registry kept from being read are tried again. */
const stallRetryMs = 5000

/** The assemble stage, not started. */
export function createAssembleStage(parts: StageParts): Stage {
  const { config, decoder, codecs, metrics } = parts
  const definition = defineAssembleStage(config, {
    decode: async (bytes) => decoder.decode(bytes),
    personCodec: codecs.person,
    contactCodec: codecs.contact,
    deadLetter: deadLetters(parts),
    nowMs: () => systemClock.nowMs(),
    metrics: metrics.assemble,
  })
  return createStage(definition, stagePorts(parts, definition), stageOptions(parts))
}

/** The deliver stage, not started, and its flusher. */
export function createDeliverStage(parts: StageParts): {
  readonly stage: Stage
  readonly deliver: DeliverStage
} {
  const { config, codecs, metrics, logger } = parts
  const deliver = defineDeliverStage(
    config,
    parts.partitions,
    {
      contactCodec: codecs.contact,
      ledgerCodec: codecs.ledger,
      retryCodec: codecs.retry,
      writeContact: async (write) => parts.zendesk.write(write),
      deadLetter: deadLetters(parts),
      nowMs: () => systemClock.nowMs(),
      metrics: metrics.deliver,
    },
    {
      monotonicMs: () => systemClock.monotonicMs(),
      random: () => Math.random(),
      setTimer: (delayMs, then) => systemClock.setTimer(delayMs, then),
      holdsLease: () => stage.holdsLease(),
      authorisationChanged(authorised) {
        if (authorised) logger.info({}, 'Zendesk accepts the token again')
        else
          logger.error(
            { tokenFile: config.zendesk.tokenFile },
            'Zendesk refuses the token: everything waits until it is replaced',
          )
      },
    },
    {
      processName: randomUUID().slice(0, 13),
      offsets: parts.kafka.offsets,
      publish: async () => stage.publish(),
      failed: (error) => parts.failed(failureAt('deliver', error)),
    },
    systemClock,
  )
  const stage: Stage = createStage(
    deliver.definition,
    stagePorts(parts, deliver.definition),
    stageOptions(parts),
  )
  return { stage, deliver }
}

function stagePorts(parts: StageParts, definition: StageDefinition): StagePorts {
  const { config, kafka, metrics, logger } = parts
  const stores = parts.storesOf(definition.name)
  const topics = [...definition.inputs, definition.changelog]
  const consumer = kafka.createConsumer({ ...config.kafka, groupId: definition.groupId, topics }, () =>
    stores.held(),
  )
  const isTransient = (error: unknown): boolean => error instanceof RegistryUnavailable
  return {
    consumer,
    offsets: kafka.offsets,
    stores,
    produce: parts.produce,
    clock: systemClock,
    metrics: metrics.stage,
    log: logger,
    isTransient,
    failed: (error: Error) => parts.failed(error),
  }
}

/**
 * The lease ends one request deadline before the group would give the partitions to another member, so that a request
 * sent at its last moment is over by then.
 */
function stageOptions({ config: { kafka, zendesk, state }, maxStoreAgeMs }: StageParts): StageOptions {
  return {
    commitIntervalMs: kafka.commitIntervalMs,
    leaseMs: kafka.sessionTimeoutMs - zendesk.requestDeadlineMs,
    stallRetryMs,
    maxStoreAgeMs,
    keepUnusedStoresMs: state.keepUnusedMs,
  }
}

function deadLetters({ config, metrics }: StageParts) {
  const topic = internalTopics(config.applicationId).deadLetter
  return (...[record, reason]: DropLast<Parameters<typeof deadLetterRecord>>): OutputRecord => {
    metrics.output.deadLettered(reason)
    const { applicationId } = config
    return deadLetterRecord(record, reason, { topic, applicationId, failedAtMs: systemClock.nowMs() })
  }
}

type DropLast<T extends readonly unknown[]> = T extends [...infer Rest, unknown] ? Rest : never
