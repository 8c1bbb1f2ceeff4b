import { beforeEach, describe, expect, it } from '@jest/globals'
import { statusField, audiences, tierField } from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const { vip } = audiences
const email = 'jane@example.com'
const existing = 'existing@example.com'
const ends: readonly (readonly [string, () => Promise<void>])[] = [
  ['a restart', async () => driver.restart()],
  ['a restart over compacted topics', async () => driver.restart({ compacted: true })],
  ['a crash', async () => driver.kill()],
]

let driver: TopologyDriver

function writeTier(tier: string): void {
  driver.profile('p1', { email, lastName: 'Doe', tier })
}

const types = (): readonly string[] => driver.sent(email).map(({ type }) => type)

beforeEach(async () => {
  driver = await createTopologyDriver()
})

describe('a contact of which Zendesk says by and by which one it is', () => {
  let contactId: number

  beforeEach(async () => {
    driver.profile('p0', { email: existing, lastName: 'Existing' })
    await driver.quiet()
    contactId = driver.zendesk.contacts()[0]?.id ?? 0
  })

  it.each(['found', 'chosen'] as const)(
    'is asked for once more each time, at its turn, and written whole by its id once it is %s',
    async (type) => {
      driver.zendesk.treatNext({ outcome: { type: 'undecided' } }, { outcome: { type, contactId } })
      writeTier('gold')
      await driver.quiet()
      expect(types()).toStrictEqual(['upsert', 'upsert', 'update'])
      expect(driver.requests.at(-1)?.write).toMatchObject({
        contactId,
        fields: { last_name: 'Doe', [tierField]: 'gold' },
      })
      const gapsMs = driver.requests
        .slice(1)
        .map(({ sentMs }, index) => sentMs - (driver.requests[index]?.sentMs ?? 0))
      expect(Math.min(...gapsMs)).toBeGreaterThanOrEqual(80)
      writeTier('silver')
      await driver.quiet()
      expect(driver.requests.at(-1)?.write).toMatchObject({ fields: { [tierField]: 'silver' } })
      expect(driver.deadLetters()).toStrictEqual([])
    },
  )

  it.each(ends)(
    'is known from then on, also after %s before anything was written to it',
    async (_end, end) => {
      driver.zendesk.treatNext({ outcome: { type: 'chosen', contactId } })
      driver.zendesk.treatAll({ outcome: { type: 'unreachable', reason: 'refused' } })
      writeTier('gold')
      await driver.advance(500)
      expect(types()[0]).toBe('upsert')
      await end()
      driver.zendesk.treatAll({})
      await driver.quiet()
      expect(new Set(types().slice(1))).toEqual(new Set(['update']))
      expect(driver.zendesk.contacts()).toHaveLength(1)
    },
  )

  it('is what it should be by then, whatever was asked for', async () => {
    driver.zendesk.treatNext(
      { outcome: { type: 'undecided' }, latencyMs: 400 },
      { outcome: { type: 'found', contactId }, latencyMs: 400 },
    )
    writeTier('gold')
    await driver.advance(300)
    writeTier('silver')
    await driver.quiet()
    expect(driver.zendesk.fields(existing)?.[tierField]).toBe('silver')
    expect(types()).toStrictEqual(['upsert', 'upsert', 'update'])
  })

  it('that others leave before it is known is left alone, too', async () => {
    driver.zendesk.treatNext({ outcome: { type: 'undecided' }, latencyMs: 400 })
    writeTier('gold')
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.advance(300)
    driver.tombstone('p1')
    await driver.quiet()
    expect(driver.zendesk.fields(email)).toBeUndefined()
    expect(driver.deadLetters()).toStrictEqual([])
  })
})

describe('a contact that is to stay deleted', () => {
  beforeEach(async () => {
    writeTier('start')
    await driver.quiet()
    driver.zendesk.remove(email)
    driver.zendesk.treatAll({ outcome: { type: 'absent' } })
    driver.zendesk.treatNext({})
    writeTier('next')
    await driver.quiet()
  })

  it('costs one request to see that it is gone and one to see that nobody else has its e-mail', () => {
    expect(types()).toStrictEqual(['upsert', 'update', 'upsert'])
    expect(driver.requests.at(-1)?.write).toMatchObject({ deleted: true })
    expect(driver.deadLetters()).toStrictEqual([])
    expect(driver.deliver().dirtyContacts()).toBe(0)
  })

  it.each(ends)('costs none after %s', async (_end, end) => {
    await end()
    await driver.advance(60_000)
    expect(types()).toHaveLength(3)
  })

  it.each(ends)('is known to have been deleted at its next change, after %s', async (_end, end) => {
    await end()
    writeTier('after next')
    await driver.quiet()
    expect(types()).toHaveLength(4)
    expect(driver.requests.at(-1)?.write).toMatchObject({ type: 'upsert', deleted: true })
  })

  it('needs nothing when its person leaves', async () => {
    driver.membership('p1', { audience: vip, status: 'realized' })
    await driver.quiet()
    expect(driver.requests.at(-1)?.write.fields).toHaveProperty([statusField(vip)])
    const before = driver.requests.length
    driver.tombstone('p1')
    await driver.quiet()
    expect(driver.requests).toHaveLength(before)
  })
})

describe('a contact that the configuration refuses to write', () => {
  it('is a dead letter that names the reason and no status of Zendesk', async () => {
    const errors = [{ code: 'several_matches', field: null }]
    driver.zendesk.treatNext({ outcome: { type: 'rejected', status: 0, errors } })
    writeTier('gold')
    await driver.quiet()
    expect(driver.deadLetters()).toMatchObject([
      {
        headers: {
          'zendesk-activation.error-class': 'several_matches',
          'zendesk-activation.detail': 'several_matches',
        },
      },
    ])
  })
})
