import { createAvroDecoder } from '../../../src/avro/decoder.ts'
import type { SchemaSource } from '../../../src/avro/registry.ts'
import { defineAssembleStage } from '../../../src/cli/assemble-stage.ts'
import type { Codecs } from '../../../src/cli/codecs.ts'
import { type DeliverStage, defineDeliverStage } from '../../../src/cli/deliver-stage.ts'
import type { Config } from '../../../src/config/config.ts'
import { internalTopics } from '../../../src/config/topics.ts'
import type { DeliverPorts } from '../../../src/deliver/ports.ts'
import { deadLetterRecord } from '../../../src/kafka/dead-letter.ts'
import type { OutputRecord } from '../../../src/domain/record.ts'
import { every } from '../../../src/runtime/interval.ts'
import { LeaseLost, type Produce } from '../../../src/runtime/ports.ts'
import type { StageDefinition } from '../../../src/runtime/stage-definition.ts'
import type { StateStores } from '../../../src/runtime/state-store.ts'
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
  /** The stores of a stage for the next process. */
  readonly storesOf: (stage: StageDefinition['name']) => StateStores
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
  const produce = createProduce(surroundings, life)
  const deadLetter = createDeadLetter(surroundings)
  const decoder = createAvroDecoder({
    registry: surroundings.registry,
    maxBytes: config.inputs.maxRecordBytes,
  })
  const assemble = defineAssembleStage(config, {
    decode: async (bytes) => decoder.decode(bytes),
    personCodec: codecs.person,
    contactCodec: codecs.contact,
    deadLetter,
    nowMs: () => clock.nowMs(),
    metrics: counts.assemble,
  })
  const deliver = defineDeliverStage(
    config,
    1,
    {
      contactCodec: codecs.contact,
      ledgerCodec: codecs.ledger,
      retryCodec: codecs.retry,
      writeContact: async (write) => life.call('request', async () => surroundings.zendesk.write(write)),
      deadLetter,
      nowMs: () => clock.nowMs(),
      metrics: counts.deliver,
    },
    {
      monotonicMs: () => clock.monotonicMs(),
      random: () => surroundings.random(),
      setTimer: (delayMs, then) => clock.setTimer(delayMs, then),
      holdsLease: () => !life.isOver(),
      authorisationChanged: (authorised) => surroundings.authorisationChanged(authorised),
    },
    {
      processName: 'process',
      offsets: broker,
      publish: async () => Promise.resolve(true),
      failed,
    },
    clock,
  )
  const { batchSize, chooseTopic } = surroundings
  const ports = { broker, life, produce, clock, batchSize, chooseTopic, failed }
  const lanes = [assemble, deliver.definition].map((definition) =>
    createLane(definition, { ...ports, stores: mortal(surroundings.storesOf(definition.name), life) }),
  )
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

/** The stores as this process has them: when it is dead, it writes no more. */
function mortal(stores: StateStores, life: Life): StateStores {
  return {
    ...stores,
    async open(partition) {
      const store = await stores.open(partition)
      return {
        ...store,
        async batch(writes) {
          let written = Promise.resolve()
          const write = (): void => {
            written = store.batch(writes)
          }
          await life.append('store', [write])
          await written
        },
      }
    },
  }
}

function createProduce({ config, broker }: Surroundings, life: Life): Produce {
  const topics = internalTopics(config.applicationId)
  const effectOf = new Map<string, Effect>([
    [topics.deadLetter, 'dead letters'],
    [topics.contacts, 'contacts'],
    [topics.persons, 'persons'],
    [topics.ledger, 'ledger'],
    [topics.retry, 'retries'],
  ])

  return async function produce(records, mayGo) {
    const effect = effectOf.get(records[0]?.topic ?? '')
    if (effect === undefined) throw new Error(`nobody produces to ${records[0]?.topic ?? 'nowhere'}`)
    if (!mayGo() && !life.isOver()) throw new LeaseLost('the process may not write')
    const ends = new Map<string, number>()
    const append = (record: OutputRecord): void => {
      const { topic, offset } = broker.append(record)
      ends.set(topic, offset + 1)
    }
    await life.append(
      effect,
      records.map((record) => () => append(record)),
    )
    return [...ends].map(([topic, offset]) => ({ topic, partition: 0, offset }))
  }
}

function createDeadLetter({ config, time }: Surroundings): DeliverPorts['deadLetter'] {
  const { applicationId } = config
  const topic = internalTopics(applicationId).deadLetter
  return (record, reason) =>
    deadLetterRecord(record, reason, { topic, applicationId, failedAtMs: time.nowMs() })
}
