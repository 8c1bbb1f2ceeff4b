import type { Admin } from 'kafkajs'
import { SandboxError } from '../errors.ts'

/** Largest record batch that the topics take: profiles with many identities exceed Kafka's default of 1 MiB. */
export const maxMessageBytes = 8 * 1024 * 1024

/** Partitions of the topics where neither exists and no number is given. */
export const defaultPartitions = 4

/** The part of a Kafka admin client that making topics takes. */
export type TopicAdmin = Pick<Admin, 'listTopics' | 'fetchTopicMetadata' | 'createTopics'>

/**
 * Creates those of `topics` that are missing, all with the same number of partitions: `partitions`, else that of the
 * topics that exist, else 4. Throws a `SandboxError` where existing ones differ from each other, or from `partitions`:
 * then the records of one person would not meet in one partition number.
 */
export async function ensureTopics(
  admin: TopicAdmin,
  topics: readonly string[],
  partitions: number | undefined,
  report: (line: string) => void,
): Promise<void> {
  const counts = await countPartitions(admin, topics)
  const given: readonly Count[] =
    partitions === undefined ? [] : [{ who: 'the number asked for', count: partitions }]
  const [first, ...others] = [...given, ...counts]
  const other = others.find(({ count }) => count !== first?.count)
  if (first !== undefined && other !== undefined) {
    throw new SandboxError(
      `partitions differ: ${first.who} is ${first.count}, ${other.who} ${other.count}; ` +
        'profiles and memberships need the same number, so delete one of the topics or load into others',
    )
  }
  const missing = topics.filter((topic) => counts.every(({ who }) => who !== topic))
  if (missing.length === 0) return
  const numPartitions = first?.count ?? defaultPartitions
  const configEntries = [{ name: 'max.message.bytes', value: String(maxMessageBytes) }]
  await admin.createTopics({ topics: missing.map((topic) => ({ topic, numPartitions, configEntries })) })
  report(`kafka: created ${missing.join(' and ')} with ${numPartitions} partitions`)
}

interface Count {
  readonly who: string
  readonly count: number
}

async function countPartitions(admin: TopicAdmin, topics: readonly string[]): Promise<readonly Count[]> {
  const existing = new Set(await admin.listTopics())
  const known = topics.filter((topic) => existing.has(topic))
  if (known.length === 0) return []
  const metadata = await admin.fetchTopicMetadata({ topics: known })
  return metadata.topics.map(({ name, partitions }) => ({ who: name, count: partitions.length }))
}
