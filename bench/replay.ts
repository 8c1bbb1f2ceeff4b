import type { Application, ApplicationProgram } from '../test/support/application.ts'
import { busiestWindow, pacedWindowMs } from '../test/support/emulator.ts'
import { type PersonLine, personOf } from '../test/support/people.ts'
import { recordCount } from '../test/support/progress-in-kafka.ts'
import { type FinishedRun, runToEnd } from '../test/support/program.ts'
import type { Bound } from '../test/support/scenario/result.ts'
import type { SharedServers } from '../test/support/shared-servers.ts'
import { until } from '../test/support/until.ts'
import { fillAccount, type Stretch, untilQuiet } from './account.ts'
import { createLiveTraffic, type LiveTraffic } from './live-traffic.ts'
import { compareWindows, createLiveWindows, type LiveWindows } from './live-windows.ts'
import { reportOf } from './measurement.ts'
import { measureOnParts } from './on-parts.ts'
import { usualSettings } from './usual-settings.ts'

/** How much of it. */
interface Size {
  readonly persons: number
  /** Parts of the range, each with records of everybody, and windows of either kind. */
  readonly stretches: number
  readonly recordsPerStretch: number
  /** Persons in each part whose newest record was never read: what the replay has to write. */
  readonly skippedPerStretch: number
  readonly livePerSecond: number
  readonly windowMs: number
  /** Records per second; `null` for what the command does by itself. */
  readonly rate: number | null
  /** Of the second replay. */
  readonly fastRate: number
}

const full: Size = {
  persons: 20_000,
  stretches: 5,
  recordsPerStretch: 2,
  skippedPerStretch: 200,
  livePerSecond: 3,
  windowMs: 40_000,
  rate: null,
  fastRate: 4000,
}
const quick: Size = {
  ...full,
  persons: 1000,
  stretches: 2,
  skippedPerStretch: 20,
  windowMs: 8000,
  rate: 250,
  fastRate: 1000,
}

const partitions = 4
/** How much later the slowest of a hundred live events may be beside a replay. */
const mostDelay = 0.1
const replayWithinMs = 900_000

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/**
 * All records of the profiles are replayed in parts, interrupted after each, with windows of live traffic beside it and between
 * them; then all of them once more. In the range are records that were never read, so that the first replay has writes to make.
 */
export async function replay(words: readonly string[]): Promise<number> {
  return measureOnParts(words, { full, quick }, { partitions, changes: usualSettings }, measure)
}

async function measure(app: Application, servers: SharedServers, size: Size): Promise<number> {
  const startedMs = performance.now()
  const traffic = await createLiveTraffic(app, { perSecond: size.livePerSecond, windowMs: size.windowMs })
  const stretches = stretchesOf(size, traffic)
  const { contacts, stateDirectory } = await fillAccount(app, stretches, usualSettings)
  const program = await app.start({ stateDirectory })
  await untilQuiet(app, program)
  const range = await recordCount(app, app.topics.profiles)
  const to = (await app.admin.fetchTopicOffsets(app.topics.profiles))
    .map(({ partition, high }) => `${partition}:${high}`)
    .join(',')
  const writesOfFill = (await app.sell.writes()).length
  print(
    `filled: ${range} records, ${contacts} contacts, ${Math.round((performance.now() - startedMs) / 1000)} s`,
  )

  const command = {
    app,
    configFile: (await app.writeConfiguration()).file,
    range: ['--topic', 'profiles', '--to', to],
  }
  const windows = createLiveWindows(traffic, print)
  const pids = { program: program.pid, kafka: servers.kafka.pid, registry: servers.registry.pid }
  const first = await interleave(command, program, windows, pids, size)
  const writesOfFirst = await traffic.otherWrites()
  const again = await once(command, [...command.range, '--rate', String(size.fastRate)], async () =>
    createLiveWindows(traffic, print).measure('beside', pids),
  )
  await untilQuiet(app, program)
  const writesOfSecond = (await traffic.otherWrites()) - writesOfFirst
  const requests = await app.sell.requests()
  const { figures, p99Delay } = compareWindows(windows.all())
  const skipped = size.stretches * size.skippedPerStretch
  const lines = [...stretches.flatMap((stretch) => [...stretch.skipped, ...stretch.read]), ...traffic.sent()]
  const differences = (await app.differencesFrom(lines)).length
  const busiest = busiestWindow(requests, pacedWindowMs)
  const [copied, copiedAgain] = [first.map(copiedBy).reduce((sum, count) => sum + count, 0), copiedBy(again)]
  const bounds: readonly Bound[] = [
    { what: 'nothing was to be written before the replay', holds: writesOfFill === 0 },
    { what: 'every interrupted run ended with 130, the others with 0', holds: codesAre(first, again) },
    { what: 'each record of the range was copied once by the first replay', holds: copied === range },
    { what: 'and by the second', holds: copiedAgain === range },
    { what: 'the first replay wrote each contact once that was behind', holds: writesOfFirst === skipped },
    { what: 'the second replay wrote nothing', holds: writesOfSecond === 0 },
    { what: `live events are at most ${mostDelay * 100} % later beside the first (p99)`, holds: p99Delay <= mostDelay },
    { what: `at most 10 requests in ${pacedWindowMs} ms`, holds: busiest <= 10 },
    { what: 'Zendesk holds what the records say', holds: differences === 0 },
  ] // prettier-ignore
  return reportOf(
    {
      name: 'replay',
      quick: size !== full,
      figures: {
        records: range,
        contacts,
        replayedPerSecond: size.rate ?? 'default',
        interruptions: first.length - 1,
        copied,
        copiedAgain,
        contactsBehind: skipped,
        writesOfFirstReplay: writesOfFirst,
        writesOfSecondReplay: writesOfSecond,
        secondReplayPerSecond: size.fastRate,
        ...figures,
        maxIn900Ms: busiest,
        maxInAnySecond: busiestWindow(requests),
        refusedForRate: requests.filter(({ status }) => status === 429).length,
        differences,
        tookSeconds: Math.round((performance.now() - startedMs) / 1000),
      },
      bounds,
      windows: windows.all(),
    },
    print,
  )
}

/** What the command is called with each time, and where. */
interface ReplayCommand {
  readonly app: Application
  readonly configFile: string
  readonly range: readonly string[]
}

/** A window alone, then one beside the replay, which is interrupted at its end; the last one finishes it. */
async function interleave(
  command: ReplayCommand,
  program: ApplicationProgram,
  windows: LiveWindows,
  pids: Readonly<Record<string, number | undefined>>,
  { stretches, rate }: Size,
): Promise<readonly FinishedRun[]> {
  const runs: FinishedRun[] = []
  const options = ['--id', 'bench', ...(rate === null ? [] : ['--rate', String(rate)])]
  const { range } = command
  for (let part = 0; part < stretches; part += 1) {
    await windows.measure('alone', pids)
    const beside = async (): Promise<void> => windows.measure('beside', pids)
    runs.push(await once(command, [...(part === 0 ? range : []), ...options], beside, part < stretches - 1))
    await untilQuiet(command.app, program)
  }
  return runs
}

/** Runs the command, and `beside` from the first copy on; interrupts it when that has ended, or waits for its end. */
async function once(
  { app, configFile }: ReplayCommand,
  options: readonly string[],
  beside: () => Promise<void>,
  isInterrupted = false,
): Promise<FinishedRun> {
  const before = await recordCount(app, app.topics.assembleReplay)
  let isOver = false
  const interruptWhen = isInterrupted ? async () => Promise.resolve(isOver) : undefined
  const words = ['replay', '--config', configFile, ...options]
  const run = runToEnd(words, interruptWhen, replayWithinMs)
  await until('it copies', async () => (await recordCount(app, app.topics.assembleReplay)) > before)
  await beside()
  isOver = true
  return run
}

/** How many records a run says that it copied. */
function copiedBy({ stdout, stderr }: FinishedRun): number {
  const [, interrupted] = /interrupted, with ([\d,]+) records copied/.exec(stderr) ?? []
  const [, replayed] = /replayed ([\d,]+) records .* all of them processed/.exec(stdout) ?? []
  return Number((interrupted ?? replayed ?? 'none').replaceAll(',', ''))
}

function codesAre(first: readonly FinishedRun[], again: FinishedRun): boolean {
  const codes = [...first, again].map(({ code }) => code)
  return codes.every((code, at) => code === (at < first.length - 1 ? 130 : 0))
}

/**
 * Everybody's records, each with another name, the newest last; those of the persons that are skipped in a part are newer than
 * all, and were there before the others of the part.
 */
function stretchesOf(size: Size, { people }: LiveTraffic): readonly Stretch[] {
  const day = (number: number): string =>
    new Date(Date.parse('2025-01-01') + number * 86_400_000).toISOString()
  const said = (person: number, round: number): PersonLine =>
    personOf(`p${person}`, {
      person: { name: { firstName: `Round ${round}`, lastName: `Person-${person}` } },
      _repo: { modifyDate: day(round) },
    })
  const newest = size.stretches * size.recordsPerStretch
  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)
  return numbers(size.stretches).map((stretch) => ({
    skipped: numbers(size.skippedPerStretch).map((at) => said(stretch * size.skippedPerStretch + at, newest)),
    read: [
      ...numbers(size.recordsPerStretch).flatMap((round) =>
        numbers(size.persons).map((person) => said(person, stretch * size.recordsPerStretch + round)),
      ),
      ...(stretch === 0 ? people : []),
    ],
  }))
}
