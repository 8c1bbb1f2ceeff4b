import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ExitStatus } from '../../sandbox/process/guarded.ts'
import { effects, failpointsVariable, moments } from '../../src/cli/failpoints.ts'
import { type Application, createApplication } from '../support/application.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { peopleOf, personOf, type PersonLine } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { isQuiet } from '../support/progress-in-kafka.ts'
import { until } from '../support/until.ts'

/** As many applications side by side, each with a share of the points: a crash costs a session timeout. */
const chainCount = 5

const points = moments.flatMap((moment) => effects.map((effect) => `${moment} ${effect} 1`))
const chains = Array.from({ length: chainCount }, (_, chain) =>
  points.filter((_point, index) => index % chainCount === chain),
)

let apps: readonly Application[] = []
beforeEach(async () => {
  apps = await Promise.all(chains.map(async () => createApplication()))
})
afterEach(async () => {
  await Promise.all(apps.map(async (app) => app.dispose()))
})

/** Two people for whom everything happens that the program does, and one whose memberships make a dead letter, too. */
function peopleFor(name: string): readonly PersonLine[] {
  const bad = { segmentMembership: { ups: { 'some-segment': { status: 'no such status' } } } }
  return [...peopleOf(name, 2), personOf(`${name}-bad`, bad)]
}

/** It dies, by the point and by nothing else. */
async function expectDeath(program: Program, point: string): Promise<void> {
  let status: ExitStatus | undefined
  void program.exited.then((ended) => (status = ended))
  await until(`it dies: ${point}`, () => status !== undefined).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${program.output()}`)
  })
  expect(program.output()).toContain(`failpoint ${point}: SIGKILL`)
  expect(status).toBe('SIGKILL')
}

/** Every attempt that fails is written down at once. */
const changes = { deliver: { retry: { initialMs: 100, maxMs: 1000, localAttempts: 1 } } }

/** Has a contact fail once where a retry is what the process is to die at, and requests take their time. */
async function disturb(app: Application, point: string, [failing]: readonly PersonLine[]): Promise<void> {
  await app.sell.removeFaults()
  const email = failing?.identityMap.Email[0]?.id ?? ''
  if (point.includes(' retry '))
    await app.sell.addFault({ kind: 'respond', status: 503, count: 1, match: { email } })
  // Long enough that a request is still under way when the process dies during it.
  await app.sell.addFault({ kind: 'delay', delayMs: 120, match: { path: 'upsert|contacts/\\d' } })
}

/** Dies at each point in turn, each time over what the death before left; returns all that was loaded. */
async function dieAtEach(app: Application, chain: readonly string[]): Promise<readonly PersonLine[]> {
  const people: PersonLine[] = []
  let stateDirectory: string | undefined
  for (const point of chain) {
    const more = peopleFor(point.replaceAll(' ', '-'))
    people.push(...more)
    await disturb(app, point, more)
    await app.load(more)
    const env = { [failpointsVariable]: point }
    const program = await app.start({
      env,
      changes,
      ...(stateDirectory === undefined ? {} : { stateDirectory }),
    })
    ;({ stateDirectory } = program)
    await expectDeath(program, point)
  }
  const program = await app.start({ changes, ...(stateDirectory === undefined ? {} : { stateDirectory }) })
  await program.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
  await program.until('nothing is left to do', async () => isQuiet(app, [program]))
  expect((await program.terminate()).status).toBe(0)
  return people
}

describe('a process that is killed at any of its effects', () => {
  it('says so, and what comes after it makes Zendesk right, with no contact twice', async () => {
    const startedAtMs = performance.now()
    const loaded = await Promise.all(apps.map(async (app, index) => dieAtEach(app, chains[index] ?? [])))
    reportMeasurement('failpoints', { points: points.length, tookMs: performance.now() - startedAtMs })
    for (const [index, app] of apps.entries()) {
      expect(await app.differencesFrom(loaded[index] ?? [])).toEqual([])
      expect(await app.sell.contacts()).toHaveLength(loaded[index]?.length ?? 0)
      expect((await app.sell.stats()).maxInFlightPerContact).toBe(1)
    }
  })

  it('starts with a warning while points are armed, and not at all where one is unknown', async () => {
    const [app] = apps
    if (app === undefined) throw new Error('there is no application')
    const armed = await app.start({ env: { [failpointsVariable]: 'after ledger 1' } })
    const warning = { level: 'warn', failpoints: ['after ledger 1'] }
    await armed.until('it warns', () =>
      armed.log().some((line) => expect.objectContaining(warning).asymmetricMatch(line)),
    )

    const refused = await app.start({ env: { [failpointsVariable]: 'after legder 1' } })
    expect(await refused.exited).toBe(2)
    expect(refused.output()).toContain('"after legder 1" is no failpoint')
    expect(refused.output()).toContain('dead-letter')
    expect(refused.log()).toEqual([])
  })
})
