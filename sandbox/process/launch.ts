import { closeSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '../progress.ts'
import { startGuarded, type ExitStatus, type GuardedChild } from './guarded.ts'

/** A server to be started and waited for. */
export interface Launch {
  /** Its name for people. */
  readonly part: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** A temporary directory of its own: its working directory and its log; removed when it is gone. */
  readonly dir: string
  readonly afterwards?: readonly string[]
  readonly graceMs: number
  /** Whether it serves; asked over and over, so each question must end by itself soon. */
  readonly ready: () => Promise<boolean>
  readonly deadlineMs: number
  readonly progress: Progress
  readonly signal?: AbortSignal | undefined
}

/** A server that serves, or why it does not with the end of its log. */
export type Launched =
  | { readonly kind: 'ready'; readonly child: GuardedChild; readonly afterMs: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly log: readonly string[] }

const askEveryMs = 100
const tailLines = 200
const tailBytes = 65_536

/** Starts a server under its guard and waits until it serves; whatever fails, nothing is left running. */
export async function launch(wanted: Launch): Promise<Launched> {
  const logFile = join(wanted.dir, 'log')
  const log = openSync(logFile, 'a')
  const startedAt = Date.now()
  const child = await startGuarded({
    command: wanted.command,
    args: wanted.args,
    cwd: wanted.dir,
    env: wanted.env,
    graceMs: wanted.graceMs,
    removeDir: wanted.dir,
    ...(wanted.afterwards === undefined ? {} : { afterwards: wanted.afterwards }),
    output: log,
    signal: wanted.signal,
  }).finally(() => closeSync(log))
  const problem = await waitUntilReady(wanted, child, startedAt)
  wanted.progress.done(wanted.part)
  if (problem === undefined) return { kind: 'ready', child, afterMs: Date.now() - startedAt }
  const tail = await tailOf(logFile)
  await child.stop()
  return { kind: 'failed', reason: problem, log: tail }
}

async function waitUntilReady(
  { part, ready, deadlineMs, progress, signal }: Launch,
  child: GuardedChild,
  startedAt: number,
): Promise<string | undefined> {
  const ended = child.exited.then(describeExit)
  for (;;) {
    const answer = await Promise.race([ended, ready()])
    if (signal?.aborted === true) return 'interrupted'
    if (answer === true) return undefined
    if (typeof answer === 'string') return `${answer} while starting`
    const waitedMs = Date.now() - startedAt
    if (waitedMs > deadlineMs) return `did not answer within ${deadlineMs / 1000} s`
    progress.update(part, `starting (${Math.floor(waitedMs / 1000)} s)`)
    await Promise.race([sleep(askEveryMs), ended])
  }
}

/** How a program ended, as the end of a sentence about it. */
export function describeExit(status: ExitStatus): string {
  return typeof status === 'number' ? `exited with code ${status}` : `was ended by ${status}`
}

/** The last lines of a log file, at most 200; none when the file is not there. */
export async function tailOf(file: string): Promise<string[]> {
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return []
  try {
    const { size } = await handle.stat()
    const start = Math.max(0, size - tailBytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start)
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n')
    return lines.filter((line) => line.trim() !== '').slice(-tailLines)
  } finally {
    await handle.close()
  }
}
