import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SandboxError } from './errors.ts'

/** The line that `npm run sandbox -- all` prints and that others find it by. */
export interface StackLine {
  readonly part: 'all'
  readonly kafka: { readonly brokers: readonly string[] }
  readonly registry: { readonly url: string }
  readonly sell: { readonly url: string; readonly token: string }
}

/** A sandbox that noted itself as running. */
export interface RunningNote {
  readonly pid: number
  readonly line: StackLine
}

/** Where records and schemas go. */
export interface Target {
  readonly kafkaBrokers: readonly string[]
  readonly registryUrl: string
}

/** What was given for a target by flags or by the environment. */
export interface GivenTarget {
  readonly brokers: string | undefined
  readonly registry: string | undefined
}

/** Notes that this process runs a whole sandbox; the returned function takes the note back. */
export function noteRunning(cacheDir: string, line: StackLine): () => void {
  const dir = join(cacheDir, 'running')
  const file = join(dir, `${process.pid}.json`)
  mkdirSync(dir, { recursive: true })
  // It holds the emulator's token, which is worth nothing, but a habit is a habit.
  writeFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 })
  return () => rmSync(file, { force: true })
}

/** The sandboxes that run now; notes of killed ones are skipped. */
export async function listRunning(cacheDir: string): Promise<RunningNote[]> {
  const dir = join(cacheDir, 'running')
  const files = await readdir(dir).catch(() => [])
  const notes = await Promise.all(files.map(async (file) => await readNote(dir, file)))
  return notes.filter((note) => note !== undefined)
}

async function readNote(dir: string, file: string): Promise<RunningNote | undefined> {
  const pid = Number(/^(\d+)\.json$/.exec(file)?.[1])
  if (!isAlive(pid)) {
    // Killed before it could take the note back.
    await rm(join(dir, file), { force: true })
    return undefined
  }
  // A note that is just being taken back, or half written, is no running sandbox.
  const text = await readFile(join(dir, file), 'utf8').catch(() => '')
  const line = parseLine(text)
  return line === undefined ? undefined : { pid, line }
}

function parseLine(text: string): StackLine | undefined {
  try {
    const value = JSON.parse(text) as Partial<StackLine>
    return value.part === 'all' && value.kafka && value.registry && value.sell
      ? (value as StackLine)
      : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    // Somebody else's process is alive too.
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The target that was given, completed by the one running sandbox. Throws a `SandboxError` when that is not enough. */
export function pickTarget(given: GivenTarget, running: readonly RunningNote[]): Target {
  const brokers = given.brokers
    ?.split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '')
  const missing = [
    ...(brokers === undefined ? ['--brokers (or SANDBOX_KAFKA_BROKERS)'] : []),
    ...(given.registry === undefined ? ['--registry (or SANDBOX_REGISTRY_URL)'] : []),
  ].join(' and ')
  if (brokers !== undefined && given.registry !== undefined)
    return { kafkaBrokers: brokers, registryUrl: given.registry }
  const [only, ...others] = running
  if (only === undefined) {
    throw new SandboxError(
      `no sandbox is running: start one with 'npm run sandbox -- all', or give ${missing}`,
    )
  }
  if (others.length > 0) {
    const list = running.map(
      ({ pid, line }) => `  pid ${pid}: ${line.kafka.brokers.join(',')} ${line.registry.url}`,
    )
    throw new SandboxError(
      [`${running.length} sandboxes are running; give ${missing} of one of them:`, ...list].join('\n'),
    )
  }
  return {
    kafkaBrokers: brokers ?? only.line.kafka.brokers,
    registryUrl: given.registry ?? only.line.registry.url,
  }
}
