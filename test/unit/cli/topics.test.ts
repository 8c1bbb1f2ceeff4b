import { describe, expect, it } from '@jest/globals'
import type { Config } from '../../../src/config/config.ts'
import { checkTopics, maxInternalBytes } from '../../../src/cli/topics.ts'
import { sentenceOf } from '../../../src/cli/check/finding.ts'
import { loadConfigWith } from './loaded-config.ts'

const appId = 'applicationId: za'

/** Partition counts of the topics that exist. */
type Counts = Readonly<Record<string, number | undefined>>

/** What a check says, given the topics that exist and their partition counts. */
async function check(config: Config, existing: Counts) {
  const asked: string[][] = []
  const admin = {
    async partitionCounts(names: readonly string[]) {
      asked.push([...names])
      const counts = names.map((name) => [name, existing[name]] as const)
      return Promise.resolve(
        new Map(counts.flatMap(([name, count]) => (count === undefined ? [] : [[name, count]]))),
      )
    },
  }
  return { asked, result: await checkTopics(admin, config) }
}

async function problemsOf(existing: Counts, ...sections: readonly string[]) {
  const { result } = await check(await loadConfigWith(appId, ...sections), existing)
  return result.type === 'problems' ? result.problems.map(sentenceOf) : []
}

const inputs = { profiles: 12, 'segment-memberships': 12 }
const internal = {
  'za.persons': 12,
  'za.contacts': 12,
  'za.ledger': 12,
  'za.retry': 12,
  'za.dead-letter': 12,
  'za.assemble-replay': 12,
  'za.deliver-replay': 12,
}

describe('topics that are usable', () => {
  it('are inputs with equal counts and internal topics with the same, none of them to create', async () => {
    const { result, asked } = await check(await loadConfigWith(appId), { ...inputs, ...internal, other: 3 })
    expect(result).toEqual({ type: 'usable', partitions: 12, missing: [] })
    expect(asked).toEqual([[...Object.keys(inputs), ...Object.keys(internal)]])
  })

  it('may lack internal ones, which are told with the partitions and settings to create them with', async () => {
    const config = await loadConfigWith(appId, 'deadLetter: { maxMessageBytes: 2097152 }')
    const { result } = await check(config, { ...inputs, 'za.ledger': 12 })
    if (result.type !== 'usable') throw new Error('refused')
    expect(result.missing.map(({ name, partitions }) => [name, partitions])).toEqual([
      ['za.persons', 12],
      ['za.contacts', 12],
      ['za.retry', 12],
      ['za.dead-letter', 12],
      ['za.assemble-replay', 12],
      ['za.deliver-replay', 12],
    ])
    const settings = result.missing.map((topic) => topic.config)
    expect(settings[0]).toMatchObject({
      'cleanup.policy': 'compact',
      'max.message.bytes': String(maxInternalBytes),
    })
    expect(settings[1]).toEqual(settings[0])
    expect(settings[2]).toMatchObject({ 'cleanup.policy': 'delete', 'max.message.bytes': '65536' })
    expect(settings[3]).toMatchObject({ 'cleanup.policy': 'delete', 'max.message.bytes': '2097152' })
  })

  it('may have dead letters in another number of partitions: no stage reads them', async () => {
    const { result } = await check(await loadConfigWith(appId), {
      ...inputs,
      ...internal,
      'za.dead-letter': 1,
    })
    expect(result.type).toBe('usable')
  })
})

describe('topics that are refused', () => {
  it('are inputs that do not exist: each named with its option and the brokers that were asked', async () => {
    expect(await problemsOf({})).toEqual([
      'inputs.profiles.topic: there is no topic "profiles" on localhost:9092. Create it, or name the right one.',
      'inputs.segmentMemberships.topic: there is no topic "segment-memberships" on localhost:9092. Create it, or name the right one.',
    ])
    expect(await problemsOf({ profiles: 12 })).toHaveLength(1)
  })

  it('are inputs of different partition counts, whose records would never meet', async () => {
    expect(await problemsOf({ profiles: 12, 'segment-memberships': 6, ...internal })).toEqual([
      'inputs: "profiles" has 12 partitions and "segment-memberships" has 6, so one person\'s records would lie in ' +
        'different partitions and never meet. Write both with the same key and partitioner into topics with the same ' +
        'number of partitions.',
    ])
  })

  it.each(['za.persons', 'za.contacts', 'za.ledger'])(
    'is %s with another count than the inputs',
    async (name) => {
      expect(await problemsOf({ ...inputs, ...internal, [name]: 8 })).toEqual([
        `the internal topic "${name}" has 8 partitions, but "profiles" has 12. A changed partition count scatters what is ` +
          'stored. Choose another applicationId and replay the inputs, or restore the old count.',
      ])
    },
  )

  it('are internal ones that are missing and may not be created: each told with how to create it', async () => {
    const problems = await problemsOf(
      { ...inputs, ...internal, 'za.ledger': undefined, 'za.dead-letter': undefined },
      'topics: { createMissing: false }',
    )
    expect(problems).toHaveLength(2)
    expect(problems[0]).toMatch(
      /^the internal topic "za\.ledger" does not exist and topics\.createMissing is false\. Create it with 12 partitions and cleanup\.policy=compact, /,
    )
    expect(problems[1]).toMatch(/^the internal topic "za\.dead-letter" .* cleanup\.policy=delete, /)
  })

  it('are told all at once', async () => {
    const counts = { 'za.persons': 3, 'za.contacts': 4, 'za.ledger': 5, 'za.dead-letter': undefined }
    const existing = { ...inputs, ...internal, ...counts }
    expect(await problemsOf(existing, 'topics: { createMissing: false }')).toHaveLength(4)
  })

  it('are looked for under the configured names', async () => {
    const sections = [
      'inputs: { profiles: { topic: crm.people }, segmentMemberships: { topic: crm.segments } }',
    ]
    expect(await problemsOf({ 'crm.people': 2, 'crm.segments': 3 }, ...sections)).toEqual([
      expect.stringMatching(/^inputs: "crm\.people" has 2 partitions and "crm\.segments" has 3/),
    ])
  })
})
