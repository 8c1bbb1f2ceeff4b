import { loadConfig } from '../config/load.ts'
import { formatProblems } from '../config/problems.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'
import { explainKafkaRefusal } from './kafka-refusal.ts'
import { startProgram } from './program.ts'
import { StartRefused } from './start-refused.ts'

/** The values of `--stage`. */
export const stageChoices = ['all', 'assemble', 'deliver'] as const

/** What `run` is called with. */
export interface RunOptions {
  readonly configFile: string
  readonly stage: (typeof stageChoices)[number]
  readonly version: string
}

const exitOk = 0
const exitFailed = 1
const exitBadConfig = 2

/**
 * Runs the stream processor until SIGTERM or SIGINT, and resolves with the exit code: 0 after a clean stop, 1 where it
 * cannot go on, 2 where the configuration is wrong.
 */
export async function run(options: RunOptions): Promise<number> {
  const loaded = await loadConfig(options.configFile)
  if (loaded.type === 'invalid') {
    process.stderr.write(`${formatProblems(loaded.problems)}\n`)
    return exitBadConfig
  }
  const { config } = loaded
  const logger = createLogger({ level: config.logging.level })
  let fail: (error: Error) => void = () => undefined
  const failed = new Promise<Error>((resolve) => (fail = resolve))
  const interruption = new AbortController()
  const stopped = awaitSignal().then((signal) => {
    interruption.abort()
    return signal
  })
  let program: Awaited<ReturnType<typeof startProgram>>
  try {
    program = await startProgram(config, { ...options, signal: interruption.signal }, logger, fail)
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') {
      logger.info({}, 'stopped before it had started')
      return exitOk
    }
    return giveUp(explainKafkaRefusal(error, config) ?? error, logger)
  }
  const end = await Promise.race([stopped, failed])
  if (typeof end === 'string') logger.info({ signal: end }, 'stopping')
  else giveUp(explainKafkaRefusal(end, config) ?? end, logger, 'stopping: cannot go on')
  const inTime = await withinTime(program.stop(), config.shutdownTimeoutMs)
  if (!inTime) logger.error({ shutdownTimeoutMs: config.shutdownTimeoutMs }, 'did not stop in time')
  else logger.info({}, 'stopped')
  return typeof end === 'string' && inTime ? exitOk : exitFailed
}

/** What a person has to mend goes to them as text, anything else to the log. */
function giveUp(error: unknown, logger: Logger, headline = 'cannot start'): number {
  if (error instanceof StartRefused) process.stderr.write(`${error.message}\n`)
  else logger.fatal({ error }, headline)
  return exitFailed
}

async function awaitSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
  })
}

/** False where `stopping` fails or takes longer. */
async function withinTime(stopping: Promise<void>, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs)
    stopping
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(timer))
  })
}
