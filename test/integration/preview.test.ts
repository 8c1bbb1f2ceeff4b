import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Preview } from '../../src/cli/preview/result.ts'
import { type Application, createApplication, type WrittenConfiguration } from '../support/application.ts'
import { emailOf, personOf } from '../support/people.ts'
import { type FinishedRun, runToEnd } from '../support/program.ts'
import { isQuiet, recordCount } from '../support/progress-in-kafka.ts'
import { until } from '../support/until.ts'

const inVip = {
  segmentMembership: { ups: { '5f0c2d1e-8a47-4c39-b6d2-00v1p3cu5t0m': { status: 'realized' } } },
}
const promoted = {
  extendedWorkDetails: { jobTitle: 'Director' },
  _repo: { modifyDate: '2025-03-02T00:00:00Z' },
}

let app: Application
let configuration: WrittenConfiguration
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-preview-'))
  app = await createApplication({ partitions: 3 })
  configuration = await app.writeConfiguration()
  await app.load([personOf('known', inVip), personOf('other')])
  const program = await app.start()
  await program.untilReady()
  await program.until('all is written', async () => isQuiet(app, [program]))
  await program.terminate()
})
afterAll(async () => {
  await app.dispose()
  await rm(folder, { recursive: true, force: true })
})

async function preview(...words: readonly string[]): Promise<FinishedRun> {
  return runToEnd(['preview', '-c', configuration.file, ...words])
}

async function shown(...words: readonly string[]): Promise<Preview> {
  const { code, stdout, stderr } = await preview('--json', ...words)
  if (code !== 0) throw new Error(`preview ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as Preview
}

function fieldOf({ fields }: Preview, name: string) {
  return fields.find(({ target }) => target === name)
}

async function fileOf(value: unknown): Promise<string> {
  const file = path.join(folder, 'record.json')
  await writeFile(file, JSON.stringify(value))
  return file
}

/** Where the last record of the profiles lies, once it is there. */
async function lastProfile(): Promise<readonly string[]> {
  const before = await app.admin.fetchTopicOffsets(app.topics.profiles)
  await app.load([personOf('known', promoted)])
  let grown: (typeof before)[number] | undefined
  await until('the record is there', async () => {
    const now = await app.admin.fetchTopicOffsets(app.topics.profiles)
    grown = now.find(
      ({ partition, high }) => before.find((one) => one.partition === partition)?.high !== high,
    )
    return grown !== undefined
  })
  if (grown === undefined) throw new Error('there is no new record')
  return ['--partition', String(grown.partition), '--offset', String(Number(grown.high) - 1)]
}

describe('a preview', () => {
  it('of a record that is not processed yet folds it on top of the person, and says what would be sent', async () => {
    const place = await lastProfile()
    const result = await shown('--topic', app.topics.profiles, ...place)
    expect(result).toMatchObject({ record: 'profile', person: { key: 'crm-known' } })
    expect(result.person?.person.memberships).toHaveLength(1)
    expect(result.contacts).toEqual([
      {
        email: emailOf('known'),
        state: 'active',
        contactId: expect.any(Number),
        send: expect.stringMatching(/^update the fields title of contact \d+$/),
      },
    ])
    expect(fieldOf(result, 'title')).toMatchObject({
      value: 'Director',
      from: 'extendedWorkDetails.jobTitle',
    })
    expect(fieldOf(result, 'custom_fields.aep_vip_customers')).toMatchObject({ value: 'realized' })
    expect(fieldOf(result, 'mobile')).toEqual({
      target: 'mobile',
      from: 'mobilePhone.number',
      why: 'kept: source missing',
    })
  })

  it('of a stored person and of an e-mail shows what lies in Kafka', async () => {
    const person = await shown('--person', 'crm-known')
    expect(person.contacts[0]?.send).toBe('nothing: unchanged')
    const contact = await shown('--email', ` ${emailOf('known').toUpperCase()}`)
    expect(contact.contacts[0]).toMatchObject({ email: emailOf('known'), send: 'nothing: unchanged' })
    expect(contact.ledger).toMatchObject({ contactId: contact.contacts[0]?.contactId })
    expect(fieldOf(contact, 'last_name')).toMatchObject({ value: 'Person-known', why: 'written' })
  })

  it('of a file is of a new person, or of a stored one with the file on top', async () => {
    const profile = { ...personOf('known'), ...promoted }
    const file = await fileOf(profile)
    const fresh = await shown('--file', file, '--kind', 'profile', '--key', 'new')
    expect(fresh.person).toMatchObject({ key: 'new', person: { memberships: [] } })
    const stored = await shown('--file', file, '--kind', 'profile', '--person', 'crm-known')
    expect(stored.person?.person.memberships).toHaveLength(1)
    expect(stored.contacts[0]?.send).toMatch(/^update the fields title of contact/)
    const exited = { segmentMembership: { ups: { x: { status: 'gone' } } } }
    const bad = await shown('--file', await fileOf(exited), '--kind', 'memberships', '--key', 'new')
    expect(bad.record).toMatch(/the rest goes to the dead-letter topic: invalid-membership/)
  })

  it('of somebody who has no e-mail says that there is no contact, and why', async () => {
    const file = await fileOf({ person: { name: { lastName: 'Doe' } } })
    const { code, stdout } = await preview('--file', file, '--kind', 'profile', '--key', 'new')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^contact\n {2}none: excluded, no_email$/m)
    expect(stdout).toMatch(/^ {2}target +value +from +why$/m)
  })

  it.each([
    [1, ['--person', 'nobody'], /there is no such person/],
    [1, ['--email', 'nobody@example.com'], /there is no contact of this e-mail/],
    [2, ['--email', 'nobody'], /is no e-mail address/],
    [2, ['--topic', 'elsewhere', '--partition', '0', '--offset', '0'], /elsewhere is no input: name one of/],
    [2, ['--file', '/nowhere.json', '--kind', 'profile', '--key', 'k'], /cannot be read/],
    [2, [], /say what to preview/],
  ])('exits with %d for %j', async (code, words, says) => {
    const run = await preview(...words)
    expect({ code: run.code, stdout: run.stdout }).toEqual({ code, stdout: '' })
    expect(run.stderr).toMatch(says)
  })

  it('exits with 1 for a record that is not there', async () => {
    const run = await preview('--topic', app.topics.profiles, '--partition', '0', '--offset', '999')
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/partition 0 of .* holds the offsets from 0 to before \d+/)
  })

  it('writes nothing anywhere, and asks Zendesk nothing', async () => {
    const state = async () => ({
      records: await Promise.all(Object.values(app.topics).map(async (topic) => recordCount(app, topic))),
      requests: (await app.sell.requests()).length,
      groups: (await app.admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(app.id))
        .length,
    })
    const before = await state()
    await shown('--person', 'crm-known')
    await shown('--email', emailOf('other'))
    expect(await state()).toEqual(before)
  })
})
