import { createMemoryKafka } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import type { Config } from '../../../src/config/config.ts'
import { internalTopics } from '../../../src/config/topics.ts'
import type { WriteOutcome } from '../../../src/deliver/contact-writer.ts'
import type { Send } from '../../../src/domain/plan.ts'
import { createDice } from '../simulation/dice.ts'
import type { Life } from '../simulation/life.ts'
import type { SimulatedProcess } from '../simulation/process.ts'
import { createScheduler, worldClock } from '../simulation/scheduler.ts'
import { sharedAvro } from '../topology/avro.ts'
import { createTestConfig, startMs } from '../topology/configuration.ts'
import { createFreshness, type Freshness } from './freshness.ts'
import { createInputs } from './inputs.ts'
import { createMachines, machineAt } from './machines.ts'
import { createReadCounts } from './read-counts.ts'
import { createScenarioZendesk, type ScenarioZendesk } from './scenario-zendesk.ts'
import { createTopics } from '../simulation/topics.ts'

/** The way of a write from a process to Zendesk. */
export type WriteThrough = (zendesk: ScenarioZendesk, life: Life, write: Send) => Promise<WriteOutcome>

/** How the world of a scenario is made. */
export interface ScenarioOptions {
  readonly partitions: number
  /** How many processes may run at once, at most. */
  readonly machines: number
  readonly config?: Config
  /** By default a write goes to Zendesk as it is. */
  readonly writeContact?: WriteThrough
}

/** The world of one scenario: the production stages and runtime, on a Kafka in memory, in virtual time. */
export type ScenarioWorld = Awaited<ReturnType<typeof createScenarioWorld>>

const writeAsItIs: WriteThrough = async (zendesk, life, write) => zendesk.write(life, write)
const lookEveryMs = 200
/** A world in which nothing runs yet. */
export async function createScenarioWorld({ partitions, ...options }: ScenarioOptions) {
  const { writeContact = writeAsItIs } = options
  let config = options.config ?? createTestConfig()
  let freshness: Freshness = createFreshness()
  let failure: Error | null = null
  const topics = internalTopics(config.applicationId)
  const avro = await sharedAvro(config)
  const schedulerDice = createDice(1, 'scheduler')
  const scheduler = createScheduler(startMs, () => schedulerDice.fraction())
  const kafka = createMemoryKafka(worldClock(scheduler), { initialRebalanceDelayMs: 500 })
  createTopics(kafka, topics, partitions)
  const reads = createReadCounts()
  const zendesk = createScenarioZendesk(scheduler, () => freshness, config.zendesk.requestDeadlineMs)
  const machines = createMachines(options.machines, {
    scheduler,
    kafka,
    avro,
    partitions,
    config: () => config,
    writeContact: async (life, write) => writeContact(zendesk, life, write),
    metrics: reads.metrics,
    failed: (error) => void (failure ??= error),
  })
  const running = (): readonly SimulatedProcess[] =>
    machines.flatMap((machine) => {
      const process = machine.process()
      return process === null ? [] : [process]
    })

  /** Lets time pass; rejects where a process ended by itself. */
  async function run(forMs: number): Promise<void> {
    await scheduler.runUntil(scheduler.nowMs() + forMs)
    if (failure !== null) throw failure
  }

  return {
    topics,
    scheduler,
    kafka,
    zendesk,
    reads,
    inputs: createInputs(kafka, avro, scheduler, () => freshness),
    config: () => config,
    /** Holds for processes that start from now on. */
    configure(change: (before: Config) => Config) {
      config = change(config)
    },
    freshness: () => freshness,
    /** Measures anew from now on. */
    measureAnew() {
      freshness = createFreshness()
      zendesk.answerAnew()
    },
    running,
    start: (machine: number) => machineAt(machines, machine).start(),
    /** As on SIGTERM; it does not come back by itself. */
    stop: (machine: number) => machineAt(machines, machine).stop(Infinity),
    dirtyContacts: () => running().reduce((sum, { deliver }) => sum + deliver.dirtyContacts(), 0),
    deadLetters: () =>
      kafka.topics.logs(topics.deadLetter).reduce((sum, log) => sum + log.bounds().endOffset, 0),
    /** Milliseconds since the world began. */
    nowMs: () => scheduler.nowMs() - startMs,
    run,
    /** Calls `look` every `everyMs` from now on, for as long as the world runs. */
    watch(everyMs: number, look: () => void) {
      const again = (): void => {
        look()
        scheduler.at(everyMs, again)
      }
      scheduler.at(everyMs, again)
    },
    /** Lets time pass until `isSo`; rejects after `patienceMs`. */
    async until(what: string, isSo: () => boolean, patienceMs: number) {
      const untilMs = scheduler.nowMs() + patienceMs
      while (!isSo()) {
        if (scheduler.nowMs() > untilMs)
          throw new Error(`it took longer than ${patienceMs / 1000} s until ${what}`)
        await run(lookEveryMs)
      }
    },
  }
}
