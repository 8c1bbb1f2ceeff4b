import { type Command, Option } from 'commander'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblems } from '../config/problems.ts'
import type { RequiredTopic, TopicAdmin } from '../kafka/topics.ts'
import { type Problem, sentenceOf } from './check/finding.ts'
import { askBriefly, connectBriefly } from './check/kafka.ts'
import { differencesAsJson, formatDifferences, type TopicState } from './topic-report.ts'
import { describeTooFewBrokers } from './check/topics.ts'
import { type ExitCode, exitCodes } from './command.ts'
import { compareTopic } from './topic-settings.ts'
import { checkTopics, requiredTopics } from './topics.ts'

/** Adds the command `topics` to `program`. */
export function registerTopics(program: Command): void {
  program
    .command('topics')
    .description('compare the internal topics with what they should be, or create those that are missing')
    .requiredOption('-c, --config <file>', 'configuration; config/reference.yaml explains every option')
    .addOption(new Option('--create', 'create what is missing; alters and deletes nothing').conflicts('diff'))
    .addOption(new Option('--diff', 'tell what differs'))
    .option('--json', 'print JSON', false)
    .action(
      async (words: { config: string; create?: true; diff?: true; json: boolean }, command: Command) => {
        if (words.create === undefined && words.diff === undefined)
          command.error("error: one of the options '--create' and '--diff' is needed")
        const { config, create = false, json } = words
        process.exit(await manageTopics({ configFile: config, create, json }))
      },
    )
}

/** What `topics` is called with. */
interface TopicsOptions {
  readonly configFile: string
  /** True to create what is missing first. */
  readonly create: boolean
  readonly json: boolean
}

/**
 * Tells in what the internal topics differ from what they should be, on standard output, after creating those that are
 * missing if asked to; alters and deletes none. Resolves with the exit code: 0 where all are as they should be, 1 where one
 * differs or the inputs are of no use, 2 where the configuration is wrong.
 */
async function manageTopics({ configFile, create, json }: TopicsOptions): Promise<ExitCode> {
  const loaded = await loadConfig(configFile)
  if (loaded.type === 'invalid') {
    process.stderr.write(`${formatProblems(loaded.problems)}\n`)
    return exitCodes.badCall
  }
  const { config } = loaded
  const connection = await connectBriefly(config)
  if (connection.type === 'unreachable') return refuse([connection.problem])
  const { admin } = connection
  const asked = await askBriefly(config, async () => lookAtTopics(admin.topics, config, create))
  // What hangs ends with the process.
  await askBriefly(config, async () => admin.disconnect())
  if (asked.type === 'failed') return refuse([asked.problem])
  if (asked.answer.type === 'refused') return refuse(asked.answer.problems)
  const { topics } = asked.answer
  process.stdout.write(json ? differencesAsJson(topics) : formatDifferences(topics))
  return topics.every(({ differences }) => differences?.length === 0) ? exitCodes.ok : exitCodes.failed
}

function refuse(problems: readonly Problem[]): ExitCode {
  process.stderr.write(`${problems.map(sentenceOf).join('\n')}\n`)
  return exitCodes.failed
}

type LookAtTopics =
  | { readonly type: 'looked'; readonly topics: readonly TopicState[] }
  | { readonly type: 'refused'; readonly problems: readonly Problem[] }

/** How the internal topics are, after those that are missing were created if `create` says so. */
async function lookAtTopics(
  admin: Pick<TopicAdmin, 'partitionCounts' | 'describe' | 'brokerCount' | 'create'>,
  config: Config,
  create: boolean,
): Promise<LookAtTopics> {
  // Missing internal topics are what this is about, whoever may create them.
  const checked = await checkTopics(admin, { ...config, topics: { ...config.topics, createMissing: true } })
  const partitions = await inputPartitions(admin, config)
  if (partitions === null)
    return { type: 'refused', problems: checked.type === 'problems' ? checked.problems : [] }
  const required = requiredTopics(config, partitions)
  const before = await namesOf(admin, required)
  const missing = required.filter(({ name }) => !before.has(name))
  const { replicationFactor } = config.topics
  if (create && missing.length > 0) {
    const tooFew = describeTooFewBrokers(config, await admin.brokerCount())
    if (tooFew !== null) return { type: 'refused', problems: [tooFew] }
    await admin.create(missing, replicationFactor)
  }
  const found = new Map(
    (await admin.describe(required.map(({ name }) => name))).map((one) => [one.name, one]),
  )
  const topics = required.map((topic): TopicState => {
    const present = found.get(topic.name)
    const created = create && missing.includes(topic)
    const differences = present === undefined ? null : compareTopic(topic, present, replicationFactor)
    return { required: topic, replicationFactor, created, differences }
  })
  return { type: 'looked', topics }
}

/** How many partitions both inputs have, or `null` where they are missing or unequal. */
async function inputPartitions(
  admin: Pick<TopicAdmin, 'partitionCounts'>,
  { inputs: { profiles, segmentMemberships } }: Config,
): Promise<number | null> {
  const counts = await admin.partitionCounts([profiles.topic, segmentMemberships.topic])
  const partitions = counts.get(profiles.topic)
  return partitions !== undefined && counts.get(segmentMemberships.topic) === partitions ? partitions : null
}

async function namesOf(
  admin: Pick<TopicAdmin, 'partitionCounts'>,
  topics: readonly RequiredTopic[],
): Promise<ReadonlySet<string>> {
  return new Set((await admin.partitionCounts(topics.map(({ name }) => name))).keys())
}
