import { beforeEach, describe, expect, it } from '@jest/globals'
import type { WriteOutcome } from '../../src/deliver/contact-writer.ts'
import { tierField } from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const hourMs = 3_600_000
const unavailable: WriteOutcome = { type: 'ambiguous', reason: 'http_503' }
const emails = Array.from({ length: 30 }, (_, index) => `person${index}@example.com`)

let driver: TopologyDriver
beforeEach(async () => {
  driver = await createTopologyDriver()
})

function writeAll(tier: string): void {
  for (const email of emails) driver.profile(email, { email, lastName: 'Doe', tier })
}

describe('a Zendesk that answers 503 for an hour', () => {
  it('is asked by one request at a time, once a minute, and holds the last state of all soon after', async () => {
    driver.zendesk.treatAll({ outcome: unavailable })
    const beganMs = driver.nowMs()
    for (let minute = 0; minute < 60; minute += 1) {
      writeAll(`minute ${minute}`)
      await driver.advance(60_000)
      // 1,800 events, and never more than there are contacts.
      expect(driver.deliver().dirtyContacts()).toBe(emails.length)
    }
    // Until the trouble is seen, then probes after 1, 2, 4 to 60 seconds, halved by chance.
    expect(driver.requests.length).toBeLessThanOrEqual(20 + 7 + 120)
    const lastHalfHour = driver.requests.filter(({ sentMs }) => sentMs > beganMs + hourMs / 2)
    expect(lastHalfHour.length).toBeLessThanOrEqual(61)

    driver.zendesk.treatAll({})
    const mendedMs = driver.nowMs()
    await driver.quiet()
    for (const email of emails) expect(driver.zendesk.fields(email)?.[tierField]).toBe('minute 59')
    expect(driver.zendesk.contacts()).toHaveLength(emails.length)
    expect(driver.deadLetters()).toStrictEqual([])
    // The pause that began last, a contact's own longest rest, and the backlog at its rate.
    expect(driver.nowMs() - mendedMs).toBeLessThanOrEqual(60_000 + 300_000 + 10_000)
  })
})

describe('a contact that changes a thousand times in a second', () => {
  it('costs one request at a time, each with its state of then, and delays no other', async () => {
    driver.zendesk.treatAll({ latencyMs: 250 })
    const [hot = '', ...others] = emails
    driver.profile(hot, { email: hot, lastName: 'Doe', tier: 'first' })
    await driver.advance(50)
    for (let change = 0; change < 1000; change += 1) {
      driver.profile(hot, { email: hot, lastName: 'Doe', tier: `change ${change}` })
      if (change % 100 === 0)
        driver.profile(others[change / 100] ?? '', { email: others[change / 100] ?? '', lastName: 'Doe' })
      await driver.advance(1)
    }
    const changedMs = driver.nowMs()
    await driver.quiet()
    expect(driver.zendesk.fields(hot)?.[tierField]).toBe('change 999')
    // One for each quarter of a second that its requests take, and the last one.
    expect(driver.sent(hot).length).toBeLessThanOrEqual(6)
    expect(driver.zendesk.contacts()).toHaveLength(11)
    expect(driver.nowMs() - changedMs).toBeLessThan(2500)
  })
})
