import { describe, expect, it } from '@jest/globals'
import { audiences, statusField, tierField } from '../support/topology/configuration.ts'
import type { SentRequest } from '../support/topology/zendesk-model.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const minuteMs = 60_000
const emailOf = (number: number): string => `p${number}@example.com`

function profile(driver: TopologyDriver, number: number, tier = 'gold'): void {
  driver.profile(`p${number}`, { email: emailOf(number), lastName: 'Doe', tier })
}

/** A program that has written `count` contacts, and then gets a mapping by which each of them has a title. */
async function createBackfill(count: number): Promise<TopologyDriver> {
  const driver = await createTopologyDriver({ warm: true })
  for (let number = 0; number < count; number += 1) profile(driver, number)
  await driver.quiet()
  driver.configure((config) => ({
    ...config,
    fieldMappings: [
      ...config.fieldMappings,
      { target: 'title', source: null, transforms: [{ type: 'constant', value: 'Customer' }] },
    ],
  }))
  await driver.restart()
  return driver
}

/** The requests since the program had sent so many, with the number of each one's contact. */
function requestsSince(driver: TopologyDriver, count: number): readonly (SentRequest & { number: number })[] {
  return driver.requests
    .slice(count)
    .map((request) => ({ ...request, number: Number(/\d+/.exec(request.write.email)?.[0]) }))
}

describe('a backfill of 1,000 contacts', () => {
  it('is overtaken by a change, also after a restart, and takes nothing away from it', async () => {
    const driver = await createBackfill(1000)
    await driver.advance(10_000)
    expect(driver.deliver().dirtyContacts('backfill')).toBeGreaterThan(850)
    for (const [number, restart] of [
      [990, async () => Promise.resolve()],
      [991, async () => driver.restart()],
      [992, async () => driver.kill()],
    ] as const) {
      await restart()
      expect(driver.deliver().dirtyContacts('attribute')).toBe(0)
      await driver.advance(2000)
      const before = driver.requests.length
      profile(driver, number, 'platinum')
      await driver.advance(1000)
      const [sent] = requestsSince(driver, before).filter((request) => request.number === number)
      expect(sent?.write.fields).toEqual({ [tierField]: 'platinum', title: 'Customer' })
    }
    expect(driver.deliver().dirtyContacts('backfill')).toBeGreaterThan(700)
    await driver.quiet()
    const titles = driver.zendesk.contacts().filter(({ fields }) => fields['title'] === 'Customer')
    expect(titles).toHaveLength(1000)
    expect(driver.requests).toHaveLength(2000)
  })

  it('does not hold up exits that were due before it, and stays one beside profiles that say the same again', async () => {
    const driver = await createBackfill(1000)
    driver.zendesk.treatNext({ outcome: { type: 'throttled', retryAfterMs: 60_000 } })
    for (let number = 0; number < 20; number += 1)
      driver.membership(`p${number}`, { audience: audiences.vip, status: 'exited' })
    await driver.advance(2000)
    expect(driver.deliver().dirtyContacts('exit')).toBe(20)
    for (let number = 0; number < 1000; number += 1) profile(driver, number)
    await driver.advance(2000)
    expect(driver.deliver().dirtyContacts('exit')).toBe(20)
    expect(driver.deliver().dirtyContacts('attribute')).toBe(0)
    // Other rules once more, on top of exits that wait.
    driver.configure((config) => ({
      ...config,
      fieldMappings: config.fieldMappings.map((row) =>
        row.target === 'title' ? { ...row, transforms: [{ type: 'constant', value: 'Client' }] } : row,
      ),
    }))
    await driver.restart()
    expect(driver.deliver().dirtyContacts('exit')).toBe(20)
    expect(driver.deliver().dirtyContacts('backfill')).toBeGreaterThan(900)
    const before = driver.requests.length
    await driver.advance(4000)
    // All but the one that was refused before: nobody knows any more that it was.
    const sent = requestsSince(driver, before).slice(0, 22)
    expect(sent.filter(({ number }) => number < 20).length).toBeGreaterThanOrEqual(19)
    await driver.quiet()
    expect(driver.zendesk.contacts().every(({ fields }) => fields['title'] === 'Client')).toBe(true)
  })

  it('gets its share beside more exits than Zendesk takes', async () => {
    const driver = await createBackfill(1000)
    const before = driver.requests.length
    for (let second = 0; second < 60; second += 1) {
      for (let number = 10 * second; number < 10 * (second + 1); number += 1) {
        const status = second % 2 === 0 ? 'exited' : 'realized'
        driver.membership(`p${number}`, { audience: audiences.vip, status })
        driver.membership(`p${number}`, { audience: audiences.newsletter, status: 'exited' })
      }
      await driver.advance(1000)
    }
    const sent = requestsSince(driver, before)
    const backfilled = sent.filter(({ write }) => Object.keys(write.fields).join() === 'title')
    expect(sent.length).toBeGreaterThan(550)
    expect(driver.deliver().dirtyContacts('exit')).toBeGreaterThan(0)
    expect(backfilled.length / sent.length).toBeGreaterThanOrEqual(0.05)
    expect(backfilled.length / sent.length).toBeLessThan(0.1)
  })
})

describe('changes of all kinds that wait together', () => {
  it('are sent the most urgent first', async () => {
    const driver = await createBackfill(60)
    for (let number = 60; number < 80; number += 1) profile(driver, number)
    await driver.quiet()
    driver.zendesk.treatNext({ outcome: { type: 'throttled', retryAfterMs: 30_000 } })
    profile(driver, 0, 'platinum')
    await driver.advance(1000)
    const before = driver.requests.length
    for (let number = 40; number < 50; number += 1) profile(driver, number, 'platinum')
    for (let number = 30; number < 40; number += 1)
      driver.membership(`p${number}`, { audience: audiences.vip, status: 'realized' })
    for (let number = 20; number < 30; number += 1)
      driver.membership(`p${number}`, { audience: audiences.vip, status: 'exited' })
    for (let number = 10; number < 20; number += 1) {
      driver.membership(`p${number}`, { audience: audiences.vip, status: 'exited' })
      driver.tombstone(`p${number}`)
    }
    await driver.quiet()
    const order = requestsSince(driver, before).map(({ number }) => Math.floor(number / 10))
    expect(order.slice(0, 20).join('')).toBe('1'.repeat(10) + '2'.repeat(10))
    // Six entries for three attribute changes, one of which had waited from before.
    expect(order.slice(20, 29).filter((kind) => kind === 3)).toHaveLength(6)
    expect(order.slice(20)).toHaveLength(21)
  })

  it('that a failure left as retries are sent before a backfill, and an exit is still an exit', async () => {
    const driver = await createBackfill(300)
    await driver.advance(2000)
    const failed = { outcome: { type: 'unreachable' as const, reason: 'refused' } }
    driver.zendesk.treatNext(failed, failed)
    profile(driver, 298, 'platinum')
    driver.membership('p299', { audience: audiences.vip, status: 'exited' })
    await driver.advance(500)
    expect(driver.deliver().dirtyContacts('retry')).toBe(1)
    expect(driver.deliver().dirtyContacts('exit')).toBe(1)
    const before = driver.requests.length
    await driver.advance(3000)
    const emails = requestsSince(driver, before).map(({ write: { email } }) => email)
    expect(emails).toEqual(expect.arrayContaining([emailOf(298), emailOf(299)]))
    expect(driver.deliver().dirtyContacts('backfill')).toBeGreaterThan(200)
  })
})

describe('an attribute change', () => {
  it('waits for five minutes at most behind more exits than that', async () => {
    const driver = await createTopologyDriver()
    profile(driver, 0)
    await driver.quiet()
    for (let number = 1; number <= 3500; number += 1) {
      driver.membership(`p${number}`, { audience: audiences.vip, status: 'exited' })
      profile(driver, number)
    }
    driver.readFirst(() => 'segment-memberships')
    await driver.advance(500)
    const changedMs = driver.nowMs()
    profile(driver, 0, 'platinum')
    await driver.advance(4.9 * minuteMs)
    expect(driver.sent(emailOf(0))).toHaveLength(1)
    await driver.advance(0.2 * minuteMs)
    expect(driver.deliver().dirtyContacts('exit')).toBeGreaterThan(300)
    const [, sent] = driver.requests.filter(({ write: { email } }) => email === emailOf(0))
    expect(sent?.write.fields).toEqual({ [tierField]: 'platinum' })
    expect((sent?.sentMs ?? 0) - changedMs).toBeLessThan(5 * minuteMs + 2500)
    await driver.quiet()
    expect(driver.zendesk.fields(emailOf(3500))?.[statusField(audiences.vip)]).toBe('exited')
  })
})
