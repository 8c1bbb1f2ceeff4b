import { setTimeout as pause } from 'node:timers/promises'
import { audiences } from '../sandbox/demo/setup.ts'
import type { Application } from '../test/support/application.ts'
import type { Changes } from '../test/support/configuration.ts'
import { busiestWindow, pacedWindowMs } from '../test/support/emulator.ts'
import { personOf } from '../test/support/people.ts'
import { recordCount } from '../test/support/progress-in-kafka.ts'
import type { Bound } from '../test/support/scenario/result.ts'
import type { SharedServers } from '../test/support/shared-servers.ts'
import { fillAccount, untilQuiet } from './account.ts'
import { createLiveTraffic } from './live-traffic.ts'
import { compareWindows, createLiveWindows } from './live-windows.ts'
import { reportOf } from './measurement.ts'
import { measureOnParts } from './on-parts.ts'
import { usualSettings } from './usual-settings.ts'

/** How much of it. */
interface Size {
  readonly persons: number
  readonly livePerSecond: number
  readonly windowMs: number
  /** Windows alone before the audience is added, beside its backfill, and alone after it. */
  readonly before: number
  readonly beside: number
  readonly after: number
}

const full: Size = { persons: 10_000, livePerSecond: 3, windowMs: 30_000, before: 3, beside: 5, after: 2 }
const quick: Size = { ...full, persons: 300, windowMs: 8000, before: 1, beside: 1, after: 1 }

const partitions = 4
/** How much later the slowest of a hundred live events may be beside the backfill. */
const mostDelay = 0.1
/** Of ten thousand contacts at 9.5 requests per second: 18 minutes. */
const backfillWithinMs = 1_500_000

const [vip, newsletter, added] = audiences
const without: Changes = { ...usualSettings, audiences: [vip, newsletter] }
const withAdded: Changes = { ...usualSettings, audiences: [vip, newsletter, added] }

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/**
 * An audience is added to the configuration that everybody who is stored is in: the program ends and begins with it. Windows of
 * live traffic before, beside the backfill, and after it.
 */
export async function audience(words: readonly string[]): Promise<number> {
  return measureOnParts(words, { full, quick }, { partitions }, measure)
}

async function measure(app: Application, servers: SharedServers, size: Size): Promise<number> {
  const startedMs = performance.now()
  const traffic = await createLiveTraffic(app, { perSecond: size.livePerSecond, windowMs: size.windowMs })
  const people = [...membersOf(size.persons), ...traffic.people]
  const { contacts, stateDirectory } = await fillAccount(app, [{ skipped: [], read: people }], without)
  const records = await inputRecords(app)
  const windows = createLiveWindows(traffic, print)
  let program = await app.start({ changes: without, stateDirectory })
  await untilQuiet(app, program)
  print(`filled: ${contacts} contacts, ${Math.round((performance.now() - startedMs) / 1000)} s`)
  const pids = () => ({ program: program.pid, kafka: servers.kafka.pid, registry: servers.registry.pid })

  for (let at = 0; at < size.before; at += 1) await windows.measure('alone', pids())
  await untilQuiet(app, program)
  await program.terminate()
  const othersBefore = await traffic.otherWrites()
  const addedMs = performance.now()
  program = await app.start({ changes: withAdded, stateDirectory })
  await program.until('the backfill begins', async () => {
    await pause(200)
    return (await traffic.otherWritesSoFar()) > 0
  })
  const firstAfterMs = performance.now() - addedMs
  const progress: number[] = []
  for (let at = 0; at < size.beside; at += 1) {
    await windows.measure('beside', pids())
    progress.push(await traffic.otherWritesSoFar())
  }
  print(`members with the field after each window beside: ${progress.join(', ')}`)
  await untilQuiet(app, program, backfillWithinMs)
  const throughMs = performance.now() - addedMs
  for (let at = 0; at < size.after; at += 1) await windows.measure('alone', pids())
  await untilQuiet(app, program)

  const { figures, p99Delay } = compareWindows(windows.all())
  const [requests, others] = [await app.sell.requests(), await traffic.otherWrites()]
  const differences = (await app.differencesFrom([...people, ...traffic.sent()])).length
  const [busiest, having] = [busiestWindow(requests, pacedWindowMs), await havingField(app)]
  const newRecords = (await inputRecords(app)) - records - traffic.sent().length
  const bounds: readonly Bound[] = [
    { what: 'without the audience nothing but live events was written', holds: othersBefore === 0 },
    { what: 'the backfill had work in every window beside it', holds: (progress.at(-1) ?? 0) < size.persons },
    { what: 'every member has the field, by one write each', holds: having === size.persons && others === size.persons },
    { what: 'no record but those of live events came into the inputs', holds: newRecords === 0 },
    { what: `live events are at most ${mostDelay * 100} % later beside it (p99)`, holds: p99Delay <= mostDelay },
    { what: `at most 10 requests in ${pacedWindowMs} ms`, holds: busiest <= 10 },
    { what: 'Zendesk holds what the records say', holds: differences === 0 },
  ] // prettier-ignore
  return reportOf(
    {
      name: 'audience',
      quick: size !== full,
      figures: {
        members: size.persons,
        firstWriteAfterStartSeconds: seconds(firstAfterMs),
        membersWithFieldAfterWindows: progress.join(' '),
        throughAfterStartSeconds: seconds(throughMs),
        writesOfMembers: others,
        recordsThatNobodySent: newRecords,
        ...figures,
        maxIn900Ms: busiest,
        maxInAnySecond: busiestWindow(requests),
        refusedForRate: requests.filter(({ status }) => status === 429).length,
        differences,
        tookSeconds: seconds(performance.now() - startedMs),
      },
      bounds,
      windows: windows.all(),
    },
    print,
  )
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10
}

/** Members of the audience that is added. */
function membersOf(count: number): readonly object[] {
  const membership = { status: 'realized', lastQualificationTime: '2025-02-01T00:00:00Z' }
  const segmentMembership = { [added.namespace]: { [added.segmentId]: membership } }
  return Array.from({ length: count }, (_, at) => ({ ...personOf(`m${at + 1}`), segmentMembership }))
}

async function havingField({ sell }: Application): Promise<number> {
  return (await sell.contacts()).filter(({ fields }) => fields.get(added.mappingId) === 'realized').length
}

async function inputRecords(app: Application): Promise<number> {
  const { profiles, memberships } = app.topics
  return (await recordCount(app, profiles)) + (await recordCount(app, memberships))
}
