import { beforeEach, describe, expect, it } from '@jest/globals'
import {
  audiences,
  startMs,
  statusField,
  tierField,
  unmappedAudience,
} from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip, newsletter, summer } = audiences
const jane = { email: 'jane@example.com', lastName: 'Doe', firstName: 'Jane', tier: 'gold' }
const attributes = { last_name: 'Doe', first_name: 'Jane', [tierField]: 'gold' }

let driver: TopologyDriver

beforeEach(async () => {
  driver = await createTopologyDriver()
})

describe('a person in an audience', () => {
  it.each<[string, () => Promise<void>]>([
    [
      'the profile comes first',
      async () => {
        driver.profile('p1', jane)
        await driver.quiet()
        driver.membership('p1', { audience: vip, status: 'realized' })
      },
    ],
    [
      'the membership comes first',
      async () => {
        driver.membership('p1', { audience: vip, status: 'realized' })
        await driver.quiet()
        driver.profile('p1', jane)
      },
    ],
    [
      'they come together',
      async () => {
        driver.membership('p1', { audience: vip, status: 'realized' })
        driver.profile('p1', jane)
        return Promise.resolve()
      },
    ],
  ])('is a contact with attributes and status, if %s', async (_order, write) => {
    await write()
    await driver.quiet()
    expect(driver.zendesk.contacts()).toStrictEqual([
      { id: 1001, email: jane.email, fields: { ...attributes, [statusField(vip)]: 'realized' } },
    ])
  })

  it.each([
    ['realized', 'realized'],
    ['existing', 'realized'],
    [undefined, 'realized'],
    ['exited', 'exited'],
  ])('with the status %p shows %s', async (status, word) => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: vip, ...(status === undefined ? {} : { status }) })
    await driver.quiet()
    expect(driver.zendesk.fields(jane.email)).toStrictEqual({ ...attributes, [statusField(vip)]: word })
  })

  it('who exits is written with the status alone, to the same contact', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.quiet()
    driver.membership('p1', { audience: vip, status: 'exited' })
    await driver.quiet()
    expect(driver.sent()).toStrictEqual([
      {
        type: 'upsert',
        email: jane.email,
        fields: { ...attributes, [statusField(vip)]: 'realized' },
      },
      { type: 'update', email: jane.email, fields: { [statusField(vip)]: 'exited' } },
    ])
  })

  it('is untouched by a membership record that speaks of another audience', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.quiet()
    driver.membership('p1', { audience: newsletter, status: 'exited' })
    await driver.quiet()
    expect(driver.sent().at(-1)?.fields).toStrictEqual({ [statusField(newsletter)]: 'exited' })
  })

  it('shows audiences of two namespaces, and none whose segment id alone is the same', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', [
      { audience: vip, status: 'realized' },
      { audience: newsletter, status: 'exited' },
      { audience: { namespace: 'AAM', segmentId: vip.segmentId }, status: 'exited' },
    ])
    await driver.quiet()
    expect(driver.zendesk.fields(jane.email)).toStrictEqual({
      ...attributes,
      [statusField(vip)]: 'realized',
      [statusField(newsletter)]: 'exited',
    })
  })

  it('costs no request for an audience that is not mapped', async () => {
    driver.profile('p1', jane)
    await driver.quiet()
    driver.membership('p1', { audience: unmappedAudience, status: 'realized' })
    await driver.quiet()
    expect(driver.requests).toHaveLength(1)
  })
})

describe('an older event that arrives late', () => {
  it('does not undo an exit', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: vip, status: 'exited', timeMs: startMs - 1000 })
    await driver.quiet()
    driver.membership('p1', { audience: vip, status: 'realized', timeMs: startMs - 2000 })
    await driver.quiet()
    expect(driver.requests).toHaveLength(1)
    expect(driver.zendesk.fields(jane.email)?.[statusField(vip)]).toBe('exited')
  })

  it('does not undo a newer profile', async () => {
    driver.profile('p1', { ...jane, tier: 'platinum' }, { timestampMs: startMs - 1000 })
    await driver.quiet()
    driver.profile('p1', { ...jane, tier: 'silver' }, { timestampMs: startMs - 2000 })
    await driver.quiet()
    expect(driver.requests).toHaveLength(1)
    expect(driver.zendesk.fields(jane.email)?.[tierField]).toBe('platinum')
  })

  it('counts where nothing newer is known of its audience', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: vip, status: 'exited', timeMs: startMs - 1000 })
    await driver.quiet()
    driver.membership('p1', { audience: newsletter, status: 'realized', timeMs: startMs - 9000 })
    await driver.quiet()
    expect(driver.zendesk.fields(jane.email)?.[statusField(newsletter)]).toBe('realized')
  })
})

describe('an audience with start and end dates', () => {
  it('shows nothing before its start, and the status from then on, without a new event', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: summer, status: 'realized' })
    await driver.advance(599_000)
    expect(driver.zendesk.fields(jane.email)).toStrictEqual(attributes)
    await driver.advance(3000)
    expect(driver.zendesk.fields(jane.email)?.[statusField(summer)]).toBe('realized')
    expect(driver.sent().at(-1)?.fields).toStrictEqual({ [statusField(summer)]: 'realized' })
  })

  it('changes nothing any more after its end', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: summer, status: 'realized' })
    await driver.advance(3_601_000)
    const before = driver.requests.length
    driver.membership('p1', { audience: summer, status: 'exited' })
    driver.profile('p1', { ...jane, tier: 'silver' })
    await driver.quiet()
    expect(driver.sent().slice(before)).toMatchObject([{ fields: { [tierField]: 'silver' } }])
    expect(driver.zendesk.fields(jane.email)?.[statusField(summer)]).toBe('realized')
  })
})

describe('a membership that runs out', () => {
  it('is exited within two seconds of its validUntil, without a new event', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: vip, status: 'realized', validUntilMs: startMs + 60_000 })
    await driver.advance(59_900)
    expect(driver.zendesk.fields(jane.email)?.[statusField(vip)]).toBe('realized')
    await driver.advance(2100)
    expect(driver.sent().slice(1)).toStrictEqual([
      { type: 'update', email: jane.email, fields: { [statusField(vip)]: 'exited' } },
    ])
  })

  it.each([{ compacted: false }, { compacted: true }])(
    'is exited at the next start, if it ran out while the program was down (%p)',
    async (options) => {
      driver.profile('p1', jane)
      driver.membership('p1', { audience: vip, status: 'realized', validUntilMs: startMs + 60_000 })
      await driver.advance(10_000)
      await driver.kill({ ...options, downMs: 3_600_000 })
      await driver.advance(2000)
      expect(driver.zendesk.fields(jane.email)?.[statusField(vip)]).toBe('exited')
      expect(driver.requests).toHaveLength(2)
    },
  )

  it('is not exited, if it was prolonged in time', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: vip, status: 'realized', validUntilMs: startMs + 60_000 })
    await driver.advance(30_000)
    driver.membership('p1', { audience: vip, status: 'realized', validUntilMs: startMs + 600_000 })
    await driver.advance(300_000)
    expect(driver.zendesk.fields(jane.email)?.[statusField(vip)]).toBe('realized')
    await driver.advance(300_000)
    expect(driver.zendesk.fields(jane.email)?.[statusField(vip)]).toBe('exited')
  })

  it('is realized again by a later qualification', async () => {
    driver.profile('p1', jane)
    driver.membership('p1', { audience: vip, status: 'realized', validUntilMs: startMs + 60_000 })
    await driver.advance(70_000)
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.quiet()
    expect(driver.zendesk.fields(jane.email)?.[statusField(vip)]).toBe('realized')
  })
})

describe('a record of which something cannot be used', () => {
  it('goes to the dead-letter topic byte for byte, and what is good of it to Zendesk', async () => {
    driver.profile('p1', jane)
    const record = driver.membership('p1', [
      { audience: vip, status: 'realized' },
      { audience: newsletter, status: 'paused' },
    ])
    await driver.quiet()
    expect(driver.zendesk.fields(jane.email)).toStrictEqual({ ...attributes, [statusField(vip)]: 'realized' })
    expect(driver.deadLetters()).toHaveLength(1)
    expect(driver.deadLetters()[0]).toMatchObject({
      key: 'p1',
      headers: {
        'zendesk-activation.disposition': 'poison',
        'zendesk-activation.error-class': 'invalid-membership',
        'zendesk-activation.source-topic': 'segment-memberships',
        'zendesk-activation.source-offset': '0',
      },
    })
    expect(Buffer.from(driver.deadLetters()[0]?.value ?? [])).toStrictEqual(Buffer.from(record.value ?? []))
  })

  it.each([
    ['is no Avro', Buffer.from('{"status":"realized"}'), 'p1', 'not-framed'],
    ['has a schema that nobody knows', Buffer.from([0, 0, 0, 99, 99, 1, 2]), 'p1', 'unknown-schema'],
    ['breaks off', Buffer.from([0, 0, 0, 0, 4, 2]), 'p1', 'corrupt'],
  ])('delays no other, if it %s', async (_claim, bytes, key, errorClass) => {
    driver.raw('profiles', key, bytes)
    driver.profile('p2', jane)
    await driver.quiet()
    expect(driver.zendesk.fields(jane.email)).toStrictEqual(attributes)
    expect(driver.deadLetters()).toMatchObject([
      { key, value: bytes, headers: { 'zendesk-activation.error-class': errorClass } },
    ])
  })

  it('is not read again after a restart', async () => {
    // Of a group whose changelog is empty the program cannot tell whether that was deleted, and reads all again.
    driver.profile('p2', jane)
    driver.raw('profiles', 'p1', Buffer.from('no Avro'))
    await driver.quiet()
    await driver.restart()
    await driver.advance(5000)
    expect(driver.deadLetters()).toHaveLength(1)
  })
})
