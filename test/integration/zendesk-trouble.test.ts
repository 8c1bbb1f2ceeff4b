import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { sumOf } from '../../sandbox/demo/scrape.ts'
import { type Application, createApplication } from '../support/application.ts'
import { busiestWindow, pacedWindowMs } from '../support/emulator.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { emailOf, peopleOf, personOf } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { isQuiet, recordCount } from '../support/progress-in-kafka.ts'

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

async function untilQuiet(program: Program): Promise<void> {
  await program.until('nothing is left to do', async () => isQuiet(app, [program]))
}

async function readyStatus({ url }: Program): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}/ready`)
  return { status: response.status, body: await response.text() }
}

describe('a contact that Zendesk refuses', () => {
  it('is a dead letter with all codes, is not sent again, and goes through once it changes', async () => {
    await app.sell.setSwitches({ maxLengths: 'on' })
    const tooLong = { firstName: 'f'.repeat(300), lastName: 'l'.repeat(300) }
    const refused = personOf('refused', { person: { name: tooLong } })
    const program = await app.start()
    await program.untilReady()
    await app.load([refused, personOf('other')])
    await untilQuiet(program)

    const letters = await app.follow(app.topics.deadLetter)
    await program.until('there is a dead letter', () => letters.records().length > 0)
    expect(letters.records()).toHaveLength(1)
    const [letter] = letters.records()
    expect(letter?.key?.toString()).toBe(emailOf('refused'))
    expect(letter?.headers).toMatchObject({
      'zendesk-activation.disposition': 'rejected',
      'zendesk-activation.stage': 'deliver',
      'zendesk-activation.error-class': 'incorrect_value',
      '__connect.errors.stage': 'TASK_PUT',
    })
    const detail = letter?.headers['zendesk-activation.detail']
    expect(detail).toMatch(/^HTTP 422: .*first_name incorrect_value.*last_name incorrect_value/)
    expect((await app.sell.contacts()).map(({ email }) => email)).toEqual([emailOf('other')])

    const writes = (await app.sell.writes()).length
    await app.load([refused])
    await untilQuiet(program)
    expect(await app.sell.writes()).toHaveLength(writes)
    expect(letters.records()).toHaveLength(1)

    const newer = personOf('refused', { _repo: { modifyDate: '2025-03-02T00:00:00Z' } })
    await app.load([newer])
    await untilQuiet(program)
    expect(await app.differencesFrom([newer, personOf('other')])).toEqual([])
    expect(letters.records()).toHaveLength(1)
  })
})

describe('a token that Zendesk refuses', () => {
  it.each(['after a while', 'from the start'])(
    'holds everything back and loses nothing, until the file has another: refused %s',
    async (when) => {
      let token = app.sell.token
      if (when === 'from the start') token = await app.sell.replaceToken()
      const program = await app.start()
      if (when === 'after a while') {
        await program.untilReady()
        await app.load([personOf('early')])
        await untilQuiet(program)
        token = await app.sell.replaceToken()
      }
      const people = peopleOf('late', 5)
      await app.load(people)
      await program.until('it is not ready', async () => {
        const { status, body } = await readyStatus(program)
        return status === 503 && body.includes('Zendesk refuses the token')
      })
      await program.until(
        'the inputs are read',
        async () => sumOf(await program.metrics(), 'zendesk_activation_dirty_contacts') === people.length,
      )
      expect(sumOf(await program.metrics(), 'zendesk_activation_authorised')).toBe(0)

      await writeFile(app.tokenFile, token)
      const replacedAtMs = performance.now()
      const earlier = when === 'after a while' ? [personOf('early')] : []
      await program.until(
        'everything arrives',
        async () => (await app.differencesFrom([...earlier, ...people])).length === 0,
      )
      reportMeasurement(`from a new token to the last contact, refused ${when}`, {
        ms: performance.now() - replacedAtMs,
      })
      await untilQuiet(program)
      expect((await readyStatus(program)).status).toBe(200)
      expect(sumOf(await program.metrics(), 'zendesk_activation_authorised')).toBe(1)
      expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
    },
  )
})

describe('a Zendesk that throttles, fails and drops connections', () => {
  it('gets everything, each contact once at a time, at most ten requests in any second', async () => {
    const faults = [
      { kind: 'rate-limit', after: 3, count: 3 },
      { kind: 'respond', status: 503, body: 'html', after: 8, count: 4 },
      { kind: 'drop-after', after: 14, count: 2 },
      { kind: 'drop-before', after: 18, count: 2 },
      { kind: 'respond', status: 500, body: 'empty', apply: true, after: 22, count: 1 },
    ]
    for (const fault of faults) await app.sell.addFault({ ...fault, match: { method: 'POST' } })
    const people = peopleOf('storm', 25)
    await app.load(people)
    const program = await app.start()
    await program.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await program.untilReady()
    await untilQuiet(program)
    const [stats, requests, writes] = [
      await app.sell.stats(),
      await app.sell.requests(),
      await app.sell.writes(),
    ]
    reportMeasurement('requests to a Zendesk in trouble', {
      writes: writes.length,
      faults: writes.filter(({ fault }) => fault !== null).length,
      busiestSecond: stats.maxReceivedPerSecond,
    })
    expect(new Set(writes.flatMap(({ fault }) => fault ?? []))).toEqual(
      new Set(['rate-limit', 'respond', 'drop-after', 'drop-before']),
    )
    expect(busiestWindow(requests, pacedWindowMs)).toBeLessThanOrEqual(10)
    expect(stats.maxInFlightPerContact).toBe(1)
    expect(await app.sell.contacts()).toHaveLength(people.length)
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })
})
