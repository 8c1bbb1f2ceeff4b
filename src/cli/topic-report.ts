import type { RequiredTopic } from '../kafka/topics.ts'
import type { TopicDifference } from './topic-settings.ts'

/** An internal topic beside what it should be. */
export interface TopicState {
  readonly required: RequiredTopic
  readonly replicationFactor: number
  /** True where it was created just now. */
  readonly created: boolean
  /** In what it differs, or `null` where it does not exist. */
  readonly differences: readonly TopicDifference[] | null
}

/** Topics for a person: each with what it has and should have instead, and one line that sums up. */
export function formatDifferences(topics: readonly TopicState[]): string {
  const differing = topics.filter(({ differences }) => differences?.length !== 0).length
  const summary =
    differing === 0
      ? `All ${topics.length} internal topics are as they should be.`
      : `${differing} of ${topics.length} internal topics ${differing === 1 ? 'differs' : 'differ'}.`
  return [...topics.map(formatTopic), '', summary, ''].join('\n')
}

/** Topics for a program: one JSON document. */
export function differencesAsJson(topics: readonly TopicState[]): string {
  const told = topics.map(({ required, created, differences }) => ({
    topic: required.name,
    exists: differences !== null,
    created,
    differences: differences ?? [],
  }))
  const ok = topics.every(({ differences }) => differences?.length === 0)
  return `${JSON.stringify({ ok, topics: told }, null, 2)}\n`
}

function formatTopic({ required, replicationFactor, created, differences }: TopicState): string {
  const { name, partitions, config } = required
  if (differences === null) {
    const settings = Object.entries(config).map(([key, value]) => `${key}=${value}`)
    const wanted = `${partitions} partitions, replication factor ${replicationFactor}, ${settings.join(', ')}`
    return `${name}: missing. It should have ${wanted}.`
  }
  const state = created ? 'created' : 'exists'
  if (differences.length === 0) return `${name}: ${state}, as it should be`
  const width = Math.max(...differences.map(({ what }) => what.length))
  const lines = differences.map(
    ({ what, found, wanted }) => `  ${what.padEnd(width)}  has ${found ?? 'nothing'}, should have ${wanted}`,
  )
  return [`${name}: ${state}, and differs`, ...lines].join('\n')
}
