import { createMemoryKafka, type MemoryKafka } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import type { Operation } from '../../../sandbox/memory-kafka/link.ts'
import { createAvroDecoder } from '../../../src/avro/decoder.ts'
import { RegistryUnavailable } from '../../../src/avro/registry-transport.ts'
import type { Config } from '../../../src/config/config.ts'
import { internalTopics, type InternalTopics } from '../../../src/config/topics.ts'
import { compactedTopic, expiringTopic } from '../../../src/kafka/topics.ts'
import { type Avro, sharedAvro } from '../topology/avro.ts'
import { createTestConfig, startMs } from '../topology/configuration.ts'
import { createCommitCheck } from './check-commits.ts'
import { createOwnerCheck } from './check-owner.ts'
import { checkSingleFlight } from './check-requests.ts'
import { createDice } from './dice.ts'
import { createDurableRecords } from './durable.ts'
import { createFleet } from './fleet.ts'
import { createInputWriter } from './inputs.ts'
import type { Effect, Life } from './life.ts'
import type { Mutation } from './mutations.ts'
import { createNetworkLink } from './network.ts'
import { observeKafka } from './observed-kafka.ts'
import type { Plan } from './plan.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { createScheduler, type Scheduler, worldClock } from './scheduler.ts'
import { createTrouble } from './trouble.ts'
import { createSimulatedZendesk } from './zendesk.ts'

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
  const zendesk = createSimulatedZendesk({
    scheduler,
    dice: dice('zendesk'),
    requestDeadlineMs: config.zendesk.requestDeadlineMs,
    answer: () => trouble.answer(scheduler.nowMs()),
    sends(request, earlier) {
      owners.sendsTo(request.life, request.email)
      checkSingleFlight(request, earlier, report)
    },
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
    dice: dice('timers'),
    diskDice: dice('disk'),
    trace: tell,
    world: {
      config,
      partitions: plan.partitions,
      kafka,
      codecs: avro.codecs,
      dice: dice('process'),
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
      log: ({ name }, level, message, fields) =>
        tell(`${name} ${level}: ${message} ${JSON.stringify(fields)}`),
    },
  })
  return { plan, config, topics, scheduler, ...recorder, trouble, ...seen, zendesk, fleet }
}

/** The program's configuration in a run: long polls and seldom commits, since every one is an event. */
function simulationConfig(): Config {
  const config = createTestConfig()
  return { ...config, kafka: { ...config.kafka, maxWaitTimeMs: 2500, commitIntervalMs: 3000 } }
}

/** A Kafka of which everything is seen, and checked where it can be at once. */
function createSeenKafka(scheduler: Scheduler, recorder: Recorder, topics: InternalTopics, avro: Avro) {
  const { tell, report } = recorder
  const durable = createDurableRecords(topics, avro.codecs)
  let actor: Life | null = null
  let wroteMs = startMs
  const broker = createMemoryKafka(worldClock(scheduler), { initialRebalanceDelayMs: 500 })
  const kafka: MemoryKafka = observeKafka(broker, {
    appended(records, partition, endOffset) {
      tell(`${actor?.name ?? 'input'} appends ${records[0]?.topic ?? ''}/${partition} to ${endOffset}`)
      wroteMs = scheduler.nowMs()
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
    [topics.deadLetter, 'dead letters'],
  ])
  return (topic) => effects.get(topic) ?? null
}

const maxMessageBytes = 1_048_576

function createTopics(kafka: MemoryKafka, topics: InternalTopics, partitions: number): void {
  for (const name of ['profiles', 'segment-memberships', topics.deadLetter])
    kafka.topics.create(expiringTopic(name, partitions, maxMessageBytes))
  for (const name of [topics.persons, topics.contacts, topics.ledger])
    kafka.topics.create(compactedTopic(name, partitions, maxMessageBytes))
}
