import { internalTopics } from '../../../src/config/topics.ts'
import { sharedAvro } from './avro.ts'
import { createBroker } from './broker.ts'
import { createTestConfig, startMs } from './configuration.ts'
import { createCounts } from './counts.ts'
import { createFaults } from './faults.ts'
import type { Surroundings } from './process.ts'
import { createRandom } from './random.ts'
import { slowCodecs } from './slow-codecs.ts'
import { createSurvivingStores } from '../surviving-stores.ts'
import { createWorldTime } from './world-time.ts'
import { createZendeskModel } from './zendesk-model.ts'

/** How a world can differ. */
export interface WorldOptions {
  /** Options of the configuration's section `zendesk`. */
  readonly zendesk?: object
  readonly seed?: number
  /** Records of the next batch, at most; 100 unless given. */
  readonly batchSize?: () => number
  /** How late timers fire, in milliseconds. */
  readonly timerLatenessMs?: () => number
  /** Stores outlive their process; by default each process begins without. */
  readonly warm?: boolean
  /** Up to how many turns of the promise queue a read takes longer. */
  readonly maxHops?: number
}

/** Everything outside of the program. */
export type World = Awaited<ReturnType<typeof createWorld>>

/** Kafka and Zendesk with nothing in them, at the start of time. */
export async function createWorld({
  zendesk: section,
  seed = 1,
  maxHops = 0,
  warm = false,
  ...options
}: WorldOptions) {
  const time = createWorldTime(startMs)
  const config = createTestConfig(section)
  const avro = await sharedAvro(config)
  const random = createRandom(seed)
  const authorisations: boolean[] = []
  const reading = { first: (): string => '', batchSize: options.batchSize ?? (() => 100) }
  const reads = { next: (): void => undefined }
  const stores = { assemble: createSurvivingStores(), deliver: createSurvivingStores() }
  const surroundings: Surroundings = {
    storesOf: (stage) => (warm ? stores[stage] : createSurvivingStores()),
    config,
    broker: createBroker(() => time.nowMs()),
    zendesk: createZendeskModel(time),
    time,
    registry: avro.registry,
    codecs: slowCodecs(
      avro.codecs,
      () => Math.floor(random() * (maxHops + 1)),
      () => {
        const { next } = reads
        reads.next = () => undefined
        next()
      },
    ),
    counts: createCounts(),
    random,
    batchSize: () => reading.batchSize(),
    chooseTopic: (topics) =>
      topics.find((topic) => topic === reading.first()) ?? topics[Math.floor(random() * topics.length)],
    timerLatenessMs: options.timerLatenessMs ?? (() => 0),
    authorisationChanged: (authorised) => authorisations.push(authorised),
  }
  return {
    ...surroundings,
    /** May change between two processes. */
    config,
    topics: internalTopics(config.applicationId),
    faults: createFaults(),
    reading,
    reads,
    authorisations,
    encodeProfile: avro.encodeProfile,
    encodeMembership: avro.encodeMembership,
  }
}
