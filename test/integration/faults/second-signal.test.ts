import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../../support/application.ts'
import { writesByEmail } from '../../support/emulator.ts'
import { peopleOf } from '../../support/people.ts'
import { isQuiet, recordCount } from '../../support/progress-in-kafka.ts'

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

describe('a second SIGTERM while the first one is obeyed', () => {
  it('ends the process at once, as a crash does, and nothing is lost', async () => {
    const people = peopleOf('hasty', 4)
    await app.load(people)
    await app.sell.addFault({ kind: 'delay', delayMs: 60_000, match: { method: 'POST' } })
    const first = await app.start()
    await first.until('a request is under way', async () => (await app.sell.writes()).length > 0)
    const ended = first.terminate()
    await first.until('it says that it stops', async () => !(await fetch(`${first.url}/ready`)).ok)
    process.kill(first.pid, 'SIGTERM')
    expect((await ended).status).toBe('SIGTERM')

    await app.sell.removeFaults()
    const { stateDirectory } = first
    const second = await app.start({ stateDirectory })
    await second.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await second.until('nothing is left to do', async () => isQuiet(app, [second]))
    expect(await app.sell.contacts()).toHaveLength(people.length)
    for (const [, count] of writesByEmail(await app.sell.writes())) expect(count).toBeLessThanOrEqual(2)
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })
})
