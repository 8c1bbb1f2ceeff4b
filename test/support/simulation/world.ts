import { createMemoryKafka, type MemoryKafka } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import type { Operation } from '../../../sandbox/memory-kafka/link.ts'
import { createAvroDecoder } from '../../../src/avro/decoder.ts'
import { RegistryUnavailable } from '../../../src/avro/registry-transport.ts'
import type { Config } from '../../../src/config/config.ts'
import { internalTopics, type InternalTopics } from '../../../src/config/topics.ts'
import { type Avro, sharedAvro } from '../topology/avro.ts'
import { createTestConfig, startMs } from '../topology/configuration.ts'
import { createBoundsCheck } from './check-bounds.ts'
import { createCommitCheck } from './check-commits.ts'
import { createOwnerCheck } from './check-owner.ts'
import { createRateCheck } from './check-rate.ts'
import { createFlightCheck } from './check-requests.ts'
import { createDice } from './dice.ts'
import { createDurableRecords } from './durable.ts'
import { createFleet } from './fleet.ts'
import { createInputWriter } from './inputs.ts'
import type { Effect, Life } from './life.ts'
import type { Mutation } from './mutations.ts'
import { createNetworkLink } from './network.ts'
import { observeKafka } from './observed-kafka.ts'
import type { Plan } from './plan.ts'
import { silentMetrics } from './process.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { createScheduler, type Scheduler, worldClock } from './scheduler.ts'
import { createTrouble } from './trouble.ts'
import { createSimulatedZendesk } from './zendesk.ts'
import { createTopics } from './topics.ts'

/** Everything of a run, from its plan. */
export type World = Awaited<ReturnType<typeof createWorld>>

/** Kafka, Zendesk and processes, nothing of which has begun. */
export async function createWorld(plan: Plan, mutation: Mutation) {
  const config = simulationConfig()
  const topics = internalTopics(config.applicationId)
  const avro = await sharedAvro(config)
  const dice = (purpose: string) => mutation.dice(createDice(plan.seed, purpose))
  const schedulerDice = dice('scheduler')
  const scheduler = createScheduler(startMs, () => schedulerDice.fraction())
  const processDice = dice('process')
  const timerDice = dice('timers')
  const recorder = createRecorder(scheduler)
  const { tell, report } = recorder
  const trouble = createTrouble(dice('trouble'))
  const seen = createSeenKafka(scheduler, recorder, topics, avro)
  const { kafka } = seen
  createTopics(kafka, topics, plan.partitions)
  const owners = createOwnerCheck({
    kafka,
    topics,
    applicationId: config.applicationId,
    running: () => fleet.running(),
    report,
  })
  const flights = createFlightCheck(report)
  const rate = createRateCheck(report)
  const zendeskDice = dice('zendesk')
  const zendesk = createSimulatedZendesk({
    scheduler,
    dice: zendeskDice,
    answersMs: () => zendeskDice.int(40, 400),
    requestDeadlineMs: config.zendesk.requestDeadlineMs,
    answer: () => trouble.answer(scheduler.nowMs()),
    sends(request) {
      owners.sendsTo(request.life, request.email)
      flights.sends(request)
      rate.sends(request)
    },
    hears: (request, outcome) => rate.hears(request, outcome),
    trace: tell,
  })
  const network = {
    scheduler,
    dice: dice('network'),
    trouble,
    effectOf: effectsOf(topics),
    sends: (life: Life, operation: Operation) => owners.sends(life, operation),
    carriesOut: seen.carriesOut,
  }
  const decoder = createAvroDecoder({ registry: avro.registry, maxBytes: config.inputs.maxRecordBytes })
  const fleet = createFleet(plan, {
    scheduler,
    latenessMs: () => (timerDice.chance(0.02) ? timerDice.int(0, 200) : timerDice.int(0, 2)),
    diskDice: dice('disk'),
    trace: tell,
    stored: (life, keys) => rate.stores(life, keys),
    world: {
      config,
      partitions: plan.partitions,
      kafka,
      codecs: avro.codecs,
      dice: processDice,
      linkOf: (life) => createNetworkLink(life, network),
      async decode(bytes) {
        if (trouble.isRegistryDown(scheduler.nowMs())) throw new RegistryUnavailable('the registry is down')
        return decoder.decode(bytes)
      },
      storesOf: (stage, life) => fleet.disk(life.index).storesOf(stage, life),
      writeContact: async (life, write) => zendesk.write(life, write),
      failed(life, error) {
        if (life.isOver()) return
        report('alive', `${life.name} ends by itself: ${error.stack ?? error.message}`)
        life.end('it failed')
      },
      parts: (parts, life) => mutation.parts(parts, life),
      maxRecords: () => processDice.pick([1, 2, 5, 100]),
      metrics: silentMetrics,
      log: ({ name }, level, message, fields) =>
        tell(`${name} ${level}: ${message} ${JSON.stringify(fields)}`),
    },
  })
  const looks = createBoundsCheck({
    partitions: plan.partitions,
    maxConcurrentRequests: config.zendesk.maxConcurrentRequests,
    persons: () => seen.inputs.persons(),
    contacts: () => seen.contacts.size,
    report,
  })
  return { plan, config, topics, scheduler, ...recorder, trouble, ...seen, zendesk, fleet, rate, looks }
}

/**
 * The program's configuration in a run: long polls and seldom commits, since every one is an event; retries that are written
 * down soon, and none that is the last.
 */
function simulationConfig(): Config {
  const config = createTestConfig()
  const retry = { ...config.deliver.retry, localAttempts: 2, maxAttempts: 1_000_000 }
  return {
    ...config,
    deliver: { retry },
    kafka: { ...config.kafka, maxWaitTimeMs: 2500, commitIntervalMs: 3000 },
  }
}

/** A Kafka of which everything is seen, and checked where it can be at once. */
function createSeenKafka(scheduler: Scheduler, recorder: Recorder, topics: InternalTopics, avro: Avro) {
  const { tell, report } = recorder
  const durable = createDurableRecords(topics, avro.codecs)
  const contacts = new Set<string>()
  let actor: Life | null = null
  let wroteMs = startMs
  const broker = createMemoryKafka(worldClock(scheduler), { initialRebalanceDelayMs: 500 })
  const kafka: MemoryKafka = observeKafka(broker, {
    appended(records, partition, endOffset) {
      tell(`${actor?.name ?? 'input'} appends ${records[0]?.topic ?? ''}/${partition} to ${endOffset}`)
      wroteMs = scheduler.nowMs()
      for (const { topic, key } of records) if (topic === topics.contacts) contacts.add(String(key))
      durable.add(records, wroteMs, actor)
    },
    committed(groupId, memberId, offsets) {
      const said = offsets.map(({ topic, partition, offset }) => `${topic}/${partition} ${offset}`)
      tell(`${memberId} commits ${said.join(', ')}`)
      checkCommit(broker.group(groupId), memberId, offsets)
    },
  })
  const inputs = createInputWriter(kafka, avro, () => scheduler.nowMs())
  const checkCommit = createCommitCheck({
    durable,
    appended: inputs.appended,
    report,
    endOffset: ({ topic, partition }) => kafka.topics.log(topic, partition).bounds().endOffset,
  })
  return {
    kafka,
    durable,
    inputs,
    /** The e-mails that the contacts topic ever had records of. */
    contacts,
    /** When something was appended last, in epoch milliseconds. */
    wroteMs: () => wroteMs,
    carriesOut: (life: Life | null): void => {
      actor = life
    },
  }
}

function effectsOf(topics: InternalTopics): (topic: string) => Effect | null {
  const effects = new Map<string, Effect>([
    [topics.persons, 'persons'],
    [topics.contacts, 'contacts'],
    [topics.ledger, 'ledger'],
    [topics.retry, 'retries'],
    [topics.deadLetter, 'dead letters'],
  ])
  return (topic) => effects.get(topic) ?? null
}
