import { beforeEach, describe, expect, it } from '@jest/globals'
import type { WriteOutcome } from '../../src/deliver/contact-writer.ts'
import { audiences, statusField, tierField } from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip } = audiences
const email = 'jane@example.com'
const rejected: WriteOutcome = {
  type: 'rejected',
  status: 422,
  errors: [
    { code: 'invalid_type', field: '/custom_fields/Loyalty tier' },
    { code: 'incorrect_value', field: null },
  ],
}

let driver: TopologyDriver

function writeTier(tier: string): void {
  driver.profile('p1', { email, lastName: 'Doe', tier })
}

beforeEach(async () => {
  driver = await createTopologyDriver()
  writeTier('start')
  await driver.quiet()
  await driver.advance(1000)
})

describe('a contact that Zendesk refuses', () => {
  beforeEach(async () => {
    driver.zendesk.treatNext({ outcome: rejected })
    writeTier('bad')
    for (const name of ['other1', 'other2', 'other3']) {
      driver.profile(name, { email: `${name}@example.com`, lastName: 'Doe' })
    }
    await driver.quiet()
  })

  it('goes to the dead-letter topic with all codes, and delays no other', () => {
    expect(driver.zendesk.contacts()).toHaveLength(4)
    expect(driver.deadLetters()).toHaveLength(1)
    expect(driver.deadLetters()[0]).toMatchObject({
      key: email,
      headers: {
        'zendesk-activation.disposition': 'rejected',
        'zendesk-activation.error-class': 'invalid_type',
        'zendesk-activation.detail': 'HTTP 422: /custom_fields/Loyalty tier invalid_type, incorrect_value',
      },
    })
    expect(driver.counts.of('failed invalid_type')).toBe(1)
  })

  it.each<[string, () => Promise<void>]>([
    ['as time passes', async () => driver.advance(3_600_000)],
    ['after a restart', async () => driver.restart()],
    ['after a restart over compacted topics', async () => driver.restart({ compacted: true })],
    ['after a crash', async () => driver.kill()],
  ])('is not tried again %s', async (_when, happens) => {
    await happens()
    await driver.advance(60_000)
    expect(driver.sent(email)).toHaveLength(2)
    expect(driver.deadLetters()).toHaveLength(1)
  })

  it('is tried again as soon as it changes', async () => {
    await driver.restart()
    writeTier('good')
    await driver.quiet()
    expect(driver.sent(email).slice(2)).toMatchObject([{ type: 'update', fields: { [tierField]: 'good' } }])
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('good')
  })

  it('needs no request to be what it was before', async () => {
    writeTier('start')
    await driver.advance(60_000)
    expect(driver.sent(email)).toHaveLength(2)
  })
})

describe('a contact that somebody deleted in Zendesk', () => {
  beforeEach(async () => {
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.quiet()
    driver.zendesk.remove(email)
  })

  it('is created again, once and whole, at its next change', async () => {
    writeTier('next')
    await driver.quiet()
    expect(driver.sent(email).slice(2)).toStrictEqual([
      { type: 'update', email, fields: { [tierField]: 'next' } },
      {
        type: 'upsert',
        email,
        fields: { last_name: 'Doe', [tierField]: 'next', [statusField(vip)]: 'realized' },
      },
    ])
    writeTier('after next')
    await driver.quiet()
    expect(driver.requests.at(-1)?.write).toMatchObject({ type: 'update', contactId: 1002 })
  })

  it('stays deleted when its person leaves', async () => {
    driver.tombstone('p1')
    await driver.quiet()
    await driver.restart()
    await driver.quiet()
    expect(driver.zendesk.contacts()).toStrictEqual([])
    expect(driver.sent(email)).toHaveLength(3)
  })
})
