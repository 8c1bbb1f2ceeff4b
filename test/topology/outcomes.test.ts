import { beforeEach, describe, expect, it } from '@jest/globals'
import type { WriteOutcome } from '../../src/deliver/contact-writer.ts'
import { audiences, statusField, tierField } from '../support/topology/configuration.ts'
import { overlaps } from '../support/topology/request-log.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip } = audiences
const email = 'jane@example.com'
const throttled: WriteOutcome = { type: 'throttled', retryAfterMs: null }
const unauthorised: WriteOutcome = { type: 'unauthorised', status: 401, code: 'unauthorized' }
const unreachable: WriteOutcome = { type: 'unreachable', reason: 'refused' }
const ambiguous: WriteOutcome = { type: 'ambiguous', reason: 'timeout' }
let driver: TopologyDriver

function writeTier(tier: string): void {
  driver.profile('p1', { email, lastName: 'Doe', tier })
}

function writeOthers(count: number): void {
  for (let index = 0; index < count; index += 1) {
    driver.profile(`other ${index}`, { email: `other${index}@example.com`, lastName: 'Doe' })
  }
}

function sentMs(): readonly number[] {
  return driver.requests.map((request) => request.sentMs)
}

beforeEach(async () => {
  driver = await createTopologyDriver()
  writeTier('start')
  await driver.quiet()
  await driver.advance(1000)
})

describe('a throttled request', () => {
  it('pauses everything, for as long as Zendesk says', async () => {
    driver.zendesk.treatNext({ outcome: { type: 'throttled', retryAfterMs: 20_000 } })
    writeTier('next')
    await driver.advance(100)
    writeOthers(5)
    const refusedMs = driver.nowMs()
    await driver.advance(19_800)
    expect(driver.requests).toHaveLength(2)
    await driver.quiet()
    expect(sentMs()[2]).toBeGreaterThanOrEqual(refusedMs + 19_900)
    expect(driver.zendesk.contacts()).toHaveLength(6)
  })

  it('pauses longer each time, and is repeated by one contact at a time', async () => {
    driver.zendesk.treatAll({ outcome: throttled, latencyMs: 300 })
    writeOthers(20)
    await driver.advance(600_000)
    // Those of the first second are under way before the first answer; then 1, 2, 4 to 60 seconds, halved by chance.
    expect(driver.requests.length - 1).toBeLessThanOrEqual(4 + 30)
    const probes = driver.requests.slice(6)
    const gaps = probes.slice(1).map((probe, index) => probe.sentMs - (probes[index]?.sentMs ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500)
    expect(Math.max(...gaps)).toBeGreaterThanOrEqual(30_000)
    driver.zendesk.treatAll({})
    await driver.quiet()
    expect(driver.zendesk.contacts()).toHaveLength(21)
    expect(driver.deadLetters()).toStrictEqual([])
  })

  it('costs the contact no attempt', async () => {
    driver.zendesk.treatNext(...Array.from({ length: 6 }, () => ({ outcome: throttled })), {
      outcome: unreachable,
    })
    writeTier('next')
    await driver.quiet()
    const [lastMs = 0, failedMs = 0] = [...sentMs()].reverse()
    expect(driver.requests).toHaveLength(1 + 6 + 1 + 1)
    // After a first attempt the contact rests for a second at most, after a seventh for half a minute at least; and after so
    // many refusals requests are two seconds apart.
    expect(lastMs - failedMs).toBeLessThanOrEqual(3000)
  })
})

describe('a refused token', () => {
  it('pauses everything and is told, until Zendesk accepts it again', async () => {
    driver.zendesk.treatAll({ outcome: unauthorised })
    writeOthers(10)
    await driver.advance(60_000)
    expect(driver.deliver().flusher.isAuthorised()).toBe(false)
    expect(driver.requests.length).toBeLessThanOrEqual(1 + 12)
    expect(driver.zendesk.contacts()).toHaveLength(1)
    driver.zendesk.treatAll({})
    await driver.quiet()
    expect(driver.deliver().flusher.isAuthorised()).toBe(true)
    expect(driver.authorisations).toStrictEqual([false, true])
    expect(driver.zendesk.contacts()).toHaveLength(11)
    expect(driver.deadLetters()).toStrictEqual([])
  })
})

describe('a request that nobody received', () => {
  it('is repeated with what the contact should be by then', async () => {
    driver.zendesk.treatNext({ outcome: unreachable })
    writeTier('next')
    await driver.advance(100)
    writeTier('after next')
    await driver.quiet()
    expect(driver.sent().map(({ fields }) => fields[tierField])).toStrictEqual([
      'start',
      'next',
      'after next',
    ])
  })

  it('is repeated after pauses that grow', async () => {
    driver.zendesk.treatNext(...Array.from({ length: 4 }, () => ({ outcome: unreachable })))
    writeTier('next')
    await driver.quiet()
    const times = sentMs().slice(1)
    const pauses = times.slice(1).map((timeMs, index) => timeMs - (times[index] ?? 0))
    // 1, 2, 4 and 8 seconds, halved by chance, and a place among the requests.
    expect(pauses.map((ms, index) => ms >= 500 * 2 ** index && ms <= 1000 * 2 ** index + 150)).toStrictEqual([
      true,
      true,
      true,
      true,
    ])
  })

  it('is not dead-lettered, however long the outage', async () => {
    driver.zendesk.treatAll({ outcome: unreachable })
    writeTier('next')
    writeOthers(10)
    await driver.advance(2 * 3_600_000)
    driver.zendesk.treatAll({})
    await driver.quiet()
    expect(driver.deadLetters()).toStrictEqual([])
    expect(driver.zendesk.contacts()).toHaveLength(11)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('next')
  })
})

describe('a request of which nobody knows how it ended', () => {
  it('keeps its contact waiting for the configured time, and no other', async () => {
    driver.zendesk.treatNext({ outcome: ambiguous })
    writeTier('next')
    await driver.advance(0)
    const askedMs = driver.nowMs()
    writeOthers(5)
    await driver.advance(29_999)
    expect(driver.requests).toHaveLength(1 + 1 + 5)
    expect(driver.sent(email)).toHaveLength(2)
    await driver.quiet()
    expect(sentMs().at(-1)).toBeGreaterThanOrEqual(askedMs + 30_000)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('next')
  })

  it.each(['with answer', 'never', { afterMs: 20_000 }] as const)(
    'is followed by what the contact should be by then, be it what it was before (applied: %p)',
    async (applied) => {
      driver.zendesk.treatNext({ outcome: ambiguous, applied })
      writeTier('next')
      await driver.advance(100)
      writeTier('start')
      await driver.quiet()
      expect(driver.sent().map(({ fields }) => fields[tierField])).toStrictEqual(['start', 'next', 'start'])
      expect(driver.zendesk.fields(email)?.[tierField]).toBe('start')
    },
  )

  it.each<[string, () => Promise<void>]>([
    ['a restart', async () => driver.restart()],
    ['a crash', async () => driver.kill({ downMs: 1000 })],
  ])(
    'keeps its contact waiting across %s, and is followed by what it should be by then',
    async (_end, end) => {
      driver.zendesk.treatNext({ outcome: ambiguous, applied: { afterMs: 20_000 } })
      writeTier('next')
      await driver.advance(100)
      const askedMs = driver.nowMs()
      writeTier('start')
      await driver.advance(3000)
      await end()
      await driver.quiet()
      expect(sentMs().at(-1)).toBeGreaterThanOrEqual(askedMs + 29_000)
      expect(driver.zendesk.fields(email)?.[tierField]).toBe('start')
    },
  )

  it('that was to create a contact of a person erased meanwhile, leaves its audiences if it was carried out', async () => {
    driver.zendesk.treatNext({ outcome: ambiguous, applied: 'with answer' })
    driver.profile('p2', { email: 'new@example.com', lastName: 'Doe' })
    driver.membership('p2', { audience: vip, status: 'realized' })
    await driver.advance(1000)
    driver.tombstone('p2')
    await driver.quiet()
    expect(driver.zendesk.fields('new@example.com')?.[statusField(vip)]).toBe('exited')
  })

  it('that was to create a contact of a person erased meanwhile, creates none if it was not', async () => {
    driver.zendesk.treatNext({ outcome: ambiguous, applied: 'never' })
    driver.profile('p2', { email: 'new@example.com', lastName: 'Doe' })
    driver.membership('p2', { audience: vip, status: 'realized' })
    await driver.advance(1000)
    driver.tombstone('p2')
    await driver.quiet()
    await driver.restart()
    await driver.quiet()
    expect(driver.zendesk.fields('new@example.com')).toBeUndefined()
    expect(driver.sent('new@example.com')).toHaveLength(2)
    expect(driver.deadLetters()).toStrictEqual([])
  })
})

describe('whatever the outcomes', () => {
  it('no contact has two requests under way', async () => {
    const outcomes = [ambiguous, unreachable, throttled, unauthorised]
    for (let round = 0; round < 40; round += 1) {
      const outcome = outcomes[round % 5]
      driver.zendesk.treatNext({ latencyMs: 400, ...(outcome === undefined ? {} : { outcome }) })
      writeTier(`tier ${round}`)
      await driver.advance(2000)
    }
    await driver.quiet()
    expect(overlaps(driver.requests)).toStrictEqual([])
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('tier 39')
  })
})
