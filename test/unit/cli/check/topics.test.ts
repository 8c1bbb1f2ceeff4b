import { describe, expect, it } from '@jest/globals'
import { checkAllTopics, judgeTopics } from '../../../../src/cli/check/topics.ts'
import { requiredTopics } from '../../../../src/cli/topics.ts'
import type { TopicFacts } from '../../../../src/kafka/topics.ts'
import { loadConfigWith } from '../loaded-config.ts'

const config = await loadConfigWith('applicationId: za')
const inputs: readonly TopicFacts[] = ['profiles', 'segment-memberships'].map((name) => ({
  name,
  partitions: 12,
  replicationFactor: 3,
  settings: {},
}))
const internal: readonly TopicFacts[] = requiredTopics(config, 12).map(
  ({ name, partitions, config: settings }) => ({ name, partitions, replicationFactor: 3, settings }),
)

/** What is said of these topics, the inputs among them. */
function judge(facts: readonly TopicFacts[], brokers: number) {
  const isInput = ({ name }: TopicFacts): boolean => inputs.some((input) => input.name === name)
  const counts = new Map(facts.filter(isInput).map(({ name, partitions }) => [name, partitions]))
  const others = facts.filter((topic) => !isInput(topic))
  return judgeTopics(config, counts, others, brokers)
}

/** What is not in order, `level subject: message`. */
function faultsOf(facts: readonly TopicFacts[], brokers = 3): readonly string[] {
  return judge(facts, brokers)
    .filter(({ level }) => level !== 'ok')
    .map(({ level, subject, message }) => `${level} ${subject}: ${message}`)
}

describe('topics', () => {
  it('are in order as the program creates them, and where it is still to create them', () => {
    expect(faultsOf([...inputs, ...internal])).toEqual([])
    expect(faultsOf(inputs)).toEqual([])
    expect(judge(inputs, 3)).toContainEqual({
      area: 'topics',
      level: 'ok',
      subject: 'za.persons',
      message: 'does not exist yet; run creates it with 12 partitions.',
    })
  })

  it.each([
    [1, 3],
    [2, 3],
    [1, 1],
  ])('with %d copies on %d brokers are a doubt', (replicationFactor, brokers) => {
    const facts = [...inputs, ...internal.map((topic) => ({ ...topic, replicationFactor }))]
    const faults = faultsOf(facts, brokers)
    expect(faults).toHaveLength(internal.length)
    expect(faults[0]).toMatch(
      /^warning za\.\S+: has \d cop(y|ies) of each partition, and topics\.replication/,
    )
  })

  it('cannot be created with more copies than brokers', () => {
    expect(faultsOf(inputs, 1)).toEqual([
      'problem topics.replicationFactor: is 3, but Kafka has 1 broker now, so the internal topics cannot be created. ' +
        'Start the others, or set it to 1.',
    ])
    expect(faultsOf([...inputs, ...internal], 1)).toEqual([])
  })

  it('are asked about and never made; what is wrong with one is told once', async () => {
    const facts = [...inputs, { ...internal[0], name: 'za.persons', partitions: 5 } as TopicFacts]
    const admin = {
      partitionCounts: async () =>
        Promise.resolve(new Map(facts.map(({ name, partitions }) => [name, partitions]))),
      describe: async () => Promise.resolve(facts),
      brokerCount: async () => Promise.resolve(3),
    }
    const { topics, findings } = await checkAllTopics(admin, config)
    expect(topics.type).toBe('problems')
    expect(findings.filter(({ subject }) => subject === 'za.persons')).toEqual([
      expect.objectContaining({ level: 'problem', message: expect.stringContaining('has 5 partitions') }),
    ])
  })
})
