import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../../support/application.ts'
import { busiestWindow, pacedWindowMs, writesByEmail } from '../../support/emulator.ts'
import { peopleOf } from '../../support/people.ts'
import { isQuiet, recordCount } from '../../support/progress-in-kafka.ts'
import { startTunedProgram, type TunedProgram } from '../../support/tuned-program.ts'

let app: Application
let program: TunedProgram | undefined
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => {
  await program?.dispose()
  await app.dispose()
})

/**
 * Runs in the program before anything else. Not a whole hour: brokers refuse records from further ahead
 * (message.timestamp.after.max.ms).
 */
const jump = `
  const real = Date.now
  process.on('SIGUSR2', () => {
    Date.now = () => real() + 54 * 60000
    process.stderr.write('the clock jumped\\n')
  })`

describe('a wall clock that jumps ahead by the better part of an hour', () => {
  it('changes neither the rate nor what is sent: every contact once, in its time', async () => {
    const people = peopleOf('jump', 60)
    await app.load(people)
    // Two contacts are in doubt while it jumps.
    await app.sell.addFault({ kind: 'drop-after', count: 2, after: 8, match: { method: 'POST' } })
    const preload = `--import=data:text/javascript,${encodeURIComponent(jump)}`
    const running = await startTunedProgram(await app.writeConfiguration(), [preload])
    program = running
    await running.until('twelve writes', async () => (await app.sell.writes()).length >= 12)
    process.kill(running.pid, 'SIGUSR2')
    await running.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await running.until('nothing is left to do', async () => isQuiet(app, [running]))
    expect(running.output()).toContain('the clock jumped')

    const writes = await app.sell.writes()
    expect(busiestWindow(await app.sell.requests(), pacedWindowMs)).toBeLessThanOrEqual(10)
    expect(writes).toHaveLength(people.length + 2)
    expect([...writesByEmail(writes)].filter(([, count]) => count > 1)).toHaveLength(2)
    expect(await app.sell.contacts()).toHaveLength(people.length)
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
    expect(running.output()).not.toMatch(/"level":"(error|fatal)"/)
    expect(await running.terminate()).toBe(0)
  })
})
