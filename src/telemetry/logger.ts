import { pino } from 'pino'

import { describeFields } from './log-fields.ts'
import { redactData } from './redaction.ts'

/** The lowest level that is written. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** Where lines go. */
export interface LogDestination {
  /** Takes one line, its end included. */
  write(line: string): void
}

/** Settings of {@link createLogger}. */
export interface LoggerOptions {
  readonly level: LogLevel
  /** Default: standard output, written before the call returns, so that the last words of a process are not lost. */
  readonly destination?: LogDestination
}

/**
 * Writes log lines. `fields` are offsets, counts, names of topics and stages, and errors (`{ error }`); `message` is a
 * fixed text. Anything else is reduced to what is known to be safe, and a line is never a reason to fail.
 */
export interface Logger {
  fatal(fields: object, message: string): void
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
}

/**
 * A logger of JSON lines: `level` by name, `time` in ISO 8601, the fields, `msg`. Two walls keep personal data and
 * credentials out (facts: Logs). Fields are taken apart before the library sees them, so no object of another library is
 * ever written; and every text of the finished line is redacted once more, wherever in the line it came to stand.
 */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: redactLine },
  }
  const lines = options.destination === undefined ? pino(settings) : pino(settings, options.destination)
  const write =
    (level: 'fatal' | 'error' | 'warn' | 'info' | 'debug') =>
    (fields: object, message: string): void => {
      if (lines.isLevelEnabled(level)) lines[level](describeFields(fields), message)
    }
  return {
    fatal: write('fatal'),
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
  }
}

/** Redacts values and not the line as a whole: a replacement across an escaped quote would end the text it stands in. */
function redactLine(line: string): string {
  return `${JSON.stringify(redactData(JSON.parse(line)))}\n`
}
