import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../support/application.ts'
import { acknowledgedEmails } from '../support/ledger.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { peopleOf } from '../support/people.ts'
import { isQuiet, recordCount, stagePositions } from '../support/progress-in-kafka.ts'

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

const writeCount = async (): Promise<number> => (await app.sell.writes()).length

describe('SIGTERM in the middle of the work', () => {
  it('ends with 0 within 10 s, with everything recorded and committed, and a restart repeats nothing', async () => {
    const people = peopleOf('shutdown', 30)
    await app.load(people)
    await app.sell.addFault({ kind: 'delay', delayMs: 250, match: { method: 'POST' } })
    const first = await app.start()
    await first.until('ten writes', async () => (await writeCount()) >= 10)

    const { status, tookMs } = await first.terminate()
    const written = await writeCount()
    reportMeasurement('SIGTERM with requests under way', { ms: tookMs, written })
    expect(status).toBe(0)
    expect(tookMs).toBeLessThan(10_000)
    expect(written).toBeLessThan(people.length)
    expect((await acknowledgedEmails(app)).size).toBe(written)
    const positions = [...(await stagePositions(app, 'assemble')), ...(await stagePositions(app, 'deliver'))]
    expect(positions.filter(({ committed, end }) => committed !== end)).toEqual([])

    const second = await app.start()
    await second.untilReady()
    await second.until('nothing is left to do', async () => isQuiet(app, [second]))
    expect(await app.differencesFrom(people)).toEqual([])
    expect(await writeCount()).toBe(people.length)
  })

  it('ends with 0 within 10 s while Zendesk does not answer, with the deadlines of a default configuration', async () => {
    const changes = {
      kafka: { sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 60_000 },
      zendesk: { requestDeadlineMs: 15_000 },
    }
    const people = peopleOf('hanging', 3)
    await app.load(people)
    await app.sell.addFault({ kind: 'delay', delayMs: 60_000, match: { method: 'POST' } })
    const first = await app.start({ changes })
    await first.until('a request is under way', async () => (await writeCount()) > 0)

    const ended = first.terminate()
    await first.until('it says that it stops', async () => {
      const response = await fetch(`${first.url}/ready`)
      return response.status === 503 && (await response.text()).includes('stopping')
    })
    const { status, tookMs } = await ended
    reportMeasurement('SIGTERM while Zendesk hangs', { ms: tookMs })
    expect(status).toBe(0)
    expect(tookMs).toBeLessThan(10_000)

    await app.sell.removeFaults()
    const second = await app.start()
    await second.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })
})
