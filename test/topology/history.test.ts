import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { histories, live } from '../support/topology/history.ts'
import { findFaults } from '../support/topology/oracle.ts'
import { mostInOneSecond, overlaps } from '../support/topology/request-log.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

/** Seed, records of a batch, and whether stores outlive their process. */
const interleaving = [fc.nat(), fc.integer({ min: 1, max: 5 }), fc.boolean()] as const

async function driverOf(seed: number, batchSize: number, warm: boolean): Promise<TopologyDriver> {
  return createTopologyDriver({ seed, maxHops: 6, batchSize: () => batchSize, warm })
}

describe('any history of profiles, memberships, erasures, late records and restarts', () => {
  it('ends with Zendesk as the oracle says, and a restart has nothing to add', async () => {
    await fc.assert(
      fc.asyncProperty(histories(false), ...interleaving, async (steps, seed, batchSize, warm) => {
        const driver = await driverOf(seed, batchSize, warm)
        const facts = await live(driver, steps)
        const sent = driver.requests.length
        await driver.restart()
        await driver.advance(2000)
        expect(findFaults(facts, driver.zendesk.contacts(), driver.nowMs())).toStrictEqual([])
        expect(driver.requests).toHaveLength(sent)
      }),
      { numRuns: 200 },
    )
  })

  it('ends so whatever crashes and whatever Zendesk answers, with one request of a contact at a time', async () => {
    await fc.assert(
      fc.asyncProperty(histories(true), ...interleaving, async (steps, seed, batchSize, warm) => {
        const driver = await driverOf(seed, batchSize, warm)
        const facts = await live(driver, steps)
        expect(findFaults(facts, driver.zendesk.contacts(), driver.nowMs())).toStrictEqual([])
        expect(overlaps(driver.requests)).toStrictEqual([])
        expect(mostInOneSecond(driver.requests)).toBeLessThanOrEqual(10)
        expect(driver.deadLetters()).toStrictEqual([])
      }),
      { numRuns: 400 },
    )
  })
})
