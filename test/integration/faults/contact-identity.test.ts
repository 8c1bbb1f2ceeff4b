import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { sumOf } from '../../../sandbox/demo/scrape.ts'
import { type Application, createApplication } from '../../support/application.ts'
import { emailOf, personOf, type PersonLine } from '../../support/people.ts'
import type { Program } from '../../support/program.ts'
import { isQuiet, recordCount } from '../../support/progress-in-kafka.ts'

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

const jane = { last_name: 'Old', email: emailOf('jane') }

/** `personOf('jane')` as of the given day of March, so that each is newer than the one before. */
function janeOn(day: number): PersonLine {
  const lastName = `Person-${day}`
  const modifyDate = `2025-03-${String(day).padStart(2, '0')}T00:00:00Z`
  return personOf('jane', { person: { name: { firstName: 'Test', lastName } }, _repo: { modifyDate } })
}

/** What people do in Sell, and what they see there. */
async function byHand(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`${app.sell.url}/_control${path}`, { method, ...sent })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`)
  return response.json()
}

async function deliver(program: Program, person: PersonLine): Promise<void> {
  await app.load([person])
  await program.until('nothing is left to do', async () => isQuiet(app, [program]))
}

async function lastNames(): Promise<readonly (readonly [number, string])[]> {
  const { contacts } = (await byHand('GET', '/contacts')) as { contacts: { id: number; last_name: string }[] }
  return contacts.map(({ id, last_name: lastName }) => [id, lastName] as const)
}

async function outcomes(program: Program, type: string): Promise<number> {
  return sumOf(await program.metrics(), 'zendesk_activation_write_outcomes_total', { type })
}

describe('several contacts with one e-mail', () => {
  it('are one contact for the program, be it that Sell refuses to say which; the others are left alone', async () => {
    await app.sell.setSwitches({ manyMatches: 'error', manyMatchesStatus: 409 })
    await byHand('POST', '/contacts', [jane, jane])
    const program = await app.start()
    await program.untilReady()
    await deliver(program, janeOn(1))
    expect(await lastNames()).toEqual([
      [1, 'Person-1'],
      [2, 'Old'],
    ])
    await deliver(program, janeOn(2))
    expect(await lastNames()).toEqual([
      [1, 'Person-2'],
      [2, 'Old'],
    ])
    // The refused upsert, the look-up, then one update for each change.
    const requests = (await app.sell.requests()).filter(({ email }) => email === jane.email)
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'PUT', 'PUT'])
    expect(await outcomes(program, 'chosen')).toBe(1)
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })

  it('are a dead letter where the configuration says so', async () => {
    await byHand('POST', '/contacts', [jane, jane])
    const program = await app.start({ changes: { zendesk: { contacts: { severalMatches: 'refuse' } } } })
    await program.untilReady()
    const letters = await app.follow(app.topics.deadLetter)
    await deliver(program, janeOn(1))
    await program.until('there is a dead letter', () => letters.records().length === 1)
    expect(letters.records()[0]?.headers).toMatchObject({
      'zendesk-activation.error-class': 'several_matches',
      'zendesk-activation.detail': 'several_matches',
    })
    expect(await app.sell.writes()).toEqual([])
  })
})

describe('a contact that somebody deleted', () => {
  it('is created again, once, at its next change; or not, where the configuration says so', async () => {
    const program = await app.start()
    await program.untilReady()
    await deliver(program, janeOn(1))
    await byHand('DELETE', '/contacts/1')
    await deliver(program, janeOn(2))
    expect(await lastNames()).toEqual([[2, 'Person-2']])
    expect(await outcomes(program, 'missing')).toBe(1)
    await program.terminate()

    const { stateDirectory } = program
    const leaving = await app.start({
      stateDirectory,
      changes: { zendesk: { contacts: { deletedContacts: 'leave' } } },
    })
    await leaving.untilReady()
    await byHand('DELETE', '/contacts/2')
    await deliver(leaving, janeOn(3))
    await deliver(leaving, janeOn(4))
    expect(await lastNames()).toEqual([])
    expect(await outcomes(leaving, 'absent')).toBe(2)
    // Somebody thinks better of it.
    await byHand('POST', '/contacts', jane)
    await deliver(leaving, janeOn(5))
    expect(await lastNames()).toEqual([[3, 'Person-5']])
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })
})
