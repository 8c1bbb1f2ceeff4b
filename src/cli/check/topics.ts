import type { Config } from '../../config/config.ts'
import type { TopicAdmin, TopicFacts } from '../../kafka/topics.ts'
import { compareTopic, findSettingFaults } from '../topic-settings.ts'
import { type CheckedTopics, checkTopics, requiredTopics } from '../topics.ts'
import { asFindings, type Finding, type Problem } from './finding.ts'

/** What checkTopics says, and that with everything else that is to be said of the topics. */
export interface TopicCheck {
  readonly topics: CheckedTopics
  readonly findings: readonly Finding[]
}

/** What of the topics is usable, what is not, and what may do harm. Asks alone; creates nothing. */
export async function checkAllTopics(
  admin: Pick<TopicAdmin, 'partitionCounts' | 'describe' | 'brokerCount'>,
  config: Config,
): Promise<TopicCheck> {
  const inputs = [config.inputs.profiles.topic, config.inputs.segmentMemberships.topic]
  const names = requiredTopics(config, 1).map(({ name }) => name)
  const [topics, counts, facts, brokers] = await Promise.all([
    checkTopics(admin, config),
    // Nobody asks for the settings of the inputs, for which a user would need a right more.
    admin.partitionCounts(inputs),
    admin.describe(names),
    admin.brokerCount(),
  ])
  const problems = topics.type === 'problems' ? asFindings('topics', topics.problems) : []
  const told = new Set(problems.map(({ subject }) => subject))
  const judged = judgeTopics(config, counts, facts, brokers).filter(
    ({ level, subject }) => level !== 'ok' || !told.has(subject),
  )
  return { topics, findings: [...problems, ...judged] }
}

/**
 * What the topics that exist are like, inputs by their partition counts, and what is to be said of those that are missing. Presence and partition counts are
 * `checkTopics`'; what is wrong with them is not told again.
 */
export function judgeTopics(
  config: Config,
  counts: ReadonlyMap<string, number>,
  facts: readonly TopicFacts[],
  brokers: number,
): readonly Finding[] {
  const found = new Map(facts.map((topic) => [topic.name, topic]))
  const { profiles, segmentMemberships } = config.inputs
  const inputs = [profiles.topic, segmentMemberships.topic].flatMap((name): readonly Finding[] => {
    const count = counts.get(name)
    return count === undefined ? [] : [ok(name, `input, ${count} partitions.`)]
  })
  // Where the profiles are missing, nobody knows how many partitions the others are to have.
  const partitions = counts.get(profiles.topic) ?? null
  const required = requiredTopics(config, partitions ?? 1)
  const missing = required.filter(({ name }) => !found.has(name))
  const internal = required.flatMap((topic): readonly Finding[] => {
    const present = found.get(topic.name)
    if (present !== undefined) return judgeTopic(config, topic, present, brokers)
    if (!config.topics.createMissing) return []
    const count = partitions === null ? 'as many partitions as the inputs' : `${partitions} partitions`
    return [ok(topic.name, `does not exist yet; run creates it with ${count}.`)]
  })
  const creates = config.topics.createMissing && missing.length > 0
  const tooFew = creates ? describeTooFewBrokers(config, brokers) : null
  return [...inputs, ...internal, ...(tooFew === null ? [] : asFindings('topics', [tooFew]))]
}

function judgeTopic(
  config: Config,
  required: ReturnType<typeof requiredTopics>[number],
  found: TopicFacts,
  brokers: number,
): readonly Finding[] {
  const wantedCopies = config.topics.replicationFactor
  const differences = compareTopic(required, found, wantedCopies)
  const faults: readonly Finding[] = findSettingFaults(required, differences).map((fault) => ({
    ...fault,
    area: 'topics',
    subject: required.name,
  }))
  const copies = found.replicationFactor
  const tooFew: readonly Finding[] =
    copies < wantedCopies || (copies === 1 && brokers > 1)
      ? [warning(required.name, describeCopies(copies, wantedCopies, brokers))]
      : []
  if (faults.length + tooFew.length > 0) return [...faults, ...tooFew]
  return [ok(required.name, `${found.partitions} partitions, settings fit.`)]
}

function describeCopies(copies: number, wanted: number, brokers: number): string {
  return (
    `has ${copies} ${copies === 1 ? 'copy' : 'copies'} of each partition, and topics.replicationFactor is ${wanted} ` +
    `(brokers now: ${brokers}). What is in it is lost with the brokers that hold it. ` +
    'Raise it with kafka-reassign-partitions.'
  )
}

/** Kafka creates no topic with more copies than it has brokers: that, or `null` where it has enough. */
export function describeTooFewBrokers(
  { topics: { replicationFactor } }: Config,
  brokers: number,
): Problem | null {
  if (replicationFactor <= brokers) return null
  const message =
    `is ${replicationFactor}, but Kafka has ${brokers} ${brokers === 1 ? 'broker' : 'brokers'} now, so the internal topics ` +
    `cannot be created. Start the others, or set it to ${brokers}.`
  return { subject: 'topics.replicationFactor', message }
}

function ok(subject: string, message: string): Finding {
  return { area: 'topics', level: 'ok', subject, message }
}

function warning(subject: string, message: string): Finding {
  return { area: 'topics', level: 'warning', subject, message }
}
