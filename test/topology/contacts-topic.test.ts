import { beforeEach, describe, expect, it } from '@jest/globals'
import { tierField } from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const jane = { email: 'jane@example.com', lastName: 'Doe', tier: 'gold' }

let driver: TopologyDriver

/** The contact of the contacts topic as bytes, as anybody may write it there. */
function contactBytes(): Uint8Array {
  const value = driver.broker.records(driver.topics.contacts)[0]?.value
  if (value === undefined || value === null) throw new Error('no contact was emitted')
  return value
}

beforeEach(async () => {
  driver = await createTopologyDriver()
  driver.profile('p1', jane)
  await driver.quiet()
})

describe('the contacts topic, which others may write too', () => {
  it.each<[string, string, () => Uint8Array, string]>([
    ['is no Avro', 'jane@example.com', () => Buffer.from('no Avro'), 'not-framed'],
    ['is of another e-mail than its key', 'john@example.com', contactBytes, 'key-mismatch'],
    ['has no e-mail for a key', 'p1', contactBytes, 'no-email-key'],
  ])('gives a dead letter, byte for byte, for a record that %s', async (_claim, key, bytesOf, errorClass) => {
    const bytes = bytesOf()
    driver.raw(driver.topics.contacts, key, bytes)
    driver.profile('p1', { ...jane, tier: 'platinum' })
    await driver.quiet()
    expect(driver.deadLetters()).toMatchObject([
      { key, headers: { 'zendesk-activation.error-class': errorClass } },
    ])
    expect(Buffer.from(driver.deadLetters()[0]?.value ?? [])).toStrictEqual(Buffer.from(bytes))
    expect(driver.zendesk.fields(jane.email)?.[tierField]).toBe('platinum')
  })

  it('is delivered again without a request, record by record, where Zendesk holds it already', async () => {
    driver.raw(driver.topics.contacts, jane.email, contactBytes())
    await driver.advance(5000)
    expect(driver.requests).toHaveLength(1)
    expect(driver.counts.of('contact unchanged')).toBe(1)
  })

  it('takes a contact back with a tombstone: what was not sent is not sent, and Zendesk keeps what it has', async () => {
    driver.zendesk.treatNext({ outcome: { type: 'throttled', retryAfterMs: 10_000 } })
    driver.profile('p1', { ...jane, tier: 'platinum' })
    await driver.advance(1000)
    driver.raw(driver.topics.contacts, jane.email, null)
    // A restart emits the last batch of persons again: here it is another's.
    driver.profile('p2', { ...jane, email: 'john@example.com' })
    await driver.quiet()
    await driver.restart()
    await driver.advance(60_000)
    expect(driver.sent(jane.email)).toHaveLength(2)
    expect(driver.zendesk.fields(jane.email)?.[tierField]).toBe('gold')
  })
})
