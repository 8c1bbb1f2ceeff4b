import { fileURLToPath } from 'node:url'
import { type MetricSample, scrape } from '../../sandbox/demo/scrape.ts'
import { type ExitStatus, startGuarded } from '../../sandbox/process/guarded.ts'
import type { WrittenConfiguration } from './application.ts'
import { until } from './until.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The built program under a node that was told something: less memory, or another clock. */
export interface TunedProgram {
  readonly pid: number
  readonly url: string
  output(): string
  metrics(): Promise<readonly MetricSample[]>
  /** As `until`, but rejects at once when the program ends, and with the end of its log. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>
  /** Sends SIGTERM and waits for the end. */
  terminate(): Promise<ExitStatus>
  dispose(): Promise<void>
}

/** Starts `run` by a written configuration; `nodeArgs` come before the program. */
export async function startTunedProgram(
  { file, url }: WrittenConfiguration,
  nodeArgs: readonly string[],
): Promise<TunedProgram> {
  let output = ''
  let ended: ExitStatus | undefined
  const child = await startGuarded({
    command: process.execPath,
    args: [...nodeArgs, 'dist/main.js', 'run', '--config', file],
    cwd: root,
    // As a user has it: jest's NODE_ENV makes the Kafka client give up on retries much sooner.
    env: { ...process.env, NODE_ENV: undefined },
    graceMs: 15_000,
    output: (text) => (output += text),
  })
  const exited = child.exited.then((status) => (ended = status))
  return {
    pid: child.pid,
    url,
    output: () => output,
    metrics: async () => scrape(`${url}/metrics`),
    async until(what, holds) {
      await until(what, async () => ended !== undefined || holds())
      if (ended === undefined) return
      throw new Error(`the program ended (${ended}) before: ${what}\n${output.slice(-3000)}`)
    },
    async terminate() {
      process.kill(child.pid, 'SIGTERM')
      return exited
    },
    dispose: async () => child.stop(),
  }
}
