import type { Config } from '../config/config.ts'
import { internalTopics } from '../config/topics.ts'
import type { Problem } from './check/finding.ts'
import { compactedTopic, expiringTopic, type RequiredTopic, type TopicAdmin } from '../kafka/topics.ts'

/** The partition count that all topics share and those to create, or everything that is wrong with them, in words. */
export type CheckedTopics =
  | { readonly type: 'usable'; readonly partitions: number; readonly missing: readonly RequiredTopic[] }
  | { readonly type: 'problems'; readonly problems: readonly Problem[] }

/** Room for values of our own topics: a person or contact as Avro, with its largest profile. */
export const maxInternalBytes = 16 * 1024 * 1024

/** Room for a pointer of the retry topic: an e-mail address and some numbers. */
const maxPointerBytes = 64 * 1024

/**
 * Checks the topics, and creates none: internal ones that are missing are a problem only where the configuration does not
 * let us create them. Co-partitioning is what the join stands on: the same number of partitions everywhere, so that a
 * person's records meet in one task.
 */
export async function checkTopics(
  admin: Pick<TopicAdmin, 'partitionCounts'>,
  config: Config,
): Promise<CheckedTopics> {
  const inputs = [config.inputs.profiles.topic, config.inputs.segmentMemberships.topic]
  const internal = Object.values<string>({ ...internalTopics(config.applicationId) })
  const counts = await admin.partitionCounts([...inputs, ...internal])
  const problems = checkInputs(config, counts)
  const partitions = counts.get(config.inputs.profiles.topic)
  if (partitions === undefined || problems.length > 0) return { type: 'problems', problems }

  const required = requiredTopics(config, partitions)
  const missing = required.filter(({ name }) => !counts.has(name))
  problems.push(...required.flatMap((topic) => checkCount(topic, counts.get(topic.name), config)))
  if (!config.topics.createMissing) problems.push(...missing.map((topic) => describeMissing(topic)))
  if (problems.length > 0) return { type: 'problems', problems }
  return { type: 'usable', partitions, missing }
}

/** The internal topics as the program creates them, for inputs of so many partitions. */
export function requiredTopics(config: Config, partitions: number): readonly RequiredTopic[] {
  const topics = internalTopics(config.applicationId)
  return [
    compactedTopic(topics.persons, partitions, maxInternalBytes),
    compactedTopic(topics.contacts, partitions, maxInternalBytes),
    compactedTopic(topics.ledger, partitions, maxInternalBytes),
    expiringTopic(topics.retry, partitions, maxPointerBytes),
    expiringTopic(topics.deadLetter, partitions, config.deadLetter.maxMessageBytes),
    expiringTopic(topics.assembleReplay, partitions, maxInternalBytes),
    expiringTopic(topics.deliverReplay, partitions, maxInternalBytes),
  ]
}

function checkInputs({ inputs, kafka }: Config, counts: ReadonlyMap<string, number>): Problem[] {
  const { profiles, segmentMemberships } = inputs
  const missing = [
    { topic: profiles.topic, option: 'inputs.profiles.topic' },
    { topic: segmentMemberships.topic, option: 'inputs.segmentMemberships.topic' },
  ].filter(({ topic }) => !counts.has(topic))
  if (missing.length > 0) {
    // A broker does not tell of topics that a user may not describe.
    const rights =
      kafka.sasl === null && kafka.tls === null
        ? ''
        : " Where it is there, let the program's user read and describe it: docs/kafka-security.md."
    return missing.map(({ topic, option }) => ({
      subject: option,
      message: `there is no topic "${topic}" on ${kafka.brokers.join(', ')}. Create it, or name the right one.${rights}`,
    }))
  }
  const profileCount = counts.get(profiles.topic)
  const membershipCount = counts.get(segmentMemberships.topic)
  if (profileCount === membershipCount) return []
  const message =
    `"${profiles.topic}" has ${String(profileCount)} partitions and "${segmentMemberships.topic}" has ` +
    `${String(membershipCount)}, so one person's records would lie in different partitions and never meet. ` +
    'Write both with the same key and partitioner into topics with the same number of partitions.'
  return [{ subject: 'inputs', message }]
}

function checkCount(
  { name, partitions }: RequiredTopic,
  count: number | undefined,
  config: Config,
): Problem[] {
  // Dead letters are read by no stage, so their partitions need not match.
  if (count === undefined || count === partitions || name === internalTopics(config.applicationId).deadLetter)
    return []
  const message =
    `the internal topic "${name}" has ${count} partitions, but "${config.inputs.profiles.topic}" has ${partitions}. ` +
    'A changed partition count scatters what is stored. Choose another applicationId and replay the inputs, ' +
    'or restore the old count.'
  return [{ subject: name, message }]
}

function describeMissing({ name, partitions, config }: RequiredTopic): Problem {
  const settings = Object.entries(config).map(([key, value]) => `${key}=${value}`)
  const message =
    `the internal topic "${name}" does not exist and topics.createMissing is false. ` +
    `Create it with ${partitions} partitions and ${settings.join(', ')}.`
  return { subject: name, message }
}
