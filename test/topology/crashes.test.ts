import { describe, expect, it } from '@jest/globals'
import { audiences, statusField, tierField } from '../support/topology/configuration.ts'
import type { CrashPoint } from '../support/topology/faults.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip } = audiences
const a = 'a@example.com'
const b = 'b@example.com'
const c = 'c@example.com'

async function driverAtA(): Promise<TopologyDriver> {
  const driver = await createTopologyDriver({ batchSize: () => 1 })
  driver.profile('p1', { email: a, lastName: 'Doe', tier: 'start' })
  driver.membership('p1', { audience: vip, status: 'realized' })
  await driver.quiet()
  await driver.advance(5000)
  return driver
}

function move(driver: TopologyDriver, email: string | null, tier = 'start'): void {
  driver.profile('p1', { ...(email === null ? {} : { email }), lastName: 'Doe', tier })
}

function statuses(driver: TopologyDriver): readonly unknown[] {
  return [a, b, c].map((email) => driver.zendesk.fields(email)?.[statusField(vip)])
}

/** A day of one person: every kind of effect, an e-mail that moves on and on, a record that cannot be used. */
async function liveOn(driver: TopologyDriver): Promise<void> {
  driver.zendesk.treatAll({ latencyMs: 150 })
  move(driver, a, 'next')
  driver.membership('p1', { audience: vip, status: 'exited' })
  await driver.advance(400)
  move(driver, b, 'next')
  driver.raw('profiles', 'p2', Buffer.from('no Avro'))
  driver.membership('p1', { audience: vip, status: 'realized' })
  await driver.advance(100)
  move(driver, c, 'last')
  await driver.quiet()
  await driver.advance(5000)
  await driver.quiet()
}

async function livedWith(point: CrashPoint): Promise<{ driver: TopologyDriver; crashed: boolean }> {
  const driver = await driverAtA()
  driver.crashAt(point)
  await liveOn(driver)
  return { driver, crashed: !driver.isCrashArmed() }
}

describe('a crash at any effect', () => {
  it.each(['before', 'midway', 'after'] as const)(
    '(%s it) leaves Zendesk as it should be, and costs one request of each contact at most',
    async (when) => {
      const calm = await driverAtA()
      await liveOn(calm)
      let nth = 0
      for (let goOn = true; goOn;) {
        nth += 1
        const { driver, crashed } = await livedWith({ when, effect: 'any', nth })
        expect([nth, ...statuses(driver)]).toStrictEqual([
          nth,
          'exited',
          driver.zendesk.fields(b) && 'exited',
          'realized',
        ])
        expect(driver.zendesk.fields(c)?.[tierField]).toBe('last')
        expect(driver.zendesk.contacts().length).toBeLessThanOrEqual(3)
        expect(driver.deadLetters().length).toBeGreaterThanOrEqual(1)
        for (const email of [a, b, c]) {
          expect(driver.sent(email).length).toBeLessThanOrEqual(calm.sent(email).length + 1)
        }
        goOn = crashed
      }
      // Dead letter, contacts, persons, requests, ledger and commits of the day.
      expect(nth).toBeGreaterThan(20)
    },
  )
})
