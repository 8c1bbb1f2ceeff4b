import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { SandboxError } from '../errors.ts'
import { sandboxFile } from '../paths.ts'

/** How a program ended: its exit code, or the name of the signal that ended it. */
export type ExitStatus = number | string

/** A program to be run under `guard.mjs`. */
export interface GuardedJob {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Time between SIGTERM and SIGKILL. */
  readonly graceMs: number
  /** Removed once the program is gone and nobody wants it any more. */
  readonly removeDir?: string
  /** A command run after the program is gone, however this process ended. */
  readonly afterwards?: readonly string[]
  /** Where stdout and stderr go: an open file, or text as it comes. */
  readonly output: number | ((text: string) => void)
  /** Aborting stops the program as `stop` does. */
  readonly signal?: AbortSignal | undefined
}

/** A running program that ends with this process, whatever ends this process. */
export interface GuardedChild {
  /** Of the program itself, which leads a process group of its own. */
  readonly pid: number
  /** Settles when the program is gone. */
  readonly exited: Promise<ExitStatus>
  /** Ends the program (SIGTERM, SIGKILL after the grace) and cleans up; may be called often. */
  stop: () => Promise<void>
}

/**
 * Starts a program under its guard. Throws a `SandboxError` when the program cannot be started, or when the signal is
 * aborted already.
 */
export async function startGuarded(job: GuardedJob): Promise<GuardedChild> {
  if (isAborted(job.signal)) throw new SandboxError(`${job.command} was not started: interrupted`)
  const toFile = typeof job.output === 'number' ? job.output : ('pipe' as const)
  const guard = spawn(process.execPath, [sandboxFile('guard.mjs'), describeJob(job)], {
    stdio: ['pipe', toFile, toFile, 'pipe'],
    // A session of its own: a terminal's Ctrl-C and hang-up reach this process alone, which stops its parts in order.
    detached: true,
    cwd: job.cwd,
    // The options of this process (a test runner's, say) are not for the guard.
    env: { ...job.env, NODE_OPTIONS: '' },
  })
  if (typeof job.output === 'function') {
    for (const stream of [guard.stdout, guard.stderr]) stream?.setEncoding('utf8').on('data', job.output)
  }
  guard.stdin?.on('error', () => undefined)
  const gone = new Promise<string>((resolve) => {
    guard.once('close', () => resolve('its guard ended at once'))
    // A killed guard leaves the program behind, which may hold the output open: 'close' would not come.
    guard.once('exit', (code) => {
      if (code !== 0) resolve('its guard was killed')
    })
    guard.once('error', (error) => resolve(error.message))
  })
  const reports = readReports(guard.stdio[3] as Readable, gone)
  const stop = async (): Promise<void> => {
    guard.stdin?.end()
    await gone
  }
  const started = await reports.started
  if (typeof started === 'string') {
    await stop()
    throw new SandboxError(`cannot run ${job.command}: ${started}`)
  }
  const exited = reports.exited.then(async (status) => {
    if (status !== undefined) return status
    // The guard itself was killed, so nobody else will end the program.
    return await cleanUpWithoutGuard(started.pid, job.removeDir)
  })
  job.signal?.addEventListener('abort', () => void stop(), { once: true })
  // It may have been aborted while the program began, when nobody listened.
  if (isAborted(job.signal)) void stop()
  return {
    pid: started.pid,
    exited,
    stop: async () => {
      await stop()
      await exited
    },
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

function describeJob({ command, args, graceMs, removeDir, afterwards }: GuardedJob): string {
  return JSON.stringify({ command, args, graceMs, removeDir, afterwards })
}

interface Reports {
  /** The program's pid, or why there is none. */
  readonly started: Promise<{ pid: number } | string>
  /** The program's end; undefined when the guard ended without a word of it. */
  readonly exited: Promise<ExitStatus | undefined>
}

function readReports(stream: Readable, gone: Promise<string>): Reports {
  const lines = createInterface({ input: stream })
  const awaitReport = async <T>(
    read: (word: string, rest: string) => T | undefined,
    otherwise: (why: string) => T,
  ) =>
    await new Promise<T>((resolve) => {
      lines.on('line', (line) => {
        const space = line.indexOf(' ')
        const value = read(line.slice(0, space), line.slice(space + 1))
        if (value !== undefined) resolve(value)
      })
      void gone.then((why) => resolve(otherwise(why)))
    })
  return {
    started: awaitReport<{ pid: number } | string>(
      (word, rest) => (word === 'pid' ? { pid: Number(rest) } : word === 'error' ? rest : undefined),
      (why) => why,
    ),
    exited: awaitReport<ExitStatus | undefined>(
      (word, rest) => (word !== 'exited' ? undefined : /^\d+$/.test(rest) ? Number(rest) : rest),
      () => undefined,
    ),
  }
}

async function cleanUpWithoutGuard(pid: number, removeDir: string | undefined): Promise<ExitStatus> {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone already.
  }
  if (removeDir !== undefined) await rm(removeDir, { recursive: true, force: true, maxRetries: 3 })
  return 'SIGKILL'
}
