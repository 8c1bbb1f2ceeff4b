import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Config } from '../../src/config/config.ts'
import { audiences, statusField } from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip, newsletter } = audiences
const jane = { email: 'jane@example.com', lastName: 'Doe' }
let driver: TopologyDriver

describe('an audience that is retired', () => {
  const retire = (config: Config): Config => ({
    ...config,
    audiences: config.audiences.map((one) => ({ ...one, retired: one.segmentId === vip.segmentId })),
  })

  beforeEach(async () => {
    driver = await createTopologyDriver()
    driver.profile('p1', jane)
    driver.profile('p2', { email: 'john@example.com', lastName: 'Doe' })
    driver.membership('p1', [
      { audience: vip, status: 'realized' },
      { audience: newsletter, status: 'realized' },
    ])
    await driver.quiet()
    driver.configure(retire)
    await driver.restart()
    await driver.quiet()
  })

  it('has its field cleared where it showed a status, without an event, and nothing else written', () => {
    expect(driver.sent().slice(2)).toStrictEqual([
      { type: 'update', email: jane.email, fields: { [statusField(vip)]: null } },
    ])
    expect(driver.zendesk.fields(jane.email)?.[statusField(newsletter)]).toBe('realized')
  })

  it('stays cleared, whatever becomes of its memberships and persons, and a membership costs no request more', async () => {
    driver.membership('p1', { audience: vip, status: 'exited' })
    await driver.quiet()
    expect(driver.requests).toHaveLength(3)
    driver.profile('p1', { ...jane, email: 'new@example.com' })
    await driver.quiet()
    driver.tombstone('p1')
    await driver.quiet()
    const words = driver
      .sent()
      .slice(2)
      .map(({ fields }) => fields[statusField(vip)])
    expect(words.filter((word) => typeof word === 'string')).toStrictEqual([])
    expect(driver.zendesk.fields(jane.email)?.[statusField(newsletter)]).toBe('exited')
  })

  it('shows the statuses of now where it is no longer retired', async () => {
    driver.membership('p1', { audience: vip, status: 'exited' })
    await driver.quiet()
    driver.configure((config) => ({
      ...config,
      audiences: config.audiences.map((one) => ({ ...one, retired: false })),
    }))
    await driver.restart()
    await driver.quiet()
    expect(driver.zendesk.fields(jane.email)?.[statusField(vip)]).toBe('exited')
  })
})
