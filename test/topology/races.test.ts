import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { tierField } from '../support/topology/configuration.ts'
import { overlaps } from '../support/topology/request-log.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const email = 'jane@example.com'

function writeTier(driver: TopologyDriver, tier: string): void {
  driver.profile('p1', { email, lastName: 'Doe', tier })
}

async function driverAt(tier: string, seed = 1): Promise<TopologyDriver> {
  const driver = await createTopologyDriver({ seed, maxHops: 50 })
  writeTier(driver, tier)
  await driver.quiet()
  await driver.advance(1000)
  return driver
}

describe('a contact that changes while Zendesk is slow', () => {
  it('has one request under way at most, and ends as it was written last', async () => {
    const driver = await driverAt('start')
    driver.zendesk.treatAll({ latencyMs: 700 })
    for (let index = 0; index < 200; index += 1) {
      writeTier(driver, `tier ${index}`)
      await driver.advance(50)
    }
    await driver.quiet()
    expect(overlaps(driver.requests)).toStrictEqual([])
    expect(driver.requests.length).toBeGreaterThan(10)
    expect(driver.requests.length).toBeLessThanOrEqual(1 + Math.ceil(10_000 / 700) + 1)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('tier 199')
  })

  it('leaves the requests of others to go on beside it', async () => {
    const driver = await driverAt('start')
    driver.zendesk.hold(true)
    for (let index = 0; index < 30; index += 1) {
      driver.profile(`other ${index}`, { email: `other${index}@example.com`, lastName: 'Doe' })
    }
    writeTier(driver, 'next')
    await driver.advance(60_000)
    // As many as may be under way at once, by default.
    expect(driver.requests.length - 1).toBe(16)
    driver.zendesk.hold(false)
    await driver.quiet()
    expect(driver.zendesk.contacts()).toHaveLength(31)
  })
})

describe('a contact that changes back (A, B under way, A again)', () => {
  it.each<[string, (driver: TopologyDriver) => Promise<() => void>]>([
    [
      'before it is durable that B is about to be sent',
      async (driver) => {
        const goOn = driver.hold('ledger')
        writeTier(driver, 'B')
        await driver.advance(200)
        return goOn
      },
    ],
    [
      'while Zendesk works on B',
      async (driver) => {
        driver.zendesk.hold(true)
        writeTier(driver, 'B')
        await driver.advance(200)
        return () => driver.zendesk.hold(false)
      },
    ],
    [
      'before the acknowledgement of B is durable',
      async (driver) => {
        driver.zendesk.hold(true)
        writeTier(driver, 'B')
        await driver.advance(200)
        const goOn = driver.hold('ledger')
        driver.zendesk.hold(false)
        await driver.advance(0)
        return goOn
      },
    ],
  ])('%s, ends at A', async (_moment, sendB) => {
    const driver = await driverAt('A')
    const goOn = await sendB(driver)
    writeTier(driver, 'A')
    await driver.advance(200)
    goOn()
    await driver.quiet()
    expect(driver.sent(email).map(({ fields }) => fields[tierField])).toStrictEqual(['A', 'B', 'A'])
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('A')
  })

  it('at any step of the acknowledgement of B, ends at A', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const driver = await driverAt('A', seed)
        const sendB = driver.hold('ledger')
        writeTier(driver, 'B')
        await driver.advance(0)
        const emitA = driver.hold('contacts')
        writeTier(driver, 'A')
        await driver.advance(0)
        // B is sent and acknowledged while A, read as a record, is compared with what is stored, at the seed's speed.
        driver.duringNextRead(() => driver.duringNextRead(sendB))
        emitA()
        await driver.quiet()
        expect(driver.zendesk.fields(email)?.[tierField]).toBe('A')
      }),
      { numRuns: 50 },
    )
  })
})
