import { afterEach, describe, expect, it } from '@jest/globals'
import { customFields } from '../../sandbox/demo/setup.ts'
import {
  type Application,
  type ApplicationOptions,
  createApplication,
  sharedStack,
} from '../support/application.ts'
import { type FinishedRun, runToEnd } from '../support/program.ts'

let app: Application
afterEach(async () => app.dispose())

/** Starts the program for `app` and waits for its end. */
async function runApp(): Promise<FinishedRun> {
  const { file } = await app.writeConfiguration()
  return runToEnd(['run', '--config', file])
}

/** The lines of the one message, after its headline. */
function problemsOf({ stderr }: FinishedRun): readonly string[] {
  const [headline, ...lines] = stderr.trimEnd().split('\n')
  expect(headline).toBe('zendesk-activation does not start, nothing was written:')
  return lines.map((line) => line.trim())
}

/** What stands in Kafka, the registry and Zendesk under the application's name. */
async function everythingOf({ id, admin, sell }: Application): Promise<object> {
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(id)).sort()
  const response = await fetch(`${sharedStack().registryUrl}/subjects`)
  const subjects = ((await response.json()) as string[]).filter((subject) => subject.startsWith(id))
  const groups = (await admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(id))
  return { topics, subjects, groups, writes: await sell.writes(), contacts: await sell.contacts() }
}

const newsletter = customFields[1]
const withoutOne = customFields.filter(({ name }) => name !== 'Churn risk')
const withoutChoice = [
  customFields[0],
  { ...newsletter, choices: ['realized'] },
  { ...customFields[2], for_contact: false, for_organisation: true },
]

interface Case {
  readonly name: string
  readonly options: ApplicationOptions
  /** Internal topics that exist already, with their partition counts. */
  readonly existing?: Readonly<Partial<Record<'persons' | 'contacts' | 'ledger', number>>>
  /** What each problem has to say, in any order. */
  readonly problems: readonly RegExp[]
}

const cases: readonly Case[] = [
  {
    name: 'both input topics are missing, and a custom field',
    options: { partitions: { profiles: null, memberships: null }, sell: { customFields: withoutOne } },
    problems: [
      /^inputs\.profiles\.topic: there is no topic "test-\w+-profiles" on 127\.0\.0\.1:\d+\. Create it/,
      /^inputs\.segmentMemberships\.topic: there is no topic "test-\w+-memberships"/,
      /^audiences\[2\]\.mappingId: Sell has no custom field "Churn risk" .*"aep_vip_customers", "aep_newsletter"/,
    ],
  },
  {
    name: 'the input topics have different partition counts, and a custom field is missing',
    options: { partitions: { profiles: 2, memberships: 3 }, sell: { customFields: withoutOne } },
    problems: [
      /^inputs: "test-\w+-profiles" has 2 partitions and "test-\w+-memberships" has 3, .*same number of partitions/,
      /^audiences\[2\]\.mappingId: Sell has no custom field "Churn risk"/,
    ],
  },
  {
    name: 'internal topics have another partition count, and a custom field is missing',
    options: { partitions: 2, sell: { customFields: withoutOne } },
    existing: { persons: 1, ledger: 3 },
    problems: [
      /^the internal topic "test-\w+\.persons" has 1 partitions, but "test-\w+-profiles" has 2\. .*applicationId/,
      /^the internal topic "test-\w+\.ledger" has 3 partitions, but "test-\w+-profiles" has 2\./,
      /^audiences\[2\]\.mappingId: Sell has no custom field "Churn risk"/,
    ],
  },
  {
    name: 'internal topics are missing and may not be created',
    options: { partitions: 2, changes: { topics: { createMissing: false } } },
    problems: [
      /^the internal topic "test-\w+\.persons" does not exist .* with 2 partitions and cleanup\.policy=compact/,
      /^the internal topic "test-\w+\.contacts" does not exist/,
      /^the internal topic "test-\w+\.ledger" does not exist/,
      /^the internal topic "test-\w+\.retry" does not exist/,
      /^the internal topic "test-\w+\.dead-letter" does not exist .* with 2 partitions and cleanup\.policy=delete/,
      /^the internal topic "test-\w+\.assemble-replay" does not exist/,
      /^the internal topic "test-\w+\.deliver-replay" does not exist/,
    ],
  },
  {
    name: 'custom fields are for companies alone or lack a choice',
    options: { partitions: 2, sell: { customFields: withoutChoice } },
    problems: [
      /^audiences\[1\]\.mappingId: the custom field "aep_newsletter" lacks the choices exited\./,
      /^audiences\[2\]\.mappingId: the custom field "Churn risk" is for companies alone\./,
    ],
  },
]

describe('a start is refused, with every problem in one message and nothing written, where', () => {
  it.each(cases)('$name', async ({ options, existing = {}, problems }) => {
    app = await createApplication(options)
    const topics = Object.entries(existing).map(([name, numPartitions]) => ({
      topic: app.topics[name as keyof typeof existing],
      numPartitions,
      configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
    }))
    if (topics.length > 0) await app.admin.createTopics({ topics, waitForLeaders: true })
    const before = await everythingOf(app)

    const run = await runApp()
    expect(run.code).toBe(1)
    const told = problemsOf(run)
    expect(told).toHaveLength(problems.length)
    for (const problem of problems) expect(told).toContainEqual(expect.stringMatching(problem))
    expect(await everythingOf(app)).toEqual(before)
  })
})
