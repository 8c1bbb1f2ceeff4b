import { describe, expect, it } from '@jest/globals'
import { compareTopic, findSettingFaults } from '../../../src/cli/topic-settings.ts'
import { compactedTopic, expiringTopic, type TopicFacts } from '../../../src/kafka/topics.ts'

const ledger = compactedTopic('za.ledger', 12, 4096)
const letters = expiringTopic('za.dead-letter', 12, 4096)

function facts(settings: Readonly<Record<string, string>>, others: Partial<TopicFacts> = {}): TopicFacts {
  return { name: 'za.ledger', partitions: 12, replicationFactor: 3, settings: { ...ledger.config, ...settings }, ...others } // prettier-ignore
}

/** The faults of a topic with these settings. */
function faultsOf(topic: typeof ledger, settings: Readonly<Record<string, string>>) {
  const found = { ...facts({}), settings: { ...topic.config, ...settings } }
  return findSettingFaults(topic, compareTopic(topic, found, 3))
}

describe('a topic that exists', () => {
  it('differs in nothing where it was created by the program', () => {
    expect(compareTopic(ledger, facts({}), 3)).toEqual([])
  })

  it('differs in partitions, copies and settings, each beside what it should be', () => {
    const found = facts({ 'segment.ms': '604800000' }, { partitions: 6, replicationFactor: 1 })
    expect(compareTopic(ledger, found, 3)).toEqual([
      { what: 'partitions', found: '6', wanted: '12' },
      { what: 'replication factor', found: '1', wanted: '3' },
      { what: 'segment.ms', found: '604800000', wanted: '21600000' },
    ])
  })

  it('does not differ in how a number or a list is written', () => {
    expect(compareTopic(ledger, facts({ 'min.cleanable.dirty.ratio': '0.20' }), 3)).toEqual([])
    const both = { ...ledger, config: { 'cleanup.policy': 'compact,delete' } }
    expect(compareTopic(both, facts({ 'cleanup.policy': 'delete, compact' }), 3)).toEqual([])
  })

  it('differs in a setting that the broker does not tell', () => {
    const found = { ...facts({}), settings: {} }
    expect(compareTopic(ledger, found, 3)).toContainEqual({
      what: 'cleanup.policy',
      found: null,
      wanted: 'compact',
    })
  })
})

describe('what does harm', () => {
  it.each(['delete', 'compact,delete'])('is state that goes by age: %s is a problem', (found) => {
    expect(faultsOf(ledger, { 'cleanup.policy': found })).toEqual([
      {
        level: 'problem',
        message:
          `the internal topic "za.ledger" has cleanup.policy=${found}, and needs compact. Records would be deleted by age, ` +
          'and with them state that nothing else has. Set it with kafka-configs --alter --entity-type topics ' +
          '--entity-name za.ledger --add-config cleanup.policy=compact.',
      },
    ])
  })

  it('is compaction of what has no keys: a problem', () => {
    expect(faultsOf(letters, { 'cleanup.policy': 'compact' })).toMatchObject([
      { level: 'problem', message: expect.stringContaining('refuses those without a key') },
    ])
  })

  it.each([
    [ledger, 'delete.retention.ms', '1000'],
    [ledger, 'max.message.bytes', '100'],
    [ledger, 'max.compaction.lag.ms', '9223372036854775807'],
    [letters, 'retention.ms', '1000'],
  ])('later is a warning: %j with %s=%s', (topic, setting, value) => {
    expect(faultsOf(topic, { [setting]: value })).toMatchObject([
      { level: 'warning', message: expect.stringContaining(`${setting} is ${value}, and should be `) },
    ])
  })

  it.each([
    [ledger, 'delete.retention.ms', '9999999999'],
    [ledger, 'max.message.bytes', '9999'],
    [ledger, 'max.compaction.lag.ms', '1000'],
    [ledger, 'segment.ms', '1000'],
    [letters, 'retention.ms', '-1'],
  ])('is not what is more than needed: %j with %s=%s', (topic, setting, value) => {
    expect(faultsOf(topic, { [setting]: value })).toEqual([])
  })
})
