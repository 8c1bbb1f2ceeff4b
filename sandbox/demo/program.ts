import { spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { SandboxError } from '../errors.ts'
import { sandboxFile } from '../paths.ts'
import { startGuarded } from '../process/guarded.ts'
import type { Progress } from '../progress.ts'

/** The built program, running as a process of its own. */
export interface DemoProgram {
  /** Settles, with the reason, when it ends by itself. */
  readonly died: Promise<string>
  readonly logFile: string
  stop: () => Promise<void>
}

/** What the program is started with. */
export interface DemoProgramOptions {
  readonly configFile: string
  readonly logFile: string
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Builds the program and starts it with plain node, as a user would. Its log goes to `logFile`. */
export async function startDemoProgram(options: DemoProgramOptions): Promise<DemoProgram> {
  const { configFile, logFile, progress, signal } = options
  const root = sandboxFile('..')
  progress.say('program: building')
  const tsc = sandboxFile('../node_modules/typescript/bin/tsc')
  const build = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (build.status !== 0) throw new SandboxError(`the build failed:\n${build.stdout}${build.stderr}`)
  progress.say('program: starting zendesk-activation run --config config.yaml')
  const child = await startGuarded({
    command: process.execPath,
    args: [sandboxFile('../dist/main.js'), 'run', '--config', configFile],
    cwd: root,
    env: process.env,
    graceMs: 15_000,
    output: openSync(logFile, 'a'),
    signal,
  })
  let stopping = false
  return {
    logFile,
    died: child.exited.then(async (status) => {
      if (stopping) return new Promise<never>(() => undefined)
      const log = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-20).join('\n')
      return `the program ended (${status}). The end of its log:\n${log}`
    }),
    async stop() {
      stopping = true
      await child.stop()
    },
  }
}
