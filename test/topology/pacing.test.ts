import { describe, expect, it } from '@jest/globals'
import { mostInOneSecond } from '../support/topology/request-log.ts'
import { createRandom } from '../support/topology/random.ts'
import { tierField } from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

function writeContacts(driver: TopologyDriver, count: number, tier: string): void {
  for (let index = 0; index < count; index += 1) {
    driver.profile(`p${index}`, { email: `p${index}@example.com`, lastName: 'Doe', tier })
  }
}

describe('a backlog', () => {
  it.each([
    { latencyMs: 0, maxLatenessMs: 0 },
    { latencyMs: 250, maxLatenessMs: 0 },
    { latencyMs: 250, maxLatenessMs: 15 },
    { latencyMs: 1200, maxLatenessMs: 5 },
  ])('is sent at 9.3 to 9.5 requests per second, never more than 10 in any (%p)', async (times) => {
    const random = createRandom(times.latencyMs + times.maxLatenessMs)
    const driver = await createTopologyDriver({ timerLatenessMs: () => random() * times.maxLatenessMs })
    driver.zendesk.treatAll({ latencyMs: times.latencyMs })
    writeContacts(driver, 300, 'gold')
    await driver.quiet()
    expect(driver.requests).toHaveLength(300)
    const spanMs = (driver.requests.at(-1)?.sentMs ?? 0) - (driver.requests[0]?.sentMs ?? 0)
    expect((299 * 1000) / spanMs).toBeGreaterThan(9.3)
    expect((299 * 1000) / spanMs).toBeLessThan(9.52)
    expect(mostInOneSecond(driver.requests)).toBeLessThanOrEqual(10)
  })

  it('loses no place to contacts that need no request any more', async () => {
    const driver = await createTopologyDriver({ maxHops: 8 })
    writeContacts(driver, 400, 'gold')
    await driver.quiet()
    driver.zendesk.treatNext({ outcome: { type: 'throttled', retryAfterMs: 10_000 } })
    writeContacts(driver, 400, 'platinum')
    await driver.advance(5000)
    // Every other one changes back before its turn. The first was sent and refused.
    for (let index = 2; index < 400; index += 2) {
      driver.profile(`p${index}`, { email: `p${index}@example.com`, lastName: 'Doe', tier: 'gold' })
    }
    await driver.quiet()
    const resent = driver.requests.slice(401)
    expect(resent).toHaveLength(201)
    // Full speed is back ten seconds after the refusal.
    const last = resent.slice(-101)
    const spanMs = (last.at(-1)?.sentMs ?? 0) - (last[0]?.sentMs ?? 0)
    expect((100 * 1000) / spanMs).toBeGreaterThan(9.3)
    expect(mostInOneSecond(driver.requests)).toBeLessThanOrEqual(10)
    expect(resent.every(({ write }) => write.fields[tierField] === 'platinum')).toBe(true)
  })

  it('is not sent faster by restarts', async () => {
    const driver = await createTopologyDriver()
    writeContacts(driver, 100, 'gold')
    for (let round = 0; round < 20; round += 1) {
      await driver.advance(170)
      await (round % 2 === 0 ? driver.restart() : driver.kill({ downMs: 0 }))
    }
    await driver.quiet()
    expect(mostInOneSecond(driver.requests)).toBeLessThanOrEqual(10)
    expect(driver.zendesk.contacts()).toHaveLength(100)
  })

  it('waits for nobody: a request goes out within a second of its record', async () => {
    const driver = await createTopologyDriver()
    await driver.advance(60_000)
    writeContacts(driver, 9, 'gold')
    await driver.advance(1000)
    expect(driver.requests).toHaveLength(9)
  })
})
