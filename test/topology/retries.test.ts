import { beforeEach, describe, expect, it } from '@jest/globals'
import type { WriteOutcome } from '../../src/deliver/contact-writer.ts'
import type { RetryPointer } from '../../src/domain/retry.ts'
import { sharedAvro } from '../support/topology/avro.ts'
import { createTestConfig, tierField } from '../support/topology/configuration.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const unavailable: WriteOutcome = { type: 'ambiguous', reason: 'http_503' }
const unreachable: WriteOutcome = { type: 'unreachable', reason: 'econnrefused' }
const ill = 'ill@example.com'
const others = Array.from({ length: 10 }, (_, index) => `other${index}@example.com`)
const minuteMs = 60_000

let driver: TopologyDriver
beforeEach(async () => {
  driver = await createTopologyDriver()
})

function write(email: string, tier: string): void {
  driver.profile(email, { email, lastName: 'Doe', tier })
}

/** One contact fails while the others change every second and are written. */
function failIll(outcome: WriteOutcome): void {
  driver.zendesk.treatAll((email) => (email === ill ? { outcome } : {}))
}

let changes = 0
async function passWithTraffic(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    changes += 1
    write(others[changes % others.length] ?? '', `change ${changes}`)
    await driver.advance(1000)
  }
}

const pointers = () => driver.broker.records(driver.topics.retry)
const sentToIll = () => driver.requests.filter((request) => request.write.email === ill)

async function lastPointer(): Promise<RetryPointer | undefined> {
  const { codecs } = await sharedAvro(createTestConfig())
  const read = await codecs.retry.read(pointers().at(-1)?.value ?? new Uint8Array())
  return read.type === 'decoded' ? read.value : undefined
}

const exhausted = () =>
  driver.deadLetters().filter(({ headers }) => headers['zendesk-activation.disposition'] === 'exhausted')

describe('a contact that fails alone', () => {
  it('is written down from the fifth attempt on, with nothing of its content, and delays no other', async () => {
    failIll(unreachable)
    write(ill, 'gold')
    await passWithTraffic(120)
    const sent = sentToIll().length
    expect(sent).toBeGreaterThan(5)
    expect(pointers()).toHaveLength(sent - 4)
    expect(driver.counts.of('retry scheduled')).toBe(sent - 4)
    for (const { key, value } of pointers()) {
      expect(new TextDecoder().decode(key ?? new Uint8Array())).toBe(ill)
      expect(Buffer.from(value ?? []).toString('latin1')).not.toContain('gold')
    }
    expect(driver.deliver().dirtyContacts()).toBe(1)
  })

  it('is written as it is by then, once it works again', async () => {
    failIll(unreachable)
    write(ill, 'gold')
    await passWithTraffic(60)
    write(ill, 'platinum')
    driver.zendesk.treatAll({})
    await driver.quiet()
    expect(driver.zendesk.fields(ill)?.[tierField]).toBe('platinum')
    expect(driver.deadLetters()).toEqual([])
    // The row of failures is over, for whoever reads the topic from its beginning.
    expect(pointers().at(-1)?.value).toBeNull()
  })

  it.each([{ warm: true }, { warm: false }])(
    'is not tried before its time by a process that begins anew, nor from the first attempt on: $warm',
    async ({ warm }) => {
      driver = await createTopologyDriver({ warm })
      failIll(unreachable)
      write(ill, 'gold')
      await passWithTraffic(300)
      const before = sentToIll().length
      const last = await lastPointer()
      expect(last?.notBeforeMs).toBeGreaterThan(driver.nowMs() + 45_000)
      await driver.kill({ downMs: 1000 })
      await passWithTraffic(300)
      expect(sentToIll()[before]?.sentMs).toBeGreaterThanOrEqual(last?.notBeforeMs ?? Infinity)
      expect(await lastPointer()).toMatchObject({
        attempt: (last?.attempt ?? 0) + sentToIll().length - before,
        firstFailedAtMs: last?.firstFailedAtMs,
      })
    },
  )

  it('is put aside after as many attempts as configured, and its next change is written', async () => {
    driver.configure((config) => ({
      ...config,
      deliver: { retry: { ...config.deliver.retry, maxMs: 10_000, maxAttempts: 8 } },
    }))
    await driver.restart()
    failIll(unavailable)
    write(ill, 'gold')
    await passWithTraffic(600)
    expect(sentToIll()).toHaveLength(8)
    expect(exhausted().map(({ key, headers }) => [key, headers['zendesk-activation.detail']])).toEqual([
      [ill, 'failed 8 times, the last time with http_503'],
    ])
    expect(driver.deliver().dirtyContacts()).toBe(0)
    driver.zendesk.treatAll({})
    await driver.restart()
    await driver.quiet()
    expect(sentToIll()).toHaveLength(8)
    write(ill, 'platinum')
    await driver.quiet()
    expect(driver.zendesk.fields(ill)?.[tierField]).toBe('platinum')
  })

  it('that was put aside may have been written all the same, and what it was before is written again', async () => {
    driver.configure((config) => ({
      ...config,
      deliver: { retry: { ...config.deliver.retry, localAttempts: 1, maxAttempts: 1 } },
    }))
    await driver.restart()
    write(ill, 'gold')
    await driver.quiet()
    driver.zendesk.treatAll((email) =>
      email === ill ? { outcome: unavailable, applied: 'with answer' } : {},
    )
    write(ill, 'platinum')
    await passWithTraffic(60)
    expect(exhausted()).toHaveLength(1)
    driver.zendesk.treatAll({})
    write(ill, 'gold')
    await driver.quiet()
    expect(driver.zendesk.fields(ill)?.[tierField]).toBe('gold')
  })

  it('has pointers that are void once it was written, also for who reads all of them again', async () => {
    failIll(unreachable)
    write(ill, 'gold')
    await passWithTraffic(60)
    driver.zendesk.treatAll({})
    await driver.quiet()
    const sent = sentToIll().length
    // Its next change is read, and waits for its turn, when the process dies.
    driver.zendesk.treatAll({ outcome: { type: 'throttled', retryAfterMs: 10 * minuteMs } })
    write(others[0] ?? '', 'throttled')
    await driver.advance(5000)
    write(ill, 'platinum')
    await driver.advance(10_000)
    expect(sentToIll()).toHaveLength(sent)
    const written = pointers().length
    failIll(unreachable)
    await driver.kill()
    await driver.advance(5000)
    // Its attempts are counted anew.
    expect(sentToIll().length).toBeGreaterThan(sent)
    expect(pointers()).toHaveLength(written)
  })
})

describe('a Zendesk that is dead for six hours', () => {
  it.each([[unreachable], [unavailable]])('costs no contact its attempts: %j', async (outcome) => {
    driver.configure((config) => ({
      ...config,
      deliver: { retry: { ...config.deliver.retry, maxAttempts: 6 } },
    }))
    await driver.restart()
    driver.zendesk.treatAll({ outcome })
    for (const email of [ill, ...others.slice(0, 3)]) write(email, 'gold')
    await driver.advance(6 * 60 * minuteMs)
    expect(driver.requests.length).toBeGreaterThan(100)
    expect(driver.deadLetters()).toEqual([])
    expect(pointers()).toEqual([])
    driver.zendesk.treatAll({})
    await driver.quiet()
    for (const email of [ill, ...others.slice(0, 3)])
      expect(driver.zendesk.fields(email)?.[tierField]).toBe('gold')
  })
})

describe('records of others in the retry topic', () => {
  it('that are no pointers become dead letters, and hold nothing up', async () => {
    driver.raw(driver.topics.retry, ill, new Uint8Array([1, 2, 3]))
    driver.raw(driver.topics.retry, 'no e-mail', new Uint8Array([1]))
    driver.raw(driver.topics.retry, ill, null)
    write(ill, 'gold')
    await driver.quiet()
    expect(driver.zendesk.fields(ill)?.[tierField]).toBe('gold')
    expect(driver.deadLetters().map(({ headers }) => headers['zendesk-activation.disposition'])).toEqual([
      'poison',
      'poison',
    ])
  })
})
