import { createAvroDecoder } from '../../../src/avro/decoder.ts'
import type { SchemaSource } from '../../../src/avro/registry.ts'
import { defineAssembleStage } from '../../../src/cli/assemble-stage.ts'
import type { Codecs } from '../../../src/cli/codecs.ts'
import { type DeliverStage, defineDeliverStage } from '../../../src/cli/deliver-stage.ts'
import type { Config } from '../../../src/config/config.ts'
import { internalTopics } from '../../../src/config/topics.ts'
import type { DeliverPorts } from '../../../src/deliver/ports.ts'
import { deadLetterRecord } from '../../../src/kafka/dead-letter.ts'
import { every } from '../../../src/runtime/interval.ts'
import type { Broker } from './broker.ts'
import type { Counts } from './counts.ts'
import type { Effect, Life } from './faults.ts'
import { createLane } from './lane.ts'
import { createProcessClock, type WorldTime } from './world-time.ts'
import type { ZendeskModel } from './zendesk-model.ts'

/** What every process of a test runs in. */
export interface Surroundings {
  readonly config: Config
  readonly broker: Broker
  readonly zendesk: ZendeskModel
  readonly time: WorldTime
  readonly registry: SchemaSource
  readonly codecs: Codecs
  readonly counts: Counts
  /** Below 1, at least 0; the same sequence for the same seed. */
  readonly random: () => number
  readonly batchSize: () => number
  readonly chooseTopic: (topics: readonly string[]) => string | undefined
  readonly timerLatenessMs: () => number
  readonly authorisationChanged: (authorised: boolean) => void
}

/** The program, with both stages, from start to end. */
export interface Process {
  start(): Promise<void>
  /** Reads what can be read; false where nothing can. */
  poll(): boolean
  readonly deliver: DeliverStage
  /** As on SIGTERM: ends what is under way and commits. */
  stop(): Promise<void>
  /** As on SIGKILL. */
  kill(): void
}

/** A process that is not started. It reports to `failed` what would end the real one. */
export function createProcess(
  surroundings: Surroundings,
  life: Life,
  failed: (error: unknown) => void,
): Process {
  const { config, broker, counts, codecs } = surroundings
  const clock = createProcessClock(surroundings.time, surroundings.timerLatenessMs)
  const output = createOutput(surroundings, life)
  const decoder = createAvroDecoder({
    registry: surroundings.registry,
    maxBytes: config.inputs.maxRecordBytes,
  })
  const assemble = defineAssembleStage(config, {
    decode: async (bytes) => decoder.decode(bytes),
    personCodec: codecs.person,
    contactCodec: codecs.contact,
    ...output,
    nowMs: () => clock.nowMs(),
    metrics: counts.assemble,
  })
  const deliver = defineDeliverStage(
    config,
    1,
    {
      contactCodec: codecs.contact,
      ledgerCodec: codecs.ledger,
      writeContact: async (write) => life.call('request', async () => surroundings.zendesk.write(write)),
      ...output,
      nowMs: () => clock.nowMs(),
      metrics: counts.deliver,
    },
    {
      monotonicMs: () => clock.monotonicMs(),
      random: () => surroundings.random(),
      setTimer: (delayMs, then) => clock.setTimer(delayMs, then),
      holdsLease: () => !life.isOver(),
      failed,
      authorisationChanged: (authorised) => surroundings.authorisationChanged(authorised),
    },
    clock,
  )
  const { batchSize, chooseTopic } = surroundings
  const ports = { broker, life, batchSize, chooseTopic, failed }
  const lanes = [createLane(assemble, ports), createLane(deliver.definition, ports)]
  const eachLane = async (step: (lane: (typeof lanes)[number]) => Promise<void>): Promise<void> => {
    for (const lane of lanes) await step(lane)
  }

  return {
    deliver,
    async start() {
      for (const lane of lanes) {
        every(clock, tickMs, async () => lane.tick(), failed)
        every(clock, config.kafka.commitIntervalMs, async () => lane.commit(), failed)
      }
      await eachLane(async (lane) => lane.start())
    },
    poll: () => lanes.map((lane) => lane.poll()).some((polled) => polled),
    async stop() {
      await deliver.flusher.stop()
      await eachLane(async (lane) => lane.stop())
      await eachLane(async (lane) => lane.commit())
      clock.stop()
      life.end()
    },
    kill() {
      clock.stop()
      life.end()
    },
  }
}

const tickMs = 1000

function createOutput(
  { config, broker, time }: Surroundings,
  life: Life,
): Pick<DeliverPorts, 'produce' | 'deadLetter'> {
  const topics = internalTopics(config.applicationId)
  const effectOf = new Map<string, Effect>([
    [topics.deadLetter, 'dead letters'],
    [topics.contacts, 'contacts'],
    [topics.persons, 'persons'],
    [topics.ledger, 'ledger'],
  ])
  return {
    async produce(records) {
      const effect = effectOf.get(records[0]?.topic ?? '')
      if (effect === undefined) throw new Error(`nobody produces to ${records[0]?.topic ?? 'nowhere'}`)
      const appends = records.map((record) => () => void broker.append(record))
      await life.append(effect, appends)
    },
    deadLetter(record, reason) {
      const { applicationId } = config
      return deadLetterRecord(record, reason, {
        topic: topics.deadLetter,
        applicationId,
        failedAtMs: time.nowMs(),
      })
    },
  }
}
