import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Report } from '../../src/cli/verify/report.ts'
import { type Application, createApplication, type WrittenConfiguration } from '../support/application.ts'
import { emailOf, peopleOf, personOf } from '../support/people.ts'
import { type FinishedRun, runToEnd } from '../support/program.ts'
import { isQuiet, recordCount, stagePositions } from '../support/progress-in-kafka.ts'
import { until } from '../support/until.ts'

const inVip = {
  segmentMembership: { ups: { '5f0c2d1e-8a47-4c39-b6d2-00v1p3cu5t0m': { status: 'realized' } } },
}
const people = [
  ...peopleOf('plain', 5),
  personOf('edited', inVip),
  personOf('deleted', inVip),
  personOf('changing', inVip),
]

interface StoredContact {
  readonly id: number
  readonly email: string
}

let app: Application
let configuration: WrittenConfiguration
beforeAll(async () => {
  app = await createApplication()
  configuration = await app.writeConfiguration()
  await app.load(people)
  const program = await app.start({ stateDirectory: configuration.stateDirectory })
  await program.untilReady()
  await program.until('all is written', async () => isQuiet(app, [program]))
  await program.terminate()
})
afterAll(async () => app.dispose())

async function control(method: string, place: string, body?: object): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const response = await fetch(`${app.sell.url}/_control${place}`, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${place} answered ${response.status}: ${text}`)
  return text === '' ? null : JSON.parse(text)
}

async function idOf(name: string): Promise<number> {
  const { contacts } = (await control('GET', '/contacts')) as { contacts: readonly StoredContact[] }
  const contact = contacts.find(({ email }) => email === emailOf(name))
  if (contact === undefined) throw new Error(`there is no contact of ${name}`)
  return contact.id
}

/** Where the program keeps its stores, and the comparison its own. */
async function foldersOfState(): Promise<readonly string[]> {
  return (await readdir(path.join(configuration.stateDirectory, app.id))).sort()
}

async function verify(...words: readonly string[]): Promise<FinishedRun> {
  return runToEnd(['verify', '-c', configuration.file, ...words])
}

async function report(...words: readonly string[]): Promise<Report & { readonly code: number | null }> {
  const { code, stdout, stderr } = await verify('--rate', '10', '--json', ...words)
  if (stdout === '') throw new Error(`there is no report: ${stderr}`)
  return { code, ...(JSON.parse(stdout) as Report) }
}

/** As the assemble stage alone does: what comes of it is not sent. */
async function changeWithoutSending(line: object): Promise<void> {
  const program = await app.start({ stage: 'assemble' })
  await program.untilReady()
  await app.load([line])
  // Not by the number of contacts: a task that begins says the last of them once more.
  await program.until('the change is read', async () =>
    (await stagePositions(app, 'assemble')).every(({ committed, end }) => committed === end),
  )
  await program.terminate()
}

describe('verifying what Zendesk holds', () => {
  it('finds nothing where nobody touched anything, and exits with 0', async () => {
    const requestsBefore = (await app.sell.requests()).length
    const { code, contacts, audiences, differences } = await report()
    expect({ code, differences }).toEqual({ code: 0, differences: [] })
    expect(contacts).toEqual({
      total: 8,
      written: 8,
      drifted: 0,
      missing: 0,
      pending: 0,
      rejected: 0,
      without_contact: 0,
    })
    expect(audiences[0]).toMatchObject({
      field: 'aep_vip_customers',
      expected: { realized: 3, exited: 0 },
      zendesk: { realized: 3, exited: 0 },
    })
    const requests = (await app.sell.requests()).slice(requestsBefore)
    expect(requests.map(({ method, path: at }) => [method, at])).toEqual([['GET', '/v2/contacts']])
  })

  it('says beforehand how fast it asks and how long that takes', async () => {
    const { code, stdout, stderr } = await verify()
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /8 contacts with 1 request, 0\.5 per second \(what zendesk\.requestsPerSecond \(9\.5\) leaves of 10/,
    )
    expect(stdout).toMatch(/^Compared 8 contacts/)
    expect(stdout).toMatch(/^equal +8$/m)
    expect(stdout).toMatch(/^Zendesk holds what it should\.$/m)
    expect(stdout + stderr).not.toContain('@')
  })

  it('finds what people edited and deleted by hand, and takes what is not sent yet for neither', async () => {
    const [edited, deleted] = [await idOf('edited'), await idOf('deleted')]
    await control('PUT', `/contacts/${edited}`, {
      title: 'By hand',
      custom_fields: { aep_vip_customers: 'exited' },
    })
    await control('PUT', `/contacts/${await idOf('plain1')}`, { description: 'no field of the mapping' })
    await control('DELETE', `/contacts/${deleted}`)
    await changeWithoutSending(
      personOf('changing', {
        ...{ extendedWorkDetails: { jobTitle: 'Director' } },
        _repo: { modifyDate: '2025-03-02T00:00:00Z' },
      }),
    )

    const found = await report()
    expect(found).toMatchObject({
      code: 1,
      endedBy: null,
      contacts: { total: 8, written: 5, drifted: 1, missing: 1, pending: 1 },
      fields: { 'custom_fields.aep_vip_customers': 1 },
      audiences: [{ expected: { realized: 3, exited: 0 }, zendesk: { realized: 1, exited: 1 } }, {}, {}],
    })
    expect([...found.differences].sort((a, b) => a.contactId - b.contactId)).toEqual([
      { contactId: edited, type: 'drifted', fields: ['custom_fields.aep_vip_customers'] },
      { contactId: deleted, type: 'missing', fields: [] },
    ])
    const { stdout } = await verify('--rate', '10', '--show-emails')
    expect(stdout).toContain(`contact ${edited} (${emailOf('edited')}): custom_fields.aep_vip_customers`)
    expect(stdout).toContain(`contact ${deleted} (${emailOf('deleted')}): missing`)
  })

  it('compares a sample alone, where that is asked for', async () => {
    const { contacts, sample } = await report('--sample', '3')
    expect([contacts.total, sample]).toEqual([3, 3])
  })

  it('waits where Zendesk throttles, and goes on', async () => {
    await app.sell.addFault({ kind: 'rate-limit', count: 2, match: { method: 'GET' } })
    const { endedBy, contacts, requests } = await report()
    expect({ endedBy, contacts }).toMatchObject({ endedBy: null, contacts: { total: 8, drifted: 1 } })
    expect(requests).toBeGreaterThan(2)
  })

  it('ends where Zendesk refuses the token, and says so', async () => {
    await app.sell.addFault({ kind: 'respond', status: 401, body: 'json' })
    const { code, endedBy } = await report()
    await app.sell.removeFaults()
    expect(code).toBe(1)
    expect(endedBy).toMatch(/refuses the token \(HTTP 401/)
  })

  it('leaves no group, no file and no record behind', async () => {
    const before = await Promise.all(Object.values(app.topics).map(async (topic) => recordCount(app, topic)))
    await report()
    const { groups } = await app.admin.listGroups()
    expect(groups.filter(({ groupId }) => groupId.includes('.reader.'))).toEqual([])
    expect(await foldersOfState()).toEqual(['assemble', 'deliver'])
    const after = await Promise.all(Object.values(app.topics).map(async (topic) => recordCount(app, topic)))
    expect(after).toEqual(before)
  })

  it('interrupted, tells what it found so far and leaves no file behind', async () => {
    await app.sell.addFault({ kind: 'delay', delayMs: 60_000, match: { method: 'GET' } })
    const words = ['dist/main.js', 'verify', '-c', configuration.file, '--rate', '10', '--json']
    const child = spawn(process.execPath, words, { env: { ...process.env, NODE_ENV: undefined } })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk: Buffer) => (output[name] += chunk.toString()))
    const exited = once(child, 'exit')
    await until('it waits for Zendesk', () => output.stderr.includes('asking Zendesk'))
    expect((await foldersOfState()).filter((name) => name.startsWith('verify-'))).toHaveLength(1)
    child.kill('SIGINT')
    expect(await exited).toEqual([1, null])
    await app.sell.removeFaults()
    expect(JSON.parse(output.stdout)).toMatchObject({ equal: false, endedBy: 'interrupted' })
    expect(await foldersOfState()).toEqual(['assemble', 'deliver'])
  })

  it('has the program repair what differs, and nothing else', async () => {
    const asked = await report('--repair')
    expect(asked).toMatchObject({ equal: false, repair: { asked: 2, addressAlone: 0 } })
    const before = (await app.sell.writes()).length
    const program = await app.start({ stateDirectory: configuration.stateDirectory })
    await program.untilReady()
    await program.until('all is written', async () => isQuiet(app, [program]))
    const repaired = await report()
    expect(repaired).toMatchObject({ code: 0, contacts: { total: 8, written: 8 }, repair: null })
    // The change that was not sent, the edited field, and the deleted contact: its id is tried, then it is made anew.
    expect((await app.sell.writes()).length - before).toBe(4)
  })

  it('finds who is there twice, where that is asked for, also when written otherwise, and writes nothing', async () => {
    const [id] = await app.sell.addContacts([
      { last_name: 'Twice', email: emailOf('plain1').toUpperCase() },
      { last_name: 'Other', email: 'nobody@example.com' },
    ])
    const before = (await app.sell.writes()).length
    expect(await report()).toMatchObject({ code: 0, duplicates: null })
    const { code, duplicates } = await report('--duplicates')
    expect({ code, duplicates }).toEqual({
      code: 1,
      duplicates: { looked: 10, found: [{ contactId: id, of: await idOf('plain1') }], notListed: 0 },
    })
    expect((await app.sell.writes()).length).toBe(before)
  })
})
