import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../../support/application.ts'
import { peopleOf } from '../../support/people.ts'
import type { Program } from '../../support/program.ts'
import { until } from '../../support/until.ts'
import { isQuiet } from '../../support/progress-in-kafka.ts'

/** Longer than the session timeout that `configurationText` sets. */
const frozenMs = 7000

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

/** When the deliver stage was last assigned partitions, in epoch milliseconds. */
function assignedMs(program: Program): number {
  const line = program.log().findLast(({ msg, stage }) => msg === 'assigned' && stage === 'deliver')
  return Date.parse(String(line?.['time']))
}

describe('a process that stood still for longer than its session', () => {
  it('sends nothing when it goes on, until it has partitions again, and then all that is left', async () => {
    const people = peopleOf('frozen', 60)
    await app.load(people)
    const program = await app.start()
    await program.until('ten writes', async () => (await app.sell.writes()).length >= 10)
    process.kill(program.pid, 'SIGSTOP')
    const stoppedAtMs = performance.now()
    await until('its session is over', () => performance.now() - stoppedAtMs > frozenMs)
    const wokeMs = Date.now()
    process.kill(program.pid, 'SIGCONT')
    await program.until('it has partitions again', () => assignedMs(program) >= wokeMs)
    await program.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))

    const early = (await app.sell.writes()).filter(
      ({ timeMs }) => timeMs >= wokeMs && timeMs < assignedMs(program),
    )
    expect(early).toEqual([])
    expect(await app.sell.contacts()).toHaveLength(people.length)
    expect((await app.sell.stats()).maxInFlightPerContact).toBe(1)
  })
})
