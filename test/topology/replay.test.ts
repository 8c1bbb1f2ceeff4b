import { beforeEach, describe, expect, it } from '@jest/globals'
import { copyContact, copyRecord, rewriteRecord } from '../../src/domain/copy.ts'
import type { Rewrite } from '../../src/domain/ledger.ts'
import type { SourceRecord } from '../../src/domain/record.ts'
import { audiences, statusField, tierField } from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const jane = 'jane@example.com'
const joe = 'joe@example.com'
const vip = statusField(audiences.vip)
let driver: TopologyDriver

beforeEach(async () => {
  driver = await createTopologyDriver({ warm: true })
})

/** Copies records of the inputs, as `replay` does. */
function replay(records: readonly SourceRecord[]): void {
  for (const record of records) driver.broker.append(copyRecord(driver.topics.assembleReplay, record))
}

/** Copies the last record of a contact. */
function replayContact(email: string, rewrite: Rewrite | null): void {
  const key = new TextEncoder().encode(email)
  const record = driver.broker
    .records(driver.topics.contacts)
    .findLast((candidate) => Buffer.compare(candidate.key ?? new Uint8Array(), key) === 0)
  if (record === undefined) throw new Error(`there is no contact of ${email}`)
  driver.broker.append(copyContact(driver.topics.deliverReplay, record, rewrite))
}

const fieldsSentSince = (count: number) =>
  driver
    .sent()
    .slice(count)
    .map(({ fields }) => fields)

describe('records of the inputs that are replayed', () => {
  it('cost no request and store nobody again, in whatever order they come', async () => {
    const records = [
      driver.profile('p1', { email: jane, lastName: 'Doe', tier: 'silver' }),
      driver.membership('p1', { audience: audiences.vip, status: 'realized' }),
      driver.profile('p1', { email: jane, lastName: 'Doe', tier: 'gold' }),
      driver.membership('p1', { audience: audiences.vip, status: 'exited' }),
    ]
    await driver.quiet()
    const [requests, persons] = [driver.requests.length, driver.broker.records(driver.topics.persons).length]
    replay(records)
    replay(records.toReversed())
    await driver.quiet()
    expect(driver.requests).toHaveLength(requests)
    expect(driver.broker.records(driver.topics.persons)).toHaveLength(persons)
    expect(driver.zendesk.fields(jane)).toMatchObject({ [tierField]: 'gold', [vip]: 'exited' })
  })

  it('bring back what was never read, at the time and in the order of then, behind what is live', async () => {
    const lost = (record: SourceRecord): SourceRecord => ({ ...record, offset: record.offset + 1000 })
    const first = driver.profile('p1', { email: jane, lastName: 'Doe', tier: 'silver' })
    await driver.quiet()
    const [older, newer] = [{ ...first, timestampMs: first.timestampMs - 60_000 }, lost(first)]
    const count = driver.requests.length
    driver.zendesk.hold(true)
    driver.profile('p2', { email: joe, lastName: 'Roe', tier: 'gold' })
    await driver.advance(100)
    replay([older, newer])
    await driver.advance(5000)
    expect(driver.deliver().dirtyContacts('entry')).toBe(0)
    driver.zendesk.hold(false)
    await driver.quiet()
    // The older one lost against the one that was read, and the newer one says the same as it.
    expect(driver.requests.slice(count).map(({ write }) => write.email)).toStrictEqual([joe])
  })

  it('wait with the backfill where they change something', async () => {
    const elsewhere = await createTopologyDriver()
    const neverRead = elsewhere.profile('p1', { email: jane, lastName: 'Doe', tier: 'gold' })
    driver.zendesk.hold(true)
    driver.profile('p2', { email: joe, lastName: 'Roe', tier: 'gold' })
    replay([neverRead])
    await driver.advance(1000)
    const waiting = (['attribute', 'backfill'] as const).map((urgency) =>
      driver.deliver().dirtyContacts(urgency),
    )
    expect(waiting).toEqual([1, 1])
    driver.zendesk.hold(false)
    await driver.quiet()
    expect(driver.zendesk.fields(jane)?.[tierField]).toBe('gold')
  })

  it('are dead letters where they do not say what they are copies of, and delay nobody', async () => {
    const record = driver.profile('p1', { email: jane, lastName: 'Doe' })
    driver.raw(driver.topics.assembleReplay, 'p1', record.value)
    driver.broker.append(copyRecord(driver.topics.assembleReplay, { ...record, topic: 'another' }))
    replay([{ ...record, value: new Uint8Array([1, 2, 3]) }])
    await driver.quiet()
    const letters = driver
      .deadLetters()
      .map(({ headers }) => [
        headers['zendesk-activation.error-class'],
        headers['zendesk-activation.source-topic'],
      ])
    expect(letters).toStrictEqual([
      ['no-copy', driver.topics.assembleReplay],
      ['no-copy', 'another'],
      ['not-framed', 'profiles'],
    ])
    expect(driver.zendesk.fields(jane)).toBeDefined()
  })
})

describe('a contact that is replayed', () => {
  beforeEach(async () => {
    driver.profile('p1', { email: jane, lastName: 'Doe', firstName: 'Jane', tier: 'gold' })
    driver.membership('p1', { audience: audiences.vip, status: 'realized' })
    await driver.quiet()
  })

  it.each<[string, Rewrite | null, object[]]>([
    ['costs nothing where it is to be compared', null, []],
    ['costs nothing where a refusal is to be forgotten that there was not', 'refused', []],
    [
      'is written whole',
      'all',
      [{ first_name: 'Jane', last_name: 'Doe', [tierField]: 'gold', [vip]: 'realized' }],
    ],
    ['is written in the fields that are named', [tierField, 'title', '__proto__'], [{ [tierField]: 'gold' }]],
  ])('%s', async (_what, rewrite, expected) => {
    const count = driver.sent().length
    replayContact(jane, rewrite)
    await driver.advance(60_000)
    expect(fieldsSentSince(count)).toStrictEqual(expected)
    await driver.restart({ compacted: true })
    await driver.quiet()
    expect(driver.sent()).toHaveLength(count + expected.length)
  })

  it('needs no copy for a wish, and no contact for one that means nobody', async () => {
    driver.zendesk.edit(jane, { [tierField]: 'by hand' })
    driver.broker.append(rewriteRecord(driver.topics.deliverReplay, jane, [tierField]))
    driver.broker.append(rewriteRecord(driver.topics.deliverReplay, joe, 'all'))
    await driver.quiet()
    expect(driver.zendesk.fields(jane)?.[tierField]).toBe('gold')
    expect(driver.zendesk.contacts()).toHaveLength(1)
  })

  it('repairs what somebody edited, and a contact that somebody deleted', async () => {
    driver.zendesk.edit(jane, { [tierField]: 'by hand' })
    replayContact(jane, [tierField])
    await driver.quiet()
    expect(driver.zendesk.fields(jane)?.[tierField]).toBe('gold')
    driver.zendesk.remove(jane)
    replayContact(jane, 'all')
    await driver.quiet()
    expect(driver.zendesk.fields(jane)).toMatchObject({
      last_name: 'Doe',
      [tierField]: 'gold',
      [vip]: 'realized',
    })
    expect(driver.zendesk.contacts()).toHaveLength(1)
  })

  it('never brings back what is out of date', async () => {
    const old = driver.broker.records(driver.topics.contacts).at(-1)
    driver.profile('p1', { email: jane, lastName: 'Doe', firstName: 'Jane', tier: 'platinum' })
    await driver.quiet()
    if (old === undefined) throw new Error('there is no contact')
    driver.broker.append(copyContact(driver.topics.deliverReplay, old, 'all'))
    driver.broker.append(copyContact(driver.topics.deliverReplay, { ...old, value: null }, 'all'))
    await driver.quiet()
    expect(driver.zendesk.fields(jane)).toMatchObject({ [tierField]: 'platinum', last_name: 'Doe' })
    expect(driver.sent().slice(-1)[0]?.fields).toMatchObject({ [tierField]: 'platinum' })
  })

  it('is written again after a refusal, once', async () => {
    driver.zendesk.treatNext({
      outcome: { type: 'rejected', status: 422, errors: [{ code: 'incorrect_value', field: '/title' }] },
    })
    driver.profile('p1', { email: jane, lastName: 'Doe', firstName: 'Jane', tier: 'bronze' })
    await driver.quiet()
    expect(driver.deadLetters()).toHaveLength(1)
    replayContact(jane, null)
    await driver.advance(5000)
    expect(driver.zendesk.fields(jane)?.[tierField]).toBe('gold')
    const count = driver.sent().length
    replayContact(jane, 'refused')
    await driver.quiet()
    expect(fieldsSentSince(count)).toStrictEqual([{ [tierField]: 'bronze' }])
  })

  it('is written again although a send of it is under way', async () => {
    driver.zendesk.hold(true)
    driver.profile('p1', { email: jane, lastName: 'Doe', firstName: 'Janet', tier: 'gold' })
    await driver.advance(1000)
    driver.zendesk.edit(jane, { [tierField]: 'by hand' })
    replayContact(jane, [tierField])
    await driver.advance(1000)
    driver.zendesk.hold(false)
    await driver.quiet()
    expect(driver.zendesk.fields(jane)).toMatchObject({ first_name: 'Janet', [tierField]: 'gold' })
  })

  it.each(['ledger', 'store', 'commit'] as const)('survives a crash at any step: %s', async (effect) => {
    for (const when of ['before', 'after'] as const) {
      driver.zendesk.edit(jane, { [tierField]: 'by hand' })
      driver.crashAt({ when, effect })
      replayContact(jane, [tierField])
      await driver.advance(5000)
      await driver.quiet()
      expect(driver.isCrashArmed()).toBe(false)
      expect(driver.zendesk.fields(jane)?.[tierField]).toBe('gold')
    }
  })
})
