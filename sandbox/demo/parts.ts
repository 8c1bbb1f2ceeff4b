import { startMemoryKafka, memoryLoadKafka } from '../in-process/kafka.ts'
import { startMemoryRegistry } from '../in-process/memory-registry.ts'
import { load } from '../load.ts'
import type { Progress } from '../progress.ts'
import { missingProviders, type RunningPart, type RunningSell, startSell, startStack } from '../stack.ts'
import { type DemoProgram, type DemoProgramOptions, startDemoProgram } from './program.ts'

/** Everything that the demo runs on. */
export interface DemoParts extends RunningPart {
  readonly brokers: readonly string[]
  readonly registryUrl: string
  readonly sell: RunningSell
  /** What is to be said of the parts with the result, or `null`. */
  readonly note: string | null
  /** Loads a file into the input topics. */
  load(file: string, report: (line: string) => void): Promise<void>
  startProgram(options: DemoProgramOptions): Promise<DemoProgram>
}

/**
 * Starts real parts where this machine can, and else a Kafka and a registry within this process: then everybody can see the
 * program work, and is told what they do not see.
 */
export async function startDemoParts(progress: Progress, signal: AbortSignal): Promise<DemoParts> {
  const missing = await missingProviders()
  if (missing === undefined) return startRealParts(progress, signal)
  progress.say(missing)
  progress.say('the demo goes on with a Kafka and a schema registry inside of this process')
  return startPartsInProcess(progress)
}

async function startRealParts(progress: Progress, signal: AbortSignal): Promise<DemoParts> {
  const stack = await startStack({ progress, signal })
  const { brokers } = stack.kafka
  const registryUrl = stack.registry.url
  return {
    brokers,
    registryUrl,
    sell: stack.sell,
    note: null,
    died: stack.died,
    async load(file, report) {
      await load({ files: [file], kafkaBrokers: brokers, registryUrl, report })
    },
    startProgram: startDemoProgram,
    stop: stack.stop,
  }
}

async function startPartsInProcess(progress: Progress): Promise<DemoParts> {
  const kafka = startMemoryKafka()
  const registry = await startMemoryRegistry()
  const sell = await startSell({ progress })
  return {
    // The configuration needs an address; nobody connects to it.
    brokers: ['in-process:1'],
    registryUrl: registry.url,
    sell,
    note:
      'Kafka and the registry were inside of this process: there is no Docker engine here, and no Java 17 with Maven.\n' +
      'What the program does with records is the same; what a broker on a network does to it, this did not show.',
    died: sell.died,
    async load(file, report) {
      const target = { kafkaBrokers: [], registryUrl: registry.url, inProcess: memoryLoadKafka(kafka) }
      await load({ files: [file], report, ...target })
    },
    async startProgram(options) {
      const { startProgramInProcess } = await import('../in-process/program.ts')
      return startProgramInProcess(kafka, options)
    },
    async stop() {
      await sell.stop()
      await registry.stop()
    },
  }
}
