import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig } from '../src/config/load.ts'
import { createApplication, type Application } from '../test/support/application.ts'
import type { Changes } from '../test/support/configuration.ts'
import { peopleOf } from '../test/support/people.ts'
import type { Program } from '../test/support/program.ts'
import { startSharedServers } from '../test/support/shared-servers.ts'
import { fillApplication } from './filled-application.ts'
import { limitMemory } from './memory-limit.ts'
import { usualSettings } from './usual-settings.ts'

/** How much of it. */
interface Size {
  readonly persons: number
  readonly runs: number
  readonly limitBytes: number | null
}

const partitions = 8
const folder = path.join('.cache', 'bench-restart')

/** Most resident memory that a process ever had, and what it has now: its own, and pages of files that are mapped. In MB. */
function memoryOf({ pid }: Program) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mb = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
  return { peakMb: mb('VmHWM'), ownMb: mb('RssAnon'), mappedMb: mb('RssFile') }
}

function say(what: string, figures: object): void {
  process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`)
}

/** One run until all is restored; gives the seconds that took. */
async function timedStart(
  app: Application,
  stateFolder: string,
  { limitBytes }: Size,
): Promise<{ readonly program: Program; readonly readyMs: number }> {
  const startedMs = performance.now()
  const program = await app.start({ changes: changesFor(stateFolder) })
  if (limitBytes !== null) await limitMemory(program.pid, limitBytes)
  await program.until('it is ready', async () => isReady(program), 3_600_000)
  return { program, readyMs: performance.now() - startedMs }
}

async function isReady({ url }: Program): Promise<boolean> {
  return (await fetch(`${url}/ready`).catch(() => null))?.ok ?? false
}

/** The defaults of the program, but for the group: one member, which nobody waits for. */
function changesFor(stateFolder: string): Changes {
  return {
    ...usualSettings,
    state: { directory: path.resolve(folder, stateFolder) },
    health: { maxStallMs: 600_000 },
  }
}

/** Seconds from the start of a process to its first write of one contact that is new. */
async function firstSendMs(
  app: Application,
  run: number,
  { limitBytes }: Size,
): Promise<{ readonly sendMs: number; readonly readyMs: number; readonly peakMb: number }> {
  await app.load(peopleOf(`late-${run}`, 1))
  const before = (await app.sell.writes()).length
  const startedMs = performance.now()
  const program = await app.start({ changes: changesFor('a') })
  if (limitBytes !== null) await limitMemory(program.pid, limitBytes)
  await program.until('it sends', async () => (await app.sell.writes()).length > before, 600_000)
  const sendMs = performance.now() - startedMs
  await program.until('it is ready', async () => isReady(program), 600_000)
  const readyMs = performance.now() - startedMs
  const { peakMb } = memoryOf(program)
  await program.terminate()
  return { sendMs, readyMs, peakMb }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? NaN)
}

/**
 * How long a process takes to hold N persons and N written contacts, from an empty disk and from a warm one, and what memory it
 * holds them with; with a limit, all but its first moments are in a control group that has no more memory than that, the page
 * cache of its files included.
 */
export async function restart(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      persons: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '5' },
      'limit-mb': { type: 'string' },
    },
  })
  const limitMb = values['limit-mb']
  const size: Size = {
    persons: Number(values.persons),
    runs: Number(values.runs),
    limitBytes: limitMb === undefined ? null : Number(limitMb) * 2 ** 20,
  }
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const servers = await startSharedServers()
  const app = await createApplication({ partitions })
  try {
    await measure(app, size)
  } finally {
    await app.dispose()
    await servers.stop()
  }
  return 0
}

async function measure(app: Application, size: Size): Promise<void> {
  const { persons, runs } = size
  const first = await timedStart(app, 'empty', size)
  say('start with nothing', { readyMs: Math.round(first.readyMs), ...memoryOf(first.program) })
  await first.program.terminate()
  const loaded = await loadConfig((await app.writeConfiguration(changesFor('empty'))).file)
  if (loaded.type === 'invalid') throw new Error('the configuration of the benchmark is wrong')
  await fillApplication(loaded.config, partitions, persons, (done) => {
    if (done % 100_000 === 0) process.stderr.write(`filled ${done}\n`)
  })

  const cold = await timedStart(app, 'a', size)
  say('restore from an empty disk', {
    persons,
    readyMs: Math.round(cold.readyMs),
    recordsPerSecond: Math.round((3 * persons * 1000) / cold.readyMs),
    ...memoryOf(cold.program),
  })
  process.stdout.write(
    `${cold.program
      .log()
      .filter(({ msg }) => String(msg).startsWith('restor'))
      .slice(-12)
      .map((line) => JSON.stringify(line))
      .join('\n')}\n`,
  )
  const writes = (await app.sell.writes()).length
  await cold.program.terminate()

  const warm = []
  for (let run = 0; run < runs; run += 1) warm.push(await firstSendMs(app, run, size))
  say('warm start', {
    persons,
    writesAfterRestore: writes,
    medianFirstSendMs: median(warm.map(({ sendMs }) => sendMs)),
    medianReadyMs: median(warm.map(({ readyMs }) => readyMs)),
    peakMb: Math.max(...warm.map(({ peakMb }) => peakMb)),
    runs: warm,
  })
  const machine = {
    cpus: os.cpus().length,
    node: process.version,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
  }
  await writeFile(path.join(folder, 'result.json'), JSON.stringify({ persons, machine, warm }, null, 2))
}
