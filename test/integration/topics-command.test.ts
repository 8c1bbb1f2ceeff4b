import { afterEach, expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { type Application, createApplication } from '../support/application.ts'
import { type FinishedRun, runToEnd } from '../support/program.ts'

let app: Application
afterEach(async () => app.dispose())

async function topics(...words: readonly string[]): Promise<FinishedRun> {
  const { file } = await app.writeConfiguration()
  return runToEnd(['topics', '--config', file, ...words])
}

async function ownTopics(): Promise<readonly string[]> {
  return (await app.admin.listTopics()).filter((topic) => topic.startsWith(`${app.id}.`))
}

it('the internal topics are told as missing, created with their settings, and then as they should be', async () => {
  app = await createApplication({ partitions: 3 })
  const before = await topics('--diff')
  expect(before).toMatchObject({ code: 1, stderr: '' })
  expect(before.stdout).toMatch(
    /^test-\w+\.persons: missing\. It should have 3 partitions, replication factor 1, cleanup\.policy=compact, /m,
  )
  expect(await ownTopics()).toEqual([])

  const created = await topics('--create')
  expect(created).toMatchObject({ code: 0, stderr: '' })
  expect(created.stdout).toMatch(/^test-\w+\.ledger: created, as it should be$/m)
  expect(created.stdout).toMatch(/^All \d+ internal topics are as they should be\.$/m)

  const again = await topics('--create')
  expect(again).toMatchObject({ code: 0, stderr: '' })
  expect(again.stdout).not.toMatch(/created|missing/)
  expect((await topics('--diff')).stdout).toBe(again.stdout)
})

it('a setting that differs is told beside what it should be, and left as it is', async () => {
  app = await createApplication({ partitions: 2 })
  const configEntries = [{ name: 'cleanup.policy', value: 'delete' }]
  await app.admin.createTopics({
    topics: [{ topic: app.topics.persons, numPartitions: 2, configEntries }],
    waitForLeaders: true,
  })
  const run = await topics('--create', '--json')
  expect(run).toMatchObject({ code: 1, stderr: '' })
  const told = JSON.parse(run.stdout) as { ok: boolean; topics: { topic: string; created: boolean }[] }
  expect(told.ok).toBe(false)
  const persons = told.topics.find(({ topic }) => topic === app.topics.persons)
  const policy = { what: 'cleanup.policy', found: 'delete', wanted: 'compact' }
  expect(persons).toMatchObject({
    exists: true,
    created: false,
    differences: expect.arrayContaining([policy]),
  })
  expect(told.topics.filter(({ created }) => created)).toHaveLength(told.topics.length - 1)
  const { resources } = await app.admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: app.topics.persons,
        configNames: ['cleanup.policy'],
      },
    ],
  })
  expect(resources[0]?.configEntries[0]?.configValue).toBe('delete')
  expect((await topics('--diff')).stdout).toMatch(/^ {2}cleanup\.policy +has delete, should have compact$/m)
})

it.each([
  [{ profiles: null, memberships: 2 }, /^inputs\.profiles\.topic: there is no topic "test-\w+-profiles" on /],
  [{ profiles: 2, memberships: 3 }, /^inputs: "test-\w+-profiles" has 2 partitions and /],
])('nothing is created where the inputs are of no use: %j', async (partitions, says) => {
  app = await createApplication({ partitions })
  const run = await topics('--create')
  expect(run).toMatchObject({ code: 1, stdout: '' })
  expect(run.stderr).toMatch(says)
  expect(await ownTopics()).toEqual([])
})
