import { describe, expect, it } from '@jest/globals'
import { audiences } from '../support/topology/configuration.ts'
import type { CrashPoint } from '../support/topology/faults.ts'
import { a, b, c, driverAtA, move, statuses } from '../support/topology/moving-person.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip } = audiences

const points: readonly CrashPoint[] = [
  { when: 'before', effect: 'persons' },
  { when: 'after', effect: 'persons' },
  { when: 'midway', effect: 'contacts' },
  { when: 'after', effect: 'contacts' },
  { when: 'before', effect: 'commit' },
]

/** Crashes there, having read record by record; reads all that is left at once then. */
function crashAt(driver: TopologyDriver, point: CrashPoint): void {
  driver.crashAt(point)
  driver.readInBatchesOf(() => (driver.isCrashArmed() ? 1 : 100))
}

async function endOf(driver: TopologyDriver): Promise<readonly unknown[]> {
  await driver.quiet()
  await driver.advance(5000)
  await driver.quiet()
  expect(driver.isCrashArmed()).toBe(false)
  return statuses(driver)
}

describe.each(points)('records that are read again after a crash (%p)', (point) => {
  it('with an e-mail that moves on (A to B, crash, B to C) leave A and B', async () => {
    const driver = await driverAtA()
    crashAt(driver, point)
    move(driver, b)
    await driver.advance(0)
    move(driver, c)
    expect(await endOf(driver)).toStrictEqual(['gone', 'gone', 'realized'])
  })

  it('with an e-mail that moves on, in one batch where they were two, leave A and B', async () => {
    const driver = await driverAtA()
    crashAt(driver, point)
    move(driver, b)
    move(driver, c)
    expect(await endOf(driver)).toStrictEqual(['gone', 'gone', 'realized'])
  })

  it('with an e-mail that goes missing leave it, once there is another', async () => {
    const driver = await driverAtA()
    crashAt(driver, point)
    move(driver, b)
    move(driver, null)
    await endOf(driver)
    move(driver, c)
    expect(await endOf(driver)).toStrictEqual(['gone', 'gone', 'realized'])
  })

  it('with an e-mail that comes back within one millisecond (A to B to A) are back at A', async () => {
    const driver = await driverAtA()
    move(driver, a)
    await driver.advance(0)
    crashAt(driver, point)
    move(driver, b)
    move(driver, a)
    expect(await endOf(driver)).toStrictEqual(['realized', 'gone', 'gone'])
  })

  it('in another order leave A also with the status that only the crashed process knew', async () => {
    const driver = await createTopologyDriver()
    move(driver, a)
    await driver.quiet()
    await driver.advance(5000)
    crashAt(driver, point)
    driver.readFirst(() => (driver.isCrashArmed() ? 'segment-memberships' : 'profiles'))
    driver.membership('p1', { audience: vip, status: 'realized' })
    move(driver, b)
    expect(await endOf(driver)).toStrictEqual(['gone', 'realized', 'gone'])
  })
})
