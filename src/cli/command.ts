import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblems } from '../config/problems.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'

/** What commands exit with: fine; not fine, or they could not finish; called or configured wrongly; interrupted. */
export const exitCodes = { ok: 0, failed: 1, badCall: 2, interrupted: 130 } as const

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What a command that ends by itself works with. */
export interface CommandContext {
  readonly config: Config
  /** Writes warnings to standard error: standard output is the command's result. */
  readonly logger: Logger
  /** Aborted by SIGINT and SIGTERM. A second one ends the process. */
  readonly signal: AbortSignal
}

/** A command cannot do what it was asked to; the message is for the person who asked. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = exitCodes.failed) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * Runs a command that ends by itself, and resolves with its exit code. What is wrong with the configuration, and why the
 * command failed, goes to standard error in words.
 */
export async function runCommand(
  configFile: string,
  command: (context: CommandContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  const loaded = await loadConfig(configFile)
  if (loaded.type === 'invalid') {
    process.stderr.write(`${formatProblems(loaded.problems)}\n`)
    return exitCodes.badCall
  }
  const destination = { write: (line: string) => void process.stderr.write(line) }
  const logger = createLogger({ level: 'warn', destination })
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort(new CommandFailed('interrupted', exitCodes.interrupted))
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, interrupt)
  try {
    return await command({ config: loaded.config, logger, signal: interruption.signal })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return error instanceof CommandFailed ? error.exitCode : exitCodes.failed
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, interrupt)
  }
}
