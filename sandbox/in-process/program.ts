import { appendFileSync } from 'node:fs'
import { loadConfig } from '../../src/config/load.ts'
import { realOutside } from '../../src/cli/outside.ts'
import { startProgram } from '../../src/cli/program.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { SandboxError } from '../errors.ts'
import type { DemoProgram, DemoProgramOptions } from '../demo/program.ts'
import type { MemoryKafka } from '../memory-kafka/memory-kafka.ts'
import { connectMemoryKafka } from './kafka.ts'

/** Starts the program in this process, over a Kafka in this process; the rest of the outside is as for any other. */
export async function startProgramInProcess(
  kafka: MemoryKafka,
  { configFile, logFile, progress, signal }: DemoProgramOptions,
): Promise<DemoProgram> {
  const loaded = await loadConfig(configFile)
  if (loaded.type === 'invalid') throw new SandboxError(`${configFile} is no valid configuration`)
  progress.say('program: starting in this process')
  const { config } = loaded
  const logger = createLogger({
    level: config.logging.level,
    destination: { write: (line) => appendFileSync(logFile, line) },
  })
  let fail: (error: Error) => void = () => undefined
  const failed = new Promise<Error>((resolve) => (fail = resolve))
  const outside = { ...realOutside, connectKafka: async () => Promise.resolve(connectMemoryKafka(kafka)) }
  const options = { stage: 'all', version: 'demo', signal, outside } as const
  const program = await startProgram(config, options, logger, fail)
  return {
    logFile,
    died: failed.then((error) => `the program cannot go on: ${error.message}`),
    stop: async () => program.stop(),
  }
}
