import { beforeEach, describe, expect, it } from '@jest/globals'
import { audiences, startMs, statusField, tierField } from '../support/topology/configuration.ts'
import type { ProfileFacts } from '../support/topology/inputs.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip, newsletter } = audiences
const a = 'a@example.com'
const b = 'b@example.com'
const c = 'c@example.com'
const jane = { lastName: 'Doe', firstName: 'Jane' }
const attributes = { last_name: 'Doe', first_name: 'Jane' }

let driver: TopologyDriver

beforeEach(async () => {
  driver = await createTopologyDriver()
})

async function profile(facts: ProfileFacts): Promise<void> {
  driver.profile('p1', facts)
  await driver.quiet()
  await driver.advance(1)
}

function status(email: string): unknown {
  return driver.zendesk.fields(email)?.[statusField(vip)]
}

describe('a person who lacks something', () => {
  it.each<[string, ProfileFacts, string]>([
    ['an e-mail', jane, 'no_email'],
    [
      'an e-mail but for its hash',
      { xdm: { identityMap: { email_lc_sha256: [{ id: 'ab'.repeat(32) }] }, person: { name: jane } } },
      'no_email',
    ],
    [
      'an e-mail that mail could reach',
      { xdm: { identityMap: { Email: [{ id: 'jane' }] }, person: { name: jane } } },
      'no_email',
    ],
    ['a last name', { email: a, firstName: 'Jane' }, 'no_last_name'],
    ['a last name but for blanks', { email: a, lastName: '  ', firstName: 'Jane' }, 'no_last_name'],
  ])('(%s) is excluded, and a contact with every status once it arrives', async (_what, lacking, reason) => {
    driver.membership('p1', { audience: vip, status: 'realized' })
    driver.profile('p1', lacking)
    await driver.advance(5000)
    expect(driver.requests).toStrictEqual([])
    expect(driver.deadLetters()).toStrictEqual([])
    driver.profile('p1', { ...jane, email: a })
    await driver.quiet()
    expect(driver.counts.of(`excluded ${reason} to no`)).toBe(1)
    expect(driver.zendesk.fields(a)).toStrictEqual({ ...attributes, [statusField(vip)]: 'realized' })
  })

  it('keeps the contact that there is, as it is', async () => {
    driver.membership('p1', { audience: vip, status: 'realized' })
    await profile({ ...jane, email: a })
    await profile({ firstName: 'Janet', email: a })
    await profile({ firstName: 'Janet' })
    expect(driver.requests).toHaveLength(1)
    expect(driver.zendesk.fields(a)).toStrictEqual({ ...attributes, [statusField(vip)]: 'realized' })
  })
})

describe('a person with a new e-mail', () => {
  beforeEach(async () => {
    driver.membership('p1', [
      { audience: vip, status: 'realized' },
      { audience: newsletter, status: 'realized' },
    ])
    await profile({ ...jane, email: a })
  })

  it('leaves every audience at the old one, and is all there is at the new one', async () => {
    await profile({ ...jane, email: b })
    const exited = { [statusField(vip)]: 'exited', [statusField(newsletter)]: 'exited' }
    const realized = { [statusField(vip)]: 'realized', [statusField(newsletter)]: 'realized' }
    expect(driver.sent().slice(1)).toStrictEqual([
      { type: 'update', email: a, fields: exited },
      { type: 'upsert', email: b, fields: { ...attributes, ...realized } },
    ])
    expect(driver.zendesk.fields(a)).toStrictEqual({ ...attributes, ...exited })
  })

  it('who returns to the old one is there again, in the same contact', async () => {
    await profile({ ...jane, email: b })
    await profile({ ...jane, email: a })
    expect([status(a), status(b)]).toStrictEqual(['realized', 'exited'])
    expect(driver.zendesk.contacts()).toHaveLength(2)
    expect(driver.sent(a)).toHaveLength(3)
  })

  it('is not at the old one for a status that came in between', async () => {
    await profile({ ...jane, email: b })
    driver.membership('p1', { audience: vip, status: 'exited' })
    await driver.quiet()
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.quiet()
    expect([status(a), status(b)]).toStrictEqual(['exited', 'realized'])
    await profile({ ...jane, email: a })
    expect([status(a), status(b)]).toStrictEqual(['realized', 'exited'])
  })

  it('is never written to one that was replaced before it was sent', async () => {
    driver.profile('p1', { ...jane, email: b })
    await driver.advance(10)
    driver.profile('p1', { ...jane, email: c })
    await driver.quiet()
    expect(driver.sent(b)).toStrictEqual([])
    expect([status(a), status(c)]).toStrictEqual(['exited', 'realized'])
  })

  it('leaves the old one although the e-mail was missing in between', async () => {
    await profile(jane)
    expect(status(a)).toBe('realized')
    await profile({ ...jane, email: b })
    expect([status(a), status(b)]).toStrictEqual(['exited', 'realized'])
  })

  it('is not led astray by an older record of the contacts topic that comes late', async () => {
    await profile({ ...jane, email: b })
    await profile({ ...jane, email: a })
    const before = driver.requests.length
    for (const { topic, key, value } of [...driver.broker.records(driver.topics.contacts)].reverse()) {
      driver.raw(topic, key, value)
      await driver.advance(500)
    }
    expect(driver.requests).toHaveLength(before)
    expect([status(a), status(b)]).toStrictEqual(['realized', 'exited'])
  })

  it('leaves the old one although the last name is missing at the new one', async () => {
    await profile({ email: b, firstName: 'Jane' })
    expect(status(a)).toBe('exited')
    expect(driver.zendesk.fields(b)).toBeUndefined()
  })
})

describe('an erased person', () => {
  beforeEach(async () => {
    await profile({ ...jane, email: a })
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.advance(1000)
    driver.tombstone('p1')
    await driver.quiet()
    await driver.advance(1)
  })

  it('leaves every audience', () => {
    expect(driver.sent().slice(2)).toMatchObject([{ type: 'update', email: a }])
    expect(status(a)).toBe('exited')
  })

  it('is not waited for', () => {
    expect(driver.counts.of('excluded no to no_profile')).toBe(0)
  })

  it.each([{ compacted: false }, { compacted: true }])(
    'does not come back by a replay of the older records, whatever else happened (%p)',
    async (options) => {
      await driver.restart(options)
      const before = driver.requests.length
      for (const record of [
        ...driver.broker.records('profiles'),
        ...driver.broker.records('segment-memberships'),
      ]) {
        const { topic, key, value, timestampMs } = record
        driver.raw(topic, key, value, { timestampMs })
      }
      await driver.advance(10_000)
      await driver.restart(options)
      await driver.advance(10_000)
      expect(driver.requests.slice(before)).toStrictEqual([])
      expect(status(a)).toBe('exited')
    },
  )

  it('comes back by a newer profile, without the old memberships', async () => {
    await profile({ ...jane, firstName: 'Janet', email: a })
    expect(driver.zendesk.fields(a)).toStrictEqual({
      ...attributes,
      first_name: 'Janet',
      [statusField(vip)]: 'exited',
      [statusField(newsletter)]: 'exited',
    })
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.quiet()
    expect(status(a)).toBe('realized')
  })

  it('who never had a contact gets none', async () => {
    const before = driver.requests.length
    driver.profile('p2', { email: b })
    driver.tombstone('p2')
    driver.tombstone('p3')
    await driver.advance(10_000)
    expect(driver.requests).toHaveLength(before)
  })
})

describe('two persons with one e-mail', () => {
  it.each([
    ['after the first was written', 1000],
    ['before anything was written', 0],
  ])('make one contact, of the newest attributes whoever comes last (%s), and are counted', async (_, ms) => {
    driver.profile(
      'p1',
      { ...jane, email: a, firstName: 'Newer', tier: 'gold' },
      { timestampMs: startMs - 1000 },
    )
    await driver.advance(ms)
    driver.profile(
      'p2',
      { ...jane, email: a, firstName: 'Older', tier: 'none' },
      { timestampMs: startMs - 5000 },
    )
    await driver.quiet()
    expect(driver.counts.of('conflict')).toBe(1)
    expect(driver.zendesk.contacts()).toStrictEqual([
      { id: 1001, email: a, fields: { last_name: 'Doe', first_name: 'Newer', [tierField]: 'gold' } },
    ])
  })
})
