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

describe('a request under way when the program crashes', () => {
  it.each([
    ['is carried out', { latencyMs: 2000 }],
    ['is lost', { outcome: { type: 'unreachable', reason: 'refused' } }],
  ] as const)('and %s, does not win against the change back that comes next', async (_how, treatment) => {
    const driver = await driverAtA()
    driver.zendesk.treatNext(treatment)
    driver.crashAt({ when: 'midway', effect: 'request' })
    move(driver, a, 'next')
    await driver.advance(0)
    move(driver, a, 'start')
    await driver.quiet()
    expect(driver.sent().map(({ fields }) => fields[tierField])).toStrictEqual(['start', 'next', 'start'])
    expect(driver.zendesk.fields(a)?.[tierField]).toBe('start')
  })

  it('does not win either, if the program crashes again before it could send anything', async () => {
    const driver = await driverAtA()
    driver.crashAt({ when: 'midway', effect: 'request' })
    move(driver, a, 'next')
    await driver.advance(0)
    move(driver, a, 'start')
    await driver.advance(3000)
    await driver.kill({ compacted: true, downMs: 1000 })
    await driver.quiet()
    expect(driver.zendesk.fields(a)?.[tierField]).toBe('start')
  })

  it('does not keep what did not change from being left alone', async () => {
    const driver = await driverAtA()
    driver.crashAt({ when: 'midway', effect: 'request' })
    move(driver, a, 'next')
    await driver.quiet()
    expect(driver.sent().slice(1)).toStrictEqual([
      { type: 'update', email: a, fields: { [tierField]: 'next' } },
      { type: 'update', email: a, fields: { [tierField]: 'next' } },
    ])
  })

  it('creates no second contact', async () => {
    const driver = await driverAtA()
    driver.crashAt({ when: 'after', effect: 'request' })
    driver.profile('p2', { email: 'new@example.com', lastName: 'Doe' })
    await driver.quiet()
    expect(driver.sent('new@example.com')).toHaveLength(2)
    expect(driver.zendesk.contacts()).toHaveLength(2)
  })
})

describe('an e-mail that moves on around a crash (A to B, crash, B to C)', () => {
  it.each<CrashPoint>([
    { when: 'before', effect: 'persons' },
    { when: 'after', effect: 'persons' },
    { when: 'midway', effect: 'contacts' },
    { when: 'after', effect: 'contacts' },
    { when: 'before', effect: 'commit' },
  ])('is left at A and at B (%p)', async (point) => {
    const driver = await driverAtA()
    driver.crashAt(point)
    move(driver, b)
    await driver.advance(0)
    move(driver, c)
    await driver.quiet()
    await driver.advance(5000)
    expect(driver.isCrashArmed()).toBe(false)
    expect(statuses(driver)).toStrictEqual(['exited', driver.zendesk.fields(b) && 'exited', 'realized'])
  })

  it.each<CrashPoint>([
    { when: 'before', effect: 'persons' },
    { when: 'midway', effect: 'contacts' },
    { when: 'after', effect: 'contacts' },
  ])('is left at B, although it was missing in between (%p)', async (point) => {
    const driver = await driverAtA()
    driver.crashAt(point)
    move(driver, b)
    await driver.advance(0)
    move(driver, null)
    await driver.quiet()
    await driver.advance(5000)
    move(driver, c)
    await driver.quiet()
    expect(statuses(driver)).toStrictEqual(['exited', driver.zendesk.fields(b) && 'exited', 'realized'])
  })

  it('is left at A with the status that only the crashed process knew', async () => {
    const driver = await createTopologyDriver({ batchSize: () => 1 })
    move(driver, a)
    await driver.quiet()
    driver.readFirst('segment-memberships')
    driver.crashAt({ when: 'after', effect: 'contacts' })
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.advance(0)
    move(driver, b)
    driver.readFirst('profiles')
    await driver.quiet()
    expect(statuses(driver).slice(0, 2)).toStrictEqual(['exited', 'realized'])
  })

  it('is back at A, if all of it happened within one millisecond', async () => {
    const driver = await driverAtA()
    driver.crashAt({ when: 'after', effect: 'contacts' })
    const now = { timestampMs: driver.nowMs() }
    driver.profile('p1', { email: a, lastName: 'Doe', tier: 'start' }, now)
    driver.profile('p1', { email: b, lastName: 'Doe', tier: 'start' }, now)
    driver.profile('p1', { email: a, lastName: 'Doe', tier: 'start' }, now)
    await driver.quiet()
    await driver.advance(5000)
    expect(statuses(driver).slice(0, 1)).toStrictEqual(['realized'])
    expect(driver.zendesk.fields(b)?.[statusField(vip)]).not.toBe('realized')
  })
})

describe('a crash between what is stored and what is emitted', () => {
  it.each<CrashPoint>([
    { when: 'after', effect: 'persons' },
    { when: 'before', effect: 'contacts' },
    { when: 'midway', effect: 'contacts' },
  ])('loses no contact of the batch, also if the next start crashes too (%p)', async (point) => {
    const driver = await createTopologyDriver()
    driver.crashAt(point)
    driver.crashAt({ when: 'midway', effect: 'contacts' })
    for (const key of ['p1', 'p2', 'p3', 'p4']) {
      driver.profile(key, { email: `${key}@example.com`, lastName: 'Doe' })
    }
    await driver.quiet()
    await driver.advance(5000)
    await driver.quiet()
    expect(driver.isCrashArmed()).toBe(false)
    expect(
      driver.zendesk
        .contacts()
        .map(({ email }) => email)
        .sort(),
    ).toStrictEqual(['p1', 'p2', 'p3', 'p4'].map((key) => `${key}@example.com`))
  })
})
