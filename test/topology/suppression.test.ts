import { beforeEach, describe, expect, it } from '@jest/globals'
import { audiences, startMs, statusField, tierField } from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip, newsletter } = audiences
const jane = { email: 'jane@example.com', lastName: 'Doe', firstName: 'Jane', tier: 'gold' }

let driver: TopologyDriver

/** How many records the program has written to each of its topics. */
function written(): Record<string, number> {
  return Object.fromEntries(
    Object.entries<string>({ ...driver.topics }).map(([name, topic]) => [
      name,
      driver.broker.records(topic).length,
    ]),
  )
}

function replayAll(timestampMs?: number): void {
  for (const topic of ['profiles', 'segment-memberships']) {
    for (const record of [...driver.broker.records(topic)]) {
      driver.raw(topic, record.key, record.value, { timestampMs: timestampMs ?? record.timestampMs })
    }
  }
}

beforeEach(async () => {
  driver = await createTopologyDriver()
  driver.profile('p1', jane)
  driver.membership('p1', { audience: vip, status: 'realized', timeMs: startMs })
  driver.profile('p2', { ...jane, email: 'john@example.com', firstName: 'John' })
  driver.membership('p2', { audience: newsletter, status: 'exited', timeMs: startMs })
  await driver.quiet()
})

describe('what is written already', () => {
  it('is not written again, if the same records come again', async () => {
    replayAll()
    await driver.advance(5000)
    expect(driver.requests).toHaveLength(2)
  })

  it('is not written again, if the same content comes again with a later time', async () => {
    await driver.advance(60_000)
    replayAll(driver.nowMs())
    await driver.advance(5000)
    expect(driver.requests).toHaveLength(2)
    expect(driver.counts.of('avoided noop')).toBe(2)
  })

  it('is not written again, if everything is replayed backwards', async () => {
    driver.profile('p1', { ...jane, tier: 'platinum' })
    driver.membership('p1', { audience: vip, status: 'exited' })
    await driver.quiet()
    const before = driver.requests.length
    for (const topic of ['profiles', 'segment-memberships']) {
      for (const { key, value, timestampMs } of [...driver.broker.records(topic)].reverse()) {
        driver.raw(topic, key, value, { timestampMs })
        await driver.advance(200)
      }
    }
    expect(driver.requests).toHaveLength(before)
  })

  it.each([{ compacted: false }, { compacted: true }])(
    'is not written again after a restart, and the ledger and the persons are left alone (%p)',
    async (options) => {
      await driver.restart()
      const before = written()
      await driver.restart(options)
      await driver.advance(60_000)
      expect(driver.requests).toHaveLength(2)
      const after = written()
      expect(after['persons']).toBe(options.compacted ? 2 : before['persons'])
      expect(after['ledger']).toBe(options.compacted ? 2 : before['ledger'])
    },
  )

  it('is not written again after a kill that lost everything but Kafka', async () => {
    await driver.kill()
    await driver.advance(60_000)
    expect(driver.requests).toHaveLength(2)
  })
})

describe('a change', () => {
  it('is sent by id, with the changed fields alone, so that an edit in Zendesk survives', async () => {
    driver.profile('p1', { ...jane, tier: 'platinum' })
    await driver.quiet()
    driver.membership('p1', { audience: newsletter, status: 'realized' })
    await driver.quiet()
    const contactId = driver.zendesk.contacts().find(({ email }) => email === jane.email)?.id
    expect(driver.requests.slice(2).map(({ write }) => write)).toMatchObject([
      { type: 'update', contactId, fields: { [tierField]: 'platinum' } },
      { type: 'update', contactId, fields: { [statusField(newsletter)]: 'realized' } },
    ])
    expect(driver.requests.slice(2).map(({ write }) => Object.keys(write.fields).length)).toStrictEqual([
      1, 1,
    ])
  })

  it('of a field that goes missing is none: Zendesk keeps what it has', async () => {
    driver.profile('p1', { email: jane.email, lastName: 'Doe', firstName: 'Jane' })
    await driver.advance(5000)
    expect(driver.requests).toHaveLength(2)
    expect(driver.zendesk.fields(jane.email)?.[tierField]).toBe('gold')
  })

  it('that comes with others of the person in one batch is one request', async () => {
    for (let index = 0; index < 20; index += 1) driver.profile('p1', { ...jane, tier: `tier ${index}` })
    driver.membership('p1', { audience: newsletter, status: 'realized' })
    await driver.quiet()
    expect(driver.requests.length).toBeLessThanOrEqual(4)
    expect(driver.zendesk.fields(jane.email)).toMatchObject({
      [tierField]: 'tier 19',
      [statusField(newsletter)]: 'realized',
    })
  })

  it('that waits is sent with all that came after it, as one request with the last state', async () => {
    driver.zendesk.treatNext({ outcome: { type: 'throttled', retryAfterMs: 30_000 } })
    driver.profile('p1', { ...jane, tier: 'tier 0' })
    await driver.advance(1000)
    for (let index = 1; index < 20; index += 1) {
      driver.profile('p1', { ...jane, tier: `tier ${index}` })
      await driver.advance(100)
    }
    await driver.quiet()
    expect(driver.sent(jane.email).slice(2)).toMatchObject([{ fields: { [tierField]: 'tier 19' } }])
    expect(driver.counts.of('avoided coalesced')).toBe(19)
  })

  it('that is taken back before it was ever sent costs no request', async () => {
    driver.zendesk.treatNext({ outcome: { type: 'throttled', retryAfterMs: 30_000 } })
    driver.profile('p1', { ...jane, tier: 'platinum' })
    await driver.advance(1000)
    driver.profile('p2', { ...jane, email: 'john@example.com', firstName: 'Johnny' })
    await driver.advance(1000)
    driver.profile('p2', { ...jane, email: 'john@example.com', firstName: 'John' })
    await driver.quiet()
    expect(driver.sent('john@example.com')).toHaveLength(1)
    expect(driver.sent(jane.email)).toHaveLength(3)
  })
})
