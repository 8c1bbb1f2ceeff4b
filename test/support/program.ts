import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type MetricSample, scrape } from '../../sandbox/demo/scrape.ts'
import { type ExitStatus, startGuarded } from '../../sandbox/process/guarded.ts'
import { until } from './until.ts'

/** The environment that a user has. Jest's NODE_ENV makes the Kafka client give up on retries much sooner. */
function usualEnv(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_ENV: undefined }
}

const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** The built program, running as a process of its own, as a user runs it. */
export interface Program {
  readonly pid: number
  /** Where it serves health and metrics. */
  readonly url: string
  /** Everything that it wrote to stdout and stderr so far. */
  output(): string
  /** The lines of its log so far. */
  log(): readonly Readonly<Record<string, unknown>>[]
  /** As `until`, but rejects at once when the program ends; either way with the end of its log. */
  until(what: string, holds: () => boolean | Promise<boolean>, withinMs?: number): Promise<void>
  untilReady(): Promise<void>
  metrics(): Promise<readonly MetricSample[]>
  /** Settles with the exit code, or the name of the signal, when it is gone. */
  readonly exited: Promise<ExitStatus>
  /** Sends SIGTERM and waits for the end. */
  terminate(): Promise<{ readonly status: ExitStatus; readonly tookMs: number }>
  /** Sends SIGKILL and waits for the end. */
  kill(): Promise<void>
  /** Ends it, if it still runs, and what watches it. May be called often. */
  dispose(): Promise<void>
}

/**
 * Starts `run` of the built program, under a guard that ends it with this process, however that ends. `env` comes on top of
 * the environment that a user has.
 */
export async function startProgram(
  configFile: string,
  url: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  let output = ''
  const child = await startGuarded({
    command: process.execPath,
    args: [entry, 'run', '--config', configFile, ...words],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...usualEnv(), ...env },
    graceMs: 15_000,
    output: (text) => (output += text),
  })
  let ended: ExitStatus | undefined
  const exited = child.exited.then((status) => (ended = status))
  const endOfLog = (): string => output.trimEnd().split('\n').slice(-25).join('\n')

  const untilHere: Program['until'] = async (what, holds, withinMs) => {
    // Its end is told below; here it only ends the looking.
    const watched = async (): Promise<boolean> => ended !== undefined || holds()
    const over = exited.then((status) => {
      throw new Error(`the program ended (${status}) before: ${what}`)
    })
    await Promise.race([until(what, watched, withinMs), over]).catch((error: unknown) => {
      throw new Error(`${String(error)}\nthe end of its log:\n${endOfLog()}`, { cause: error })
    })
  }

  return {
    pid: child.pid,
    url,
    output: () => output,
    log: () => logLines(output),
    until: untilHere,
    untilReady: async () => untilHere('the program is ready', async () => (await fetch(`${url}/ready`)).ok),
    metrics: async () => scrape(`${url}/metrics`),
    exited,
    async terminate() {
      const sentAtMs = performance.now()
      process.kill(child.pid, 'SIGTERM')
      const status = await exited
      return { status, tookMs: performance.now() - sentAtMs }
    },
    async kill() {
      process.kill(child.pid, 'SIGKILL')
      await exited
    },
    dispose: async () => child.stop(),
  }
}

function logLines(output: string): readonly Readonly<Record<string, unknown>>[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
}

/** How a run that ends by itself ended, and what it said. */
export interface FinishedRun {
  /** `null` where it was ended, because it took too long. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the built program with `words` and waits for its end, `withinMs` at most; sends it SIGINT, as Ctrl-C does, once
 * `interruptWhen` says so, which is asked again and again.
 */
export async function runToEnd(
  words: readonly string[],
  interruptWhen?: () => Promise<boolean>,
  withinMs = 60_000,
): Promise<FinishedRun> {
  return await new Promise((resolve, reject) => {
    const options = { timeout: withinMs, killSignal: 'SIGKILL', env: usualEnv() } as const
    const child = execFile(process.execPath, [entry, ...words], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
    if (interruptWhen === undefined) return
    const isTime = async (): Promise<boolean> => child.exitCode !== null || interruptWhen()
    until('it is time to interrupt', isTime, withinMs).then(() => child.kill('SIGINT'), reject)
  })
}
