import { describe, expect, it } from '@jest/globals'
import { audiences, tierField } from '../support/topology/configuration.ts'
import type { CrashPoint, Effect } from '../support/topology/faults.ts'
import { a, b, c, driverAtA, move, statuses } from '../support/topology/moving-person.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip } = audiences

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

async function livedWith(
  point: CrashPoint,
  warm: boolean,
): Promise<{ driver: TopologyDriver; crashed: boolean }> {
  const driver = await driverAtA({ warm })
  driver.crashAt(point)
  await liveOn(driver)
  return { driver, crashed: !driver.isCrashArmed() }
}

describe('a crash at any effect', () => {
  it.each([
    ['before', 'lost'],
    ['before', 'kept'],
    ['midway', 'lost'],
    ['midway', 'kept'],
    ['after', 'lost'],
    ['after', 'kept'],
  ] as const)(
    '(%s it, stores %s) leaves Zendesk as it should be, and costs one request of each contact at most',
    async (when, stores) => {
      const calm = await driverAtA()
      await liveOn(calm)
      let nth = 0
      for (let goOn = true; goOn;) {
        nth += 1
        const { driver, crashed } = await livedWith({ when, effect: 'any', nth }, stores === 'kept')
        expect([nth, ...statuses(driver)]).toStrictEqual([nth, 'gone', 'gone', 'realized'])
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

describe('an offset', () => {
  it.each<Effect>(['dead letters', 'persons', 'contacts'])(
    'is not committed while what its record causes is not durable (%s)',
    async (effect) => {
      const driver = await driverAtA()
      const goOn = driver.hold(effect)
      driver.raw('profiles', 'p2', Buffer.from('no Avro'))
      move(driver, a, 'next')
      await driver.advance(60_000)
      await driver.kill()
      goOn()
      await driver.quiet()
      await driver.advance(5000)
      await driver.quiet()
      expect(driver.deadLetters().length).toBeGreaterThanOrEqual(1)
      expect(driver.zendesk.fields(a)?.[tierField]).toBe('next')
    },
  )
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

  it('repeats the words of then: an exit that time brought since would stand where an event takes it back', async () => {
    const driver = await driverAtA({ warm: true })
    const timeMs = driver.nowMs()
    const soon = { audience: vip, status: 'realized', timeMs }
    driver.crashAt({ when: 'after', effect: 'persons' })
    driver.membership('p1', { ...soon, validUntilMs: driver.nowMs() + 700 })
    // Read while the first one is not: the kill comes in between.
    await driver.advance(200)
    driver.membership('p1', soon)
    await driver.quiet()
    expect(statuses(driver)[0]).toBe('realized')
  })
})
