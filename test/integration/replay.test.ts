import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Application, type ApplicationProgram, createApplication } from '../support/application.ts'
import { emailOf, peopleOf, personOf } from '../support/people.ts'
import { recordCount } from '../support/progress-in-kafka.ts'
import { type FinishedRun, runToEnd } from '../support/program.ts'
import { until } from '../support/until.ts'

const people = 300
let app: Application
let program: ApplicationProgram
let configFile: string
beforeAll(async () => {
  app = await createApplication({
    sell: { ratePerSecond: 0 },
    changes: { zendesk: { requestsPerSecond: 10 } },
  })
  program = await app.start()
  configFile = (await app.writeConfiguration()).file
  await app.load(peopleOf('p', people))
  await program.until('all are written', async () => (await app.sell.contacts()).length === people, 90_000)
}, 120_000)
afterAll(async () => app.dispose())

async function replay(
  words: readonly string[],
  interruptWhen?: () => Promise<boolean>,
): Promise<FinishedRun> {
  return runToEnd(['replay', '--config', configFile, ...words], interruptWhen)
}

const writes = async (): Promise<number> => (await app.sell.writes()).length

const copies = async (): Promise<number> => recordCount(app, app.topics.assembleReplay)

/** How far the live group is in the inputs. */
async function liveOffsets(): Promise<object> {
  const topics = [app.topics.profiles, app.topics.memberships]
  return app.admin.fetchOffsets({ groupId: `${app.id}.assemble`, topics })
}

describe('replaying the profiles beside the program', () => {
  it('counts what it would replay, by day, and replays nothing', async () => {
    const run = await replay(['--topic', 'profiles', '--dry-run', '--json'])
    const day = new Date().toISOString().slice(0, 10)
    expect(run).toMatchObject({ code: 0 })
    const counted = JSON.parse(run.stdout) as { records: number; days: { day: string; records: number }[] }
    expect(counted.records).toBe(people)
    expect(counted.days.map((row) => row.day).every((counted) => counted <= day)).toBe(true)
    expect(await copies()).toBe(0)
  })

  it('is interrupted, goes on by its id, and costs no request, also the second time', async () => {
    const [before, live] = [await writes(), await liveOffsets()]
    const first = await replay(
      ['--topic', 'profiles', '--rate', '40', '--id', 'a'],
      async () => (await copies()) > 20,
    )
    expect(first.code).toBe(130)
    expect(first.stderr).toMatch(
      /interrupted, with \d+ records copied. Go on with: zendesk-activation replay .* --id a\n$/,
    )
    const copied = Number(/with (\d+) records/.exec(first.stderr)?.[1])
    expect(copied).toBeGreaterThan(0)
    expect(copied).toBeLessThan(people)

    const second = await replay(['--id', 'a'])
    expect([second.code, second.stdout]).toStrictEqual([
      0,
      `replayed ${people - copied} records of ${app.topics.profiles}, all of them processed\n`,
    ])
    const again = await replay(['--topic', 'profiles', '--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ read: people, copied: people, processed: true })
    expect(await writes()).toBe(before)
    expect(await liveOffsets()).toStrictEqual(live)
    expect(await copies()).toBe(2 * people)
  }, 60_000)

  it('replays nothing from a time that has not come', async () => {
    const run = await replay(['--topic', 'profiles', '--from', '2100-01-01', '--json'])
    expect(JSON.parse(run.stdout)).toMatchObject({ read: 0, copied: 0 })
  })

  it('keeps what is newer than what is replayed', async () => {
    const newer = {
      person: { name: { firstName: 'Newer', lastName: 'Person' } },
      _repo: { modifyDate: '2025-04-01T00:00:00Z' },
    }
    await app.load([personOf('p1', newer)])
    const held = async () => (await app.sell.contacts()).find(({ email }) => email === emailOf('p1'))
    await until('it is written', async () => (await held())?.fields.get('first_name') === 'Newer')
    const before = await writes()
    expect((await replay(['--topic', 'profiles'])).code).toBe(0)
    expect(await writes()).toBe(before)
    expect((await held())?.fields.get('first_name')).toBe('Newer')
  })
})

describe('replaying contacts', () => {
  it('costs nothing, and with --force writes every one again, once', async () => {
    const before = await writes()
    expect((await replay(['--topic', 'contacts'])).code).toBe(0)
    expect(await writes()).toBe(before)
    await app.sell.edit(emailOf('p7'), { last_name: 'By hand' })
    expect((await replay(['--topic', 'contacts', '--force'])).code).toBe(0)
    await program.until('all are written again', async () => (await writes()) >= before + people, 60_000)
    expect(await writes()).toBe(before + people)
    expect((await app.sell.contacts()).map(({ fields }) => fields.get('last_name'))).not.toContain('By hand')
  }, 90_000)
})

describe('a call that makes no sense', () => {
  it.each<[string, readonly string[], number, RegExp]>([
    ['names no topic', [], 2, /say what to replay, with --topic profiles\|segment-memberships\|contacts/],
    [
      'has a time that is none',
      ['--topic', 'profiles', '--from', 'yesterday'],
      2,
      /--from takes beginning, end, .* found "yesterday"/,
    ],
    ['has no rate', ['--topic', 'profiles', '--rate', '0'], 2, /must be a number from 0.1 to 1000000/],
    ['forces an input', ['--topic', 'profiles', '--force'], 2, /goes with --topic contacts/],
    [
      'names an audience that is not mapped',
      ['--topic', 'contacts', '--audience', 'Nobody'],
      1,
      /There is "aep_vip_customers", /,
    ],
    [
      'names a replay that is not there',
      ['--id', 'never'],
      1,
      /there is no replay "never" to go on with. Begin one with --topic/,
    ],
  ])('is told where it %s', async (_what, words, code, message) => {
    const run = await replay(words)
    expect(run.code).toBe(code)
    expect(run.stderr).toMatch(message)
    expect(run.stdout).toBe('')
    expect(run.stderr).not.toMatch(/\n\s+at /)
  })
})
