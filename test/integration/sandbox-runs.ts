import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cacheDirOf, sandboxFile } from '../../sandbox/paths.ts'
import type { StackLine } from '../../sandbox/running.ts'
import { until } from './sandbox-programs.ts'

/** Warm, the real parts take some seconds each; a cold cache takes what Maven takes. */
export const startWithinMs = 300_000

/** A sandbox in a process of its own, with a directory of its own for temporary files. */
export interface Sandbox {
  readonly process: ChildProcess
  readonly pid: number
  /** What was printed on stdout, line by line. */
  readonly lines: readonly string[]
  readonly temporary: string
  readonly exited: Promise<number | null>
}

/** All that were run, ended in the end even when a test failed half-way. */
const sandboxes: Sandbox[] = []

/** Runs the sandbox's entry with these words. */
export function runSandbox(...words: string[]): Sandbox {
  return runProgram(process.execPath, [sandboxFile('start.mjs'), ...words])
}

/** Runs any program as a sandbox is run, with more in its environment. */
export function runProgram(command: string, words: readonly string[], more: NodeJS.ProcessEnv = {}): Sandbox {
  const temporary = mkdtempSync(join(tmpdir(), 'sandbox-test-'))
  const child = spawn(command, words, {
    // Whatever runs this test, npm perhaps, does not run the sandbox.
    env: { ...process.env, NODE_OPTIONS: '', npm_lifecycle_event: undefined, TMPDIR: temporary, ...more },
    // The leader of a group, as in a terminal, so that a whole group can be sent what Ctrl-C sends.
    detached: true,
  })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  child.stderr.pipe(process.stderr)
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const sandbox = { process: child, pid: child.pid ?? 0, lines, temporary, exited }
  sandboxes.push(sandbox)
  return sandbox
}

/** Waits for the line of `all`; fails when the process ends before. */
export async function untilAnnounced({ lines, exited }: Sandbox): Promise<StackLine> {
  let ended = false
  void exited.then(() => (ended = true))
  await until(() => lines.length > 0 || ended, startWithinMs)
  return JSON.parse(lines[0] ?? 'null') as StackLine
}

/** The process ids of a process's children, their children and so on. */
export function descendantsOf(pid: number): number[] {
  const pairs = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const childrenOf = (parent: number): number[] =>
    pairs.flatMap(([child = 0, its]) => (its === parent ? [child, ...childrenOf(child)] : []))
  return childrenOf(pid)
}

/** What the sandbox keeps in its temporary directory now. */
export function leftIn({ temporary }: Sandbox): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith('sandbox-'))
}

/** The file by which others find the running sandbox. */
export function noteOf({ pid }: Sandbox): string {
  return join(cacheDirOf(process.env), 'running', `${pid}.json`)
}

/** Ends every sandbox that was run, those of failed tests too. */
export async function endSandboxes(): Promise<void> {
  for (const sandbox of sandboxes) {
    sandbox.process.kill('SIGTERM')
    await sandbox.exited
    rmSync(sandbox.temporary, { recursive: true, force: true })
  }
}
