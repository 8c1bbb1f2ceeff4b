import { describe, expect, it } from '@jest/globals'
import { digestRules } from '../../../src/cli/assemble-stage.ts'
import type { Config } from '../../../src/config/config.ts'
import { createTestConfig } from '../../support/topology/configuration.ts'

const config = createTestConfig()
const changeFirst = (change: Partial<Config['audiences'][number]>): Partial<Config> => ({
  audiences: config.audiences.map((audience, at) => (at === 0 ? { ...audience, ...change } : audience)),
})

describe('the digest of the rules, for which all stored persons are looked at again', () => {
  it.each<[string, Partial<Config>]>([
    ['an audience more', { audiences: [...config.audiences, ...config.audiences.slice(0, 1)] }],
    ['an audience fewer', { audiences: config.audiences.slice(1) }],
    ['another field of an audience', changeFirst({ mappingId: 'Other' })],
    ['another segment of an audience', changeFirst({ segmentId: 'other' })],
    ['a start date', changeFirst({ startMs: 1 })],
    ['an end date', changeFirst({ endMs: 1 })],
    ['an audience that is retired', changeFirst({ retired: true })],
    ['another word', { statusWords: { ...config.statusWords, exited: 'out' } }],
    ['another mapping', { fieldMappings: config.fieldMappings.slice(1) }],
    ['another identity', { identityNamespace: 'Phone' }],
  ])('is another one with %s', (_what, change) => {
    expect(digestRules({ ...config, ...change })).not.toBe(digestRules(config))
  })

  it.each<[string, Partial<Config>]>([
    ['another name of an audience', changeFirst({ name: 'New', description: 'new' })],
    ['another rate', { zendesk: { ...config.zendesk, requestsPerSecond: 1 } }],
    ['an audience that is not retired, as before any could be', changeFirst({ retired: false })],
  ])('is the same with %s', (_what, change) => {
    expect(digestRules({ ...config, ...change })).toBe(digestRules(config))
  })
})
