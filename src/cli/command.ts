import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblems } from '../config/problems.ts'
import { createLogger, type Logger } from '../telemetry/logger.ts'

/** Exit codes of all commands: nothing wrong; something is, or could not be done; a wrong call or configuration. */
export const exitCodes = { ok: 0, failed: 1, misused: 2, interrupted: 130 } as const

/** What is said on standard output is the result; all else goes to standard error. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Something to know that is not the result. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** The configuration of a command; `null` where it is wrong, after saying all of it. */
export async function openConfig(file: string): Promise<Config | null> {
  const loaded = await loadConfig(file)
  if (loaded.type === 'config') return loaded.config
  tell(formatProblems(loaded.problems))
  return null
}

/** A logger for commands: what goes wrong in libraries, on standard error. */
export function commandLogger(): Logger {
  return createLogger({ level: 'error', destination: { write: (line) => void process.stderr.write(line) } })
}

/** Aborted by SIGINT and SIGTERM. A second one ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}
