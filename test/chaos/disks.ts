import { rm } from 'node:fs/promises'
import { damageStores } from '../support/chaos/damage.ts'
import type { Member } from '../support/chaos/fleet.ts'
import { createTable, seconds } from '../support/chaos/table.ts'
import { recordCount } from '../support/progress-in-kafka.ts'
import {
  type Chaos,
  isBack,
  lagOf,
  runScenario,
  type ScenarioOptions,
  type ScenarioResult,
} from './scenario.ts'

/** What is done to a state directory while its process is down. */
type Harm = 'untouched' | 'deleted' | 'damaged'

/** Three processes are killed; one finds its stores deleted, one damaged and one untouched when it comes back. */
export async function disks(options: ScenarioOptions & { readonly rounds: number }): Promise<ScenarioResult> {
  return runScenario(
    { name: 'disks', members: ['a', 'b', 'c'], run: async (chaos) => runRounds(chaos, options) },
    options,
  )
}

async function runRounds(
  chaos: Chaos,
  { rounds, print }: ScenarioOptions & { readonly rounds: number },
): Promise<void> {
  const { fleet } = chaos
  const table = createTable(
    [['round', 5], ['process', 7], ['stores', 9], ['back after', 10], ['lag', 5], ['its log, and what was damaged', 40]],
    print,
  ) // prettier-ignore
  await Promise.all(fleet.members.map(async (member) => isBack(await member.start())))
  await untilWritten(chaos, 40)
  for (let round = 1; round <= rounds; round += 1) {
    const memberAt = (at: number): Member => {
      const member = fleet.members[(at + round) % fleet.members.length]
      if (member === undefined) throw new Error('there is no member')
      return member
    }
    const harm = async (at: number, what: Harm): Promise<void> => {
      table.row([round, ...(await harmOne(chaos, memberAt(at), what))])
    }
    // Two together, while the third works.
    await Promise.all([harm(0, 'deleted'), harm(1, 'damaged')])
    await harm(2, 'untouched')
  }
  const { persons, contacts, ledger } = chaos.app.topics
  for (const topic of [persons, contacts, ledger])
    chaos.count(`records of ${topic.split('.').at(-1) ?? topic}`, await recordCount(chaos.app, topic))
}

/** Enough is written for stores to hold something. */
async function untilWritten({ app, fleet }: Chaos, count: number): Promise<void> {
  const [life] = fleet.running()
  await life?.program.until(`${count} writes`, async () => (await app.sell.writes()).length >= count)
}

async function harmOne(chaos: Chaos, member: Member, harm: Harm): Promise<readonly (string | number)[]> {
  const directory = member.stateDirectory()
  await member.kill()
  chaos.crashed()
  const diedAtMs = performance.now()
  if (harm === 'deleted') await rm(directory, { recursive: true, force: true })
  const damages = harm === 'damaged' ? await damageStores(directory, chaos.dice) : []
  if (harm === 'damaged' && damages.length === 0) chaos.violated(`${member.name} has no stores to damage`)
  const life = await member.start()
  const back = (await isBack(life)) ? seconds(performance.now() - diedAtMs) : 'not back'
  const files = damages.map(({ file, kind }) => `${file.split('/').slice(-3).join('/')} ${kind}`)
  const log = [said(life.program.log()), ...files].join('; ')
  return [member.name, harm, back, await lagOf(chaos.app), log]
}

/** The tasks that began anew or whose stores were wiped, each with the reason, and how many were restored. */
function said(log: readonly Readonly<Record<string, unknown>>[]): string {
  const lines = log.filter(({ partition }) => partition !== undefined)
  const placesOf = (beginning: string, word: (line: Readonly<Record<string, unknown>>) => string): string[] =>
    lines
      .filter(({ msg }) => String(msg).startsWith(beginning))
      .map((line) => `${word(line)} ${String(line['stage'])}/${String(line['partition'])}`)
  const restored = lines.filter(({ msg }) => msg === 'restored').length
  return [
    ...placesOf('the task ended', ({ reason }) => String(reason)),
    ...placesOf('the store is of no use', () => 'wiped'),
    `restored ${restored}`,
  ].join(', ')
}
