import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { customFields } from '../../sandbox/demo/setup.ts'
import { createTopicAdmin } from '../../src/kafka/topics.ts'
import { type Application, createApplication, sharedStack } from '../support/application.ts'
import { type FinishedRun, runToEnd } from '../support/program.ts'
import { configurations, type Row } from './wrong-configurations.ts'
import { environments } from './wrong-environments.ts'

// What a newcomer gets wrong, each with the one message that says how to put it right. One application serves all rows: each
// changes its configuration alone.

let app: Application
let folder: string

beforeAll(async () => {
  const more = [
    { name: 'Score', type: 'number' },
    { name: 'Since', type: 'date' },
    { name: 'Short list', type: 'list', choices: ['realized'] },
    { name: 'Of companies', type: 'string', for_contact: false, for_organisation: true },
  ] as const
  app = await createApplication({ partitions: 2, sell: { customFields: [...customFields, ...more] } })
  folder = path.dirname(app.tokenFile)
  await registerSchema(app.topics.profiles, 'profile')
  await registerSchema(app.topics.memberships, 'segment-membership')
  await createTopicAdmin(app.admin).create(
    [
      { name: `${app.id}-three`, partitions: 3, config: {} },
      { name: `${app.id}-count.persons`, partitions: 1, config: { 'cleanup.policy': 'compact' } },
      { name: `${app.id}-policy.ledger`, partitions: 2, config: { 'cleanup.policy': 'compact,delete' } },
      {
        name: `${app.id}-weak.contacts`,
        partitions: 2,
        config: {
          'cleanup.policy': 'compact',
          'delete.retention.ms': '1000',
          'max.compaction.lag.ms': '86400000',
          'max.message.bytes': '16777216',
        },
      },
    ],
    1,
  )
  await writeFile(path.join(folder, 'empty'), '\n')
  await writeFile(path.join(folder, 'two-lines'), `${app.sell.token}\n${app.sell.token}\n`)
  await writeFile(path.join(folder, 'old-token'), 'a'.repeat(64))
})

afterAll(async () => {
  const left = (await app.admin.listTopics()).filter((topic) => /-(three|count|policy|weak)\b/.test(topic))
  const ours = left.filter((topic) => topic.startsWith(app.id))
  await app.admin.deleteTopics({ topics: ours })
  await app.dispose()
})

async function registerSchema(topic: string, name: string): Promise<void> {
  const file = fileURLToPath(new URL(`../../schemas/${name}.avsc`, import.meta.url))
  const response = await fetch(`${sharedStack().registryUrl}/subjects/${topic}-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: await readFile(file, 'utf8') }),
  })
  if (!response.ok) throw new Error(`the registry answers ${response.status}`)
}

async function runRow({ command = 'check', changes, text }: Row): Promise<FinishedRun> {
  const { file } = await app.writeConfiguration(
    changes?.({ app, inFolder: (name) => path.join(folder, name) }),
  )
  if (text !== undefined) await writeFile(file, text)
  return runToEnd([command, '--config', file])
}

/** The lines that tell a problem, without what stands before their subject. */
function problemLines({ stdout, stderr }: FinishedRun): readonly string[] {
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => /^ {2}problem {2}|^\/|^ {2}(?!ok|warning|problem)/.test(line))
    .map((line) => line.trim().replace(/^problem\s+/, ''))
}

function expectTold(run: FinishedRun, { says }: Row, code: 1 | 2): void {
  const lines = problemLines(run)
  expect({ code: run.code, lines }).toEqual({ code, lines: says.map((one) => expect.stringMatching(one)) })
  const all = run.stdout + run.stderr
  expect(all).not.toMatch(/\n\s+at /)
  expect(all).not.toContain(app.sell.token)
}

const nowhere = '127.0.0.1:1'

describe('a configuration that is wrong, told with its line and remedy:', () => {
  it.each(configurations)('$name', async (row) => {
    expectTold(await runRow(row), row, 2)
  })
})

describe('a set-up in which it cannot work, told with its place and remedy:', () => {
  it.each(environments)('$name', async (row) => {
    expectTold(await runRow(row), row, 1)
  })
})

/** What stands in Kafka, the registry and Zendesk under the application's name. */
async function everything(): Promise<object> {
  const response = await fetch(`${sharedStack().registryUrl}/subjects`)
  const subjects = ((await response.json()) as string[]).filter((subject) => subject.startsWith(app.id))
  const groups = (await app.admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(app.id))
  const topics = (await app.admin.listTopics()).filter((topic) => topic.startsWith(app.id)).sort()
  return { topics, subjects, groups, writes: await app.sell.writes() }
}

describe('a set-up in which it can work', () => {
  it('has no problem, exits with 0, and is as it was afterwards', async () => {
    const before = await everything()
    const { file } = await app.writeConfiguration()
    const run = await runToEnd(['check', '--config', file])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^configuration\n {2}ok {7}\S+config-\d+\.yaml: is valid\.$/m)
    expect(run.stdout).toMatch(
      /^schemas\n( {2}ok {7}\S+-value: version 1 has every path that is read\.\n){2}$/m,
    )
    expect(run.stdout).toMatch(
      /^ {2}ok {7}\S+\.persons: does not exist yet; run creates it with 2 partitions\.$/m,
    )
    expect(run.stdout).toMatch(/^groups\n {2}ok {7}\S+\.assemble: does not exist yet/m)
    expect(run.stdout).toMatch(/^zendesk\n {2}ok {7}zendesk\.tokenFile: Zendesk accepts the token in /m)
    expect(run.stdout).toMatch(/\n\nNo problems, no warnings\.\n$/)
    expect(await everything()).toEqual(before)
  })

  it('may have settings that do harm later, which are warnings', async () => {
    const { file } = await app.writeConfiguration({ applicationId: `${app.id}-weak` })
    const run = await runToEnd(['check', '--config', file])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(
      /^ {2}warning {2}\S+-weak\.contacts: delete\.retention\.ms is 1000, and should be 604800000\. .*--add-config delete/m,
    )
    expect(run.stdout).toMatch(/\n\nNo problems, 1 warning\.\n$/)
  })

  it('is told how far its groups are', async () => {
    const id = `${app.id}-lag`
    const values = ['a', 'b', 'c'].map((key) => ({ key, value: key }))
    await app.produce(app.topics.profiles, values)
    const partitions = [{ partition: 0, offset: '0' }]
    await app.admin.setOffsets({ groupId: `${id}.assemble`, topic: app.topics.profiles, partitions })
    const { file } = await app.writeConfiguration({ applicationId: id })
    const { stdout } = await runToEnd(['check', '--config', file])
    expect(stdout).toMatch(
      /^ {2}ok {7}\S+-lag\.assemble: Empty, 0 members; records still to read: 3 of test-\w+-profiles\.$/m,
    )
    expect(stdout).toMatch(/^ {2}ok {7}\S+-lag\.deliver: does not exist yet/m)
  })

  it('is told as one JSON document with --json, and so is a wrong one', async () => {
    const right = await app.writeConfiguration()
    const wrong = await app.writeConfiguration({ kafka: { brokers: [nowhere] } })
    const invalid = await app.writeConfiguration({ kafka: { brokers: [] } })
    const runs = [right, wrong, invalid].map(async ({ file }) => runToEnd(['check', '--json', '-c', file]))
    const [ok, bad, unread] = await Promise.all(runs)
    const findings = expect.arrayContaining([
      { area: 'topics', level: 'problem', subject: 'kafka.brokers', message: expect.any(String) },
    ])
    expect(ok).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ok?.stdout ?? '')).toMatchObject({ ok: true })
    expect(bad).toMatchObject({ code: 1, stderr: '' })
    expect(JSON.parse(bad?.stdout ?? '')).toEqual({ ok: false, findings })
    expect(unread).toMatchObject({ code: 2, stderr: '' })
    expect(JSON.parse(unread?.stdout ?? '')).toMatchObject({ ok: false })
  })
})
