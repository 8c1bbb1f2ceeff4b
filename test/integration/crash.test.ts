import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../support/application.ts'
import { busiestWindow, type SeenRequest, writesByEmail } from '../support/emulator.ts'
import { acknowledgedEmails } from '../support/ledger.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { peopleOf } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { isQuiet, recordCount } from '../support/progress-in-kafka.ts'

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

const appliedCount = async (): Promise<number> =>
  (await app.sell.writes()).filter(({ applied }) => applied).length

/** Every write beyond the first of each contact: here each contact has one state. */
function repetitions(writes: readonly SeenRequest[]): number {
  return writes.length - writesByEmail(writes).size
}

/** Kills the program once `count` writes took effect; returns how many contacts it had no answer for by then. */
async function killAfter(program: Program, count: number): Promise<number> {
  await program.until(`${count} writes`, async () => (await appliedCount()) >= count)
  await program.kill()
  const acknowledged = await acknowledgedEmails(app)
  const written = [...writesByEmail(await app.sell.writes()).keys()]
  return written.filter((email) => !acknowledged.has(email)).length
}

describe('a process that is killed in the middle of its work', () => {
  it('goes on where it was: every contact, none twice, and repeats only what it had no answer for', async () => {
    const people = peopleOf('crash', 40)
    await app.load(people)
    // Long enough that some requests are always under way.
    await app.sell.addFault({ kind: 'delay', delayMs: 250, match: { method: 'POST' } })

    let unrecorded = 0
    const crashes = [8, 20]
    for (const count of crashes) unrecorded += await killAfter(await app.start(), count)
    const killedAtMs = performance.now()
    const program = await app.start()
    await program.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await program.untilReady()
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))

    const writes = await app.sell.writes()
    const repeated = repetitions(writes)
    reportMeasurement('two crashes', {
      contacts: people.length,
      writes: writes.length,
      repeated,
      unrecorded,
      busiestSecond: busiestWindow(await app.sell.requests()),
      lastRestartToDoneMs: performance.now() - killedAtMs,
    })
    expect(await app.differencesFrom(people)).toEqual([])
    expect(await app.sell.contacts()).toHaveLength(people.length)
    expect(unrecorded).toBeGreaterThan(0)
    expect(repeated).toBeLessThanOrEqual(unrecorded)
    for (const [, count] of writesByEmail(writes)) expect(count).toBeLessThanOrEqual(1 + crashes.length)
    expect((await app.sell.stats()).maxInFlightPerContact).toBe(1)
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })
})
