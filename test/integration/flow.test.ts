import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { sandboxFile } from '../../sandbox/paths.ts'
import { type Application, createApplication } from '../support/application.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { emailOf, personOf } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { isQuiet } from '../support/progress-in-kafka.ts'

const sampleFile = sandboxFile('sample/people.ndjson')
const sample = readFileSync(sampleFile, 'utf8')

async function untilQuiet(app: Application, program: Program): Promise<void> {
  await program.untilReady()
  await program.until('nothing is left to do', async () => isQuiet(app, [program]))
}

describe('a record in Kafka', () => {
  let app: Application
  beforeAll(async () => {
    app = await createApplication()
  })
  afterAll(async () => app.dispose())

  it('becomes a contact in Zendesk, and its next version an update of what changed', async () => {
    const program = await app.start()
    await program.untilReady()
    const producedAtMs = performance.now()
    await app.load([personOf('one')])
    await program.until('there is a contact', async () => (await app.sell.contacts()).length === 1)
    reportMeasurement('from loading to the contact', { ms: performance.now() - producedAtMs })
    const [contact] = await app.sell.contacts()
    expect(contact?.email).toBe(emailOf('one'))
    expect(contact?.fields.get('last_name')).toBe('Person-one')

    const promoted = { extendedWorkDetails: { jobTitle: 'Director' } }
    await app.load([personOf('one', { ...promoted, _repo: { modifyDate: '2025-03-02T00:00:00Z' } })])
    await program.until('it is updated', async () => (await app.sell.writes()).length === 2)
    expect((await app.sell.writes()).at(-1)).toMatchObject({
      operation: 'contacts.update',
      body: { data: { title: 'Director' } },
    })
    expect(await app.sell.contacts()).toHaveLength(1)
  })
})

describe('the sample', () => {
  let app: Application
  let program: Program
  beforeAll(async () => {
    app = await createApplication({ partitions: 4 })
    await app.loadFile(sampleFile)
    program = await app.start()
  })
  afterAll(async () => app.dispose())

  const requestCounts = async (): Promise<Record<'all' | 'writes', number>> => ({
    all: (await app.sell.requests()).length,
    writes: (await app.sell.writes()).length,
  })

  it('arrives whole: Zendesk holds what an independent reading of it expects', async () => {
    await untilQuiet(app, program)
    expect(await app.differencesFrom(sample)).toEqual([])
  })

  it('writes nothing when it is loaded again', async () => {
    const before = await requestCounts()
    await app.loadFile(sampleFile)
    await untilQuiet(app, program)
    const after = await requestCounts()
    reportMeasurement('requests before and after loading again', { before: before.all, after: after.all })
    expect(before.writes).toBeGreaterThan(0)
    expect(after).toEqual(before)
  })

  it('writes nothing when the program is started again, nor when it is loaded once more then', async () => {
    const before = await requestCounts()
    expect((await program.terminate()).status).toBe(0)
    program = await app.start()
    await untilQuiet(app, program)
    const restarted = await requestCounts()
    await app.loadFile(sampleFile)
    await untilQuiet(app, program)
    const after = await requestCounts()
    reportMeasurement('writes before a restart, after it, and after loading again', {
      before: before.writes,
      restarted: restarted.writes,
      after: after.writes,
    })
    // The token and the custom fields are looked at at each start: reads.
    expect([restarted.writes, after.writes]).toEqual([before.writes, before.writes])
    expect(await app.differencesFrom(sample)).toEqual([])
  })
})
