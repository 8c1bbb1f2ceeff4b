import { writeFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { sumOf } from '../../../sandbox/demo/scrape.ts'
import type { Application } from '../application.ts'
import { stagePositions } from '../progress-in-kafka.ts'
import { until } from '../until.ts'
import { type Change, isBad } from './changes.ts'
import type { Fleet } from './fleet.ts'
import { readLedgerDoubts } from './ledger-doubts.ts'
import { faultsIn } from './oracle.ts'
import { uselessWrites } from './useless-writes.ts'

/** What is left to be said once all is quiet. */
export interface Verdict {
  /** What is not as it should be, in words; empty where nothing is. */
  readonly violations: readonly string[]
  readonly numbers: Readonly<Record<string, number>>
}

const settleMs = 120_000
const quietMs = 1500

/** Waits until nothing is to be done any more, then compares everything that can be compared. */
export async function settle(
  app: Application,
  fleet: Fleet,
  changes: readonly Change[],
  crashes: number,
): Promise<Verdict> {
  const violations: string[] = []
  await until(
    'Zendesk holds what was said',
    async () => (await faultsNow(app, changes)).length === 0,
    settleMs,
  ).catch(() => undefined)
  await until('nothing is under way', async () => isIdle(app, fleet), settleMs).catch((error: unknown) => {
    violations.push(`it does not come to rest: ${String(error)}`)
  })
  violations.push(...(await faultsNow(app, changes)).map((fault) => `Zendesk: ${fault}`))
  violations.push(...fleet.accidents())
  violations.push(...(await deadLetterFaults(app, changes)))
  const writes = await app.sell.writes()
  const { maxInFlightPerContact, contended } = await app.sell.stats()
  if (maxInFlightPerContact > 1)
    violations.push(`several requests for a contact at once: ${JSON.stringify(contended)}`)
  const throttled = writes.filter(({ status }) => status === 429).length
  const { unresolved, open } = await readLedgerDoubts(app)
  const useless = uselessWrites(writes)
  // A throttled request was not carried out, and is no excuse for another that changed nothing.
  const ambiguous = Math.max(0, unresolved - throttled)
  if (useless.length > crashes + ambiguous)
    violations.push(
      `${useless.length} requests changed nothing, more than ${crashes} crashes and ${ambiguous} ambiguous ends`,
    )
  const uncommitted = await uncommittedRecords(app)
  if (uncommitted > 0)
    violations.push(`${uncommitted} records are done and not committed, although all is quiet`)
  return {
    violations,
    numbers: {
      changes: changes.length,
      contacts: (await app.sell.contacts()).length,
      writes: writes.length,
      throttled,
      useless: useless.length,
      crashes,
      ambiguous,
      'in doubt': open.length,
      uncommitted,
    },
  }
}

/** Keeps what somebody will want to read who looks for a cause: logs, changes, requests and contacts. */
export async function keepEvidence(
  folder: string,
  app: Application,
  fleet: Fleet,
  changes: readonly Change[],
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const write = async (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text)
  for (const [at, { member, program }] of fleet.lives().entries())
    await write(`${String(at).padStart(3, '0')}-${member}.log`, program.output())
  await write('changes.ndjson', changes.map((change) => `${JSON.stringify(change)}\n`).join(''))
  await write(
    'requests.ndjson',
    (await app.sell.requests()).map((entry) => `${JSON.stringify(entry)}\n`).join(''),
  )
}

async function faultsNow(app: Application, changes: readonly Change[]): Promise<readonly string[]> {
  return faultsIn(changes, await app.sell.contacts())
}

/** Every program is ready and has nothing to send, and no request came for a while. */
async function isIdle(app: Application, fleet: Fleet): Promise<boolean> {
  for (const { program } of fleet.running()) {
    if (!(await fetch(`${program.url}/ready`)).ok) return false
    if (sumOf(await program.metrics(), 'zendesk_activation_dirty_contacts') > 0) return false
  }
  const lastMs = Math.max(0, ...(await app.sell.writes()).map(({ monotonicMs }) => monotonicMs))
  return performance.now() - lastMs > quietMs
}

/** Crashes may repeat a dead letter, but each bad record has one, and nothing else has. */
async function deadLetterFaults(app: Application, changes: readonly Change[]): Promise<readonly string[]> {
  const bad = changes.filter(isBad).length
  const offsets = await app.admin.fetchTopicOffsets(app.topics.deadLetter)
  const count = offsets.reduce((sum, { high }) => sum + Number(high), 0)
  if (bad === 0) return count === 0 ? [] : [`${count} dead letters, of which none is explained`]
  const follower = await app.follow(app.topics.deadLetter)
  await until('the dead letters are read', () => follower.records().length >= count)
  await follower.stop()
  const places = new Set(
    follower.records().map(({ headers }) => {
      const of = (name: string): string => headers[`zendesk-activation.source-${name}`] ?? '?'
      return `${of('topic')}/${of('partition')}/${of('offset')}`
    }),
  )
  const alien = [...places].filter((place) => !place.startsWith(`${app.topics.memberships}/`))
  return [
    ...(places.size === bad ? [] : [`${places.size} records are dead letters, where ${bad} are bad`]),
    ...alien.map((place) => `a dead letter of ${place}, where nothing is bad`),
  ]
}

async function uncommittedRecords(app: Application): Promise<number> {
  const positions = await Promise.all([stagePositions(app, 'assemble'), stagePositions(app, 'deliver')])
  return positions.flat().reduce((sum, { committed, end }) => sum + end - committed, 0)
}
