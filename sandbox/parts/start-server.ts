import { rm } from 'node:fs/promises'
import { SandboxError } from '../errors.ts'
import type { GuardedChild } from '../process/guarded.ts'
import { describeExit, launch, type Launched } from '../process/launch.ts'
import { freePorts, isFree } from '../process/ports.ts'
import { createPartDir, type PartContext, type StartedPart } from './options.ts'

/** How to run a server in a directory of its own on given ports, the first of which its clients use. */
export interface ServerPlan {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly afterwards?: readonly string[]
  readonly ready: () => Promise<boolean>
}

/** A kind of server. */
export interface ServerKind {
  readonly part: string
  /** How many ports it listens on. */
  readonly ports: number
  readonly deadlineMs: number
  readonly graceMs: number
  readonly plan: (dir: string, ports: readonly number[]) => Promise<ServerPlan>
}

const attempts = 3
const shownLines = 20
const portTaken = /address already in use|in use by another process|port is already allocated/i

/**
 * Starts a server and waits until it serves. A free port can be taken by somebody else before the server binds it, so
 * that failure is tried again with other ports; a port that was asked for is not. Throws a `SandboxError` with the end
 * of the server's log.
 */
export async function startServer(kind: ServerKind, context: PartContext): Promise<StartedPart> {
  const { part } = kind
  const { port, progress } = context
  if (port !== undefined && !(await isFree(port))) {
    throw new SandboxError(
      `${part}: port ${port} of 127.0.0.1 is in use; give another, or none for a free one`,
    )
  }
  for (let attempt = 1; ; attempt += 1) {
    const free = await freePorts(kind.ports)
    const ports = port === undefined ? free : [port, ...free.slice(1)]
    const launched = await launchOn(kind, context, ports)
    if (launched.kind === 'ready') {
      progress.say(`${part}: ready on 127.0.0.1:${ports[0]} after ${(launched.afterMs / 1000).toFixed(1)} s`)
      return describeStarted(ports[0] ?? 0, launched.child)
    }
    const again = attempt < attempts && launched.log.some((line) => portTaken.test(line))
    if (!again) throw new SandboxError(describeFailure(part, launched))
    progress.say(`${part}: a port was taken meanwhile, trying others`)
  }
}

async function launchOn(kind: ServerKind, context: PartContext, ports: readonly number[]): Promise<Launched> {
  const dir = await createPartDir(kind.part)
  try {
    const { env, ...plan } = await kind.plan(dir, ports)
    return await launch({
      ...plan,
      part: kind.part,
      env: { ...context.env, ...env },
      dir,
      graceMs: kind.graceMs,
      deadlineMs: kind.deadlineMs,
      progress: context.progress,
      signal: context.signal,
    })
  } catch (thrown) {
    // No guard has taken the directory over, or it has removed it already.
    await rm(dir, { recursive: true, force: true })
    throw thrown
  }
}

function describeStarted(port: number, child: GuardedChild): StartedPart {
  let stopping = false
  return {
    port,
    pid: child.pid,
    died: new Promise((resolve) => {
      void child.exited.then((status) => {
        if (!stopping) resolve(describeExit(status))
      })
    }),
    stop: async () => {
      stopping = true
      await child.stop()
    },
  }
}

function describeFailure(part: string, { reason, log }: Extract<Launched, { kind: 'failed' }>): string {
  const end = log.length === 0 ? 'Its log is empty.' : 'The end of its log:'
  return [`${part}: it ${reason}. ${end}`, ...log.slice(-shownLines).map((line) => `  ${line}`)].join('\n')
}
