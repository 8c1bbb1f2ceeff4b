import { fstatSync } from 'node:fs'
import type { Progress } from './progress.ts'
import type { RunningPart } from './stack.ts'

const stopWithinMs = 10_000
const parentCheckMs = 250
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Starts something, announces it, and keeps it up until SIGINT, SIGTERM, SIGHUP, the end of a piped stdin (whoever held
 * the other end is gone), the end of the npm that ran this, or its own death; then stops it. Returns the exit code: 0
 * when asked to end, 1 when it died or would not stop in time.
 */
export async function stayUp<T extends RunningPart>(
  start: (signal: AbortSignal) => Promise<T>,
  announce: (running: T) => void,
  progress: Progress,
): Promise<number> {
  const interrupt = new AbortController()
  const asked = awaitEnd()
  void asked.then(() => interrupt.abort())
  const starting = start(interrupt.signal)
  const running = await Promise.race([starting, asked])
  if (typeof running === 'string') {
    progress.say(`${running}: stopping what was started`)
    await withinTime(
      starting.then(
        async (part) => await part.stop(),
        () => undefined,
      ),
    )
    return 0
  }
  announce(running)
  const reason = await Promise.race([asked, running.died.then((death) => ({ death }))])
  progress.say(typeof reason === 'string' ? `${reason}: stopping` : `${reason.death}: stopping the rest`)
  const stopped = await withinTime(running.stop())
  if (!stopped) progress.say('not everything stopped in time; the guards kill the rest')
  return typeof reason === 'string' && stopped ? 0 : 1
}

async function awaitEnd(): Promise<string> {
  return await new Promise((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve(signal))
    watchNpm(() => resolve('the end of npm'))
    if (!isPiped()) return
    process.stdin.once('end', () => resolve('the end of stdin'))
    process.stdin.once('close', () => resolve('the end of stdin'))
    process.stdin.once('error', () => resolve('the end of stdin'))
    process.stdin.resume()
  })
}

/**
 * npm runs a script through a shell and passes SIGTERM on to that shell alone, which dies of it and leaves its child
 * running: the child learns of it only by getting another parent.
 */
function watchNpm(gone: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    gone()
  }, parentCheckMs)
}

/** Only a pipe's end means that its holder is gone: a terminal and /dev/null (of a background job) mean nothing. */
function isPiped(): boolean {
  try {
    const stdin = fstatSync(0)
    return stdin.isFIFO() || stdin.isSocket()
  } catch {
    return false
  }
}

async function withinTime(stopping: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), stopWithinMs)
  })
  const inTime = await Promise.race([stopping.then(() => true), late])
  clearTimeout(timer)
  return inTime
}
