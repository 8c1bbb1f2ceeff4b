import { beforeEach, describe, expect, it } from '@jest/globals'
import type { WriteOutcome } from '../../src/deliver/contact-writer.ts'
import { tierField } from '../support/topology/configuration.ts'
import type { ProfileFacts } from '../support/topology/inputs.ts'
import { mostInOneSecond, overlaps } from '../support/topology/request-log.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const email = 'jane@example.com'
const ambiguous: WriteOutcome = { type: 'ambiguous', reason: 'timeout' }
let driver: TopologyDriver

/** The tags come from a list of the profile. */
async function startWithTags(whenNull: 'keep' | 'clear' = 'clear'): Promise<void> {
  driver = await createTopologyDriver()
  const row = { target: 'tags', source: 'loyalty.loyaltyID[*]', transforms: [], whenNull }
  driver.configure((config) => ({ ...config, fieldMappings: [...config.fieldMappings, row] }))
  await driver.restart()
}

const facts = (address: string, tags: readonly string[], tier?: string): ProfileFacts => ({
  email: address,
  lastName: 'Doe',
  xdm: { loyalty: { ...(tier === undefined ? {} : { tier }), loyaltyID: tags } },
})

function profile(tags: readonly string[], tier = 'gold'): void {
  driver.profile('p1', facts(email, tags, tier))
}

const tags = () => driver.zendesk.fields(email)?.['tags']
const kinds = () => driver.requests.map(({ isLook, write }) => (isLook ? 'read' : write.type))

beforeEach(async () => startWithTags())

describe('the tags that the mapping makes', () => {
  it('are written to a new contact by a second request, right after the first, whose answer shows that it has none', async () => {
    profile(['golf', 'opera'])
    await driver.quiet()
    expect(driver.sent()).toStrictEqual([
      { type: 'upsert', email, fields: { last_name: 'Doe', [tierField]: 'gold' } },
      { type: 'update', email, fields: { tags: ['golf', 'opera'] } },
    ])
  })

  it('stand beside those that others gave the contact before it was known', async () => {
    driver.zendesk.make(email, { last_name: 'Doe', tags: ['by an agent', 'golf'] })
    profile(['golf', 'opera'])
    await driver.quiet()
    expect(tags()).toStrictEqual(['by an agent', 'golf', 'opera'])
  })

  it('are taken away again where the profile has them no more, and those of others stay', async () => {
    profile(['golf', 'opera'])
    await driver.quiet()
    driver.zendesk.edit(email, { tags: ['golf', 'by an agent', 'opera'] })
    profile(['opera', 'tennis'])
    await driver.quiet()
    expect(tags()).toStrictEqual(['by an agent', 'opera', 'tennis'])
    profile([])
    await driver.quiet()
    expect(tags()).toStrictEqual(['by an agent'])
  })

  it('are left as they are where the profile has none and the mapping says to keep', async () => {
    await startWithTags('keep')
    profile(['golf'])
    await driver.quiet()
    profile([])
    await driver.quiet()
    expect(tags()).toStrictEqual(['golf'])
    expect(driver.requests).toHaveLength(2)
  })

  it('cost a read and a write at a change, and nothing where another field changes, or their order', async () => {
    profile(['golf', 'opera'])
    await driver.quiet()
    profile(['opera', 'golf', 'opera'], 'silver')
    await driver.quiet()
    expect(driver.sent().slice(2)).toStrictEqual([
      { type: 'update', email, fields: { [tierField]: 'silver' } },
    ])
    profile(['golf'], 'bronze')
    await driver.quiet()
    expect(kinds()).toStrictEqual(['upsert', 'update', 'update', 'read', 'update'])
    expect(driver.sent().at(-1)?.fields).toStrictEqual({ [tierField]: 'bronze', tags: ['golf'] })
  })

  it('cost no write where the contact turns out to have them', async () => {
    profile(['golf'])
    await driver.quiet()
    driver.zendesk.edit(email, { tags: ['opera', 'golf'] })
    profile(['golf', 'opera'])
    await driver.quiet()
    expect(kinds()).toStrictEqual(['upsert', 'update', 'read'])
    profile([])
    await driver.quiet()
    expect(tags()).toStrictEqual([])
  })

  it('are read where the answer to the first write does not show them', async () => {
    driver.zendesk.make(email, { last_name: 'Doe', tags: ['by an agent'] })
    driver.zendesk.treatNext({ outcome: { type: 'written', contactId: 1001 }, applied: 'with answer' })
    profile(['golf'])
    await driver.quiet()
    expect(kinds()).toStrictEqual(['upsert', 'read', 'update'])
    expect(tags()).toStrictEqual(['by an agent', 'golf'])
  })

  it('are known as ours after a restart from compacted topics', async () => {
    profile(['golf'])
    await driver.quiet()
    driver.zendesk.edit(email, { tags: ['golf', 'by an agent'] })
    await driver.restart({ compacted: true })
    profile(['opera'])
    await driver.quiet()
    expect(tags()).toStrictEqual(['by an agent', 'opera'])
  })

  it('stay at the e-mail that the person left, like all but the audiences', async () => {
    profile(['golf'])
    await driver.quiet()
    driver.profile('p1', facts('new@example.com', ['golf'], 'gold'))
    await driver.quiet()
    expect(tags()).toStrictEqual(['golf'])
    expect(driver.zendesk.fields('new@example.com')?.['tags']).toStrictEqual(['golf'])
  })

  it('never let two requests go at once, nor more than ten in a second', async () => {
    for (let person = 1; person <= 40; person += 1)
      driver.profile(`p${person}`, facts(`p${person}@example.com`, [`tag ${person}`]))
    await driver.quiet()
    expect(driver.requests).toHaveLength(80)
    expect(mostInOneSecond(driver.requests)).toBeLessThanOrEqual(10)
    expect(overlaps(driver.requests)).toStrictEqual([])
  })
})

describe('tags in trouble', () => {
  beforeEach(async () => {
    profile(['golf'])
    await driver.quiet()
    driver.zendesk.edit(email, { tags: ['golf', 'by an agent'] })
  })

  it('of which nobody knows whether they were written are taken away, where they are not wanted any more', async () => {
    driver.zendesk.treatNext({}, { outcome: ambiguous, applied: 'with answer' })
    profile(['golf', 'opera'])
    await driver.advance(1000)
    profile(['golf'])
    await driver.quiet()
    expect(tags()).toStrictEqual(['by an agent', 'golf'])
  })

  it('that are written later than newer ones are found by a look, and written over', async () => {
    driver.zendesk.treatNext({}, { outcome: ambiguous, applied: { afterMs: 45_000 } })
    profile(['opera'])
    await driver.advance(1000)
    profile(['golf'])
    await driver.advance(44_500)
    expect(tags()).toStrictEqual(['by an agent', 'opera'])
    await driver.quiet()
    expect(tags()).toStrictEqual(['by an agent', 'golf'])
  })

  it.each<[string, WriteOutcome]>([
    ['throttled', { type: 'throttled', retryAfterMs: null }],
    ['not answered', { type: 'unreachable', reason: 'refused' }],
    ['refused for the token', { type: 'unauthorised', status: 401, code: 'invalid_token' }],
  ])('whose read is %s are written later, those of others kept', async (_how, outcome) => {
    driver.zendesk.treatNext({ outcome })
    profile(['opera'])
    await driver.quiet()
    expect(tags()).toStrictEqual(['by an agent', 'opera'])
  })

  it('are not written without leave to read, which stops everything and tells, instead of taking those of others', async () => {
    driver.zendesk.treatAll({ outcome: { type: 'looked', fields: {} } })
    profile(['opera'])
    await driver.advance(60_000)
    expect(tags()).toStrictEqual(['golf', 'by an agent'])
    expect(driver.authorisations).toStrictEqual([false])
    driver.zendesk.treatAll({})
    await driver.quiet()
    expect(tags()).toStrictEqual(['by an agent', 'opera'])
    expect(driver.authorisations).toStrictEqual([false, true])
  })

  it('are not written where the answer does not show those of others', async () => {
    driver.zendesk.treatNext({ outcome: { type: 'looked', fields: { tags: null } } })
    profile(['opera'])
    await driver.quiet()
    expect(kinds().slice(2)).toStrictEqual(['read', 'read', 'update'])
    expect(tags()).toStrictEqual(['by an agent', 'opera'])
  })

  it('go to a new contact where the read finds that somebody deleted the old one', async () => {
    driver.zendesk.remove(email)
    profile(['opera'])
    await driver.quiet()
    expect(kinds().slice(2)).toStrictEqual(['read', 'upsert', 'update'])
    expect(tags()).toStrictEqual(['opera'])
  })

  it('are written after an outage, whose probes they are', async () => {
    driver.zendesk.treatAll({ outcome: { type: 'unreachable', reason: 'refused' } })
    profile(['opera'])
    await driver.advance(600_000)
    driver.zendesk.treatAll({})
    await driver.quiet()
    expect(tags()).toStrictEqual(['by an agent', 'opera'])
  })

  it.each(['before', 'after'] as const)('are written after a crash %s their request', async (when) => {
    driver.crashAt({ effect: 'request', when })
    profile(['opera'])
    await driver.quiet()
    expect(driver.isCrashArmed()).toBe(false)
    expect(tags()).toStrictEqual(['by an agent', 'opera'])
  })
})
