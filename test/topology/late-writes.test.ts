import { beforeEach, describe, expect, it } from '@jest/globals'
import type { WriteOutcome } from '../../src/deliver/contact-writer.ts'
import { tierField } from '../support/topology/configuration.ts'
import type { Treatment } from '../support/topology/zendesk-model.ts'
import { createTopologyDriver, type TopologyDriver } from '../support/topology-driver.ts'

const email = 'jane@example.com'
const throttled: WriteOutcome = { type: 'throttled', retryAfterMs: null }
const unreachable: WriteOutcome = { type: 'unreachable', reason: 'refused' }
const ambiguous: WriteOutcome = { type: 'ambiguous', reason: 'timeout' }
let driver: TopologyDriver

function writeTier(tier: string): void {
  driver.profile('p1', { email, lastName: 'Doe', tier })
}

/** The answer to `next` gets lost, and `start` is written after the hold. */
async function loseAndWriteAgain(applied: Treatment['applied'] & {}): Promise<void> {
  driver.zendesk.treatNext({ outcome: ambiguous, applied })
  writeTier('next')
  await driver.advance(100)
  writeTier('start')
  await driver.advance(35_000)
}

beforeEach(async () => {
  driver = await createTopologyDriver()
  writeTier('start')
  await driver.quiet()
  await driver.advance(1000)
})

describe('a request of which nobody knew how it ended, carried out later than the hold', () => {
  const lateMs = 45_000
  const looks = () => driver.requests.filter(({ isLook }) => isLook)

  it.each<[string, () => Promise<void>]>([
    ['', async () => Promise.resolve()],
    [' across a crash before it is carried out', async () => driver.kill({ downMs: 1000 })],
    [' across a restart before it is carried out', async () => driver.restart()],
  ])('does not survive%s: it is seen, and the contact written again', async (_when, meanwhile) => {
    await loseAndWriteAgain({ afterMs: lateMs })
    expect(driver.sent().map(({ fields }) => fields[tierField])).toStrictEqual(['start', 'next', 'start'])
    await meanwhile()
    await driver.advance(lateMs - 36_500)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('start')
    await driver.advance(2000)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('next')
    await driver.quiet()
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('start')
    expect(looks()).toHaveLength(1)
    expect(driver.sent().at(-1)?.fields).toStrictEqual({ [tierField]: 'start' })
  })

  it('is looked for once, and nothing is written for it where it was never carried out', async () => {
    driver.zendesk.treatNext({ outcome: ambiguous, applied: 'never' })
    writeTier('next')
    await driver.advance(100)
    writeTier('start')
    await driver.advance(3_600_000)
    expect(looks()).toHaveLength(1)
    expect(driver.sent()).toHaveLength(3)
  })

  it('is not looked for where it says what was written after it', async () => {
    driver.zendesk.treatNext({ outcome: ambiguous, applied: { afterMs: lateMs } })
    writeTier('next')
    await driver.advance(3_600_000)
    expect(looks()).toHaveLength(0)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('next')
  })

  it('leaves what an agent wrote meanwhile as it is', async () => {
    await loseAndWriteAgain('never')
    driver.zendesk.edit(email, { [tierField]: 'by an agent' })
    await driver.advance(3_600_000)
    expect(looks()).toHaveLength(1)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('by an agent')
  })

  it('keeps nothing newer waiting', async () => {
    await loseAndWriteAgain({ afterMs: lateMs })
    writeTier('newer')
    await driver.advance(1000)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('newer')
    await driver.advance(15_000)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('next')
    await driver.quiet()
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('newer')
  })

  it.each([
    ['answered with 503', unreachable],
    ['throttled', throttled],
  ] as const)('is looked for again where the look is %s', async (_how, outcome) => {
    await loseAndWriteAgain({ afterMs: lateMs })
    driver.zendesk.treatNext({ outcome })
    await driver.quiet()
    expect(looks()).toHaveLength(2)
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('start')
  })

  it('makes a contact anew that the look finds deleted', async () => {
    await loseAndWriteAgain('never')
    driver.zendesk.remove(email)
    await driver.quiet()
    expect(driver.zendesk.fields(email)?.[tierField]).toBe('start')
  })
})
