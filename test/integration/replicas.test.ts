import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../support/application.ts'
import { busiestWindow, pacedWindowMs, type SeenRequest, writesByEmail } from '../support/emulator.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { peopleOf } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { isQuiet, recordCount } from '../support/progress-in-kafka.ts'

const partitionNumbers = [0, 1, 2, 3]

let app: Application
beforeEach(async () => {
  app = await createApplication({ partitions: partitionNumbers.length })
})
afterEach(async () => app.dispose())

/** The partitions of a stage that a program said it has, last. */
function partitionsOf(program: Program, stage: string): readonly number[] {
  const assignments = program.log().filter((line) => line['msg'] === 'assigned' && line['stage'] === stage)
  return (assignments.at(-1)?.['partitions'] ?? []) as number[]
}

/** Every partition belongs to exactly one program, both stages restored. */
async function shareAll(programs: readonly Program[], partitionsEach: number): Promise<boolean> {
  for (const stage of ['assemble', 'deliver']) {
    const shares = programs.map((program) => partitionsOf(program, stage))
    if (shares.some(({ length }) => length !== partitionsEach)) return false
    if (shares.flat().sort().join() !== partitionNumbers.join()) return false
  }
  const ready = await Promise.all(programs.map(async ({ url }) => (await fetch(`${url}/ready`)).ok))
  return ready.every((isReady) => isReady)
}

const writeCount = async (): Promise<number> => (await app.sell.writes()).length

/** The requests of a time, both ends in the monotonic time of this process, which is the emulator's too. */
const during = (requests: readonly SeenRequest[], fromMs: number, toMs: number): readonly SeenRequest[] =>
  requests.filter(({ monotonicMs }) => monotonicMs >= fromMs && monotonicMs < toMs)

describe('two processes', () => {
  it('share the partitions and the rate; one comes and one goes, and every contact is written once', async () => {
    const people = peopleOf('replica', 160)
    await app.load(people)
    const first = await app.start()
    await first.until('the first one works', async () => (await writeCount()) >= 15)

    const joinAtMs = performance.now()
    const second = await app.start()
    await second.until('both share', async () => shareAll([first, second], 2))
    const sharedAtMs = performance.now()
    // Two seconds at the shared rate, so that the second holds nothing of the hand-over.
    const sharedCount = await writeCount()
    await second.until('both work', async () => (await writeCount()) >= sharedCount + 40)

    const leaveAtMs = performance.now()
    expect((await first.terminate()).status).toBe(0)
    await second.until('the other takes over', async () => shareAll([second], 4))
    const takenOverAtMs = performance.now()
    await second.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await second.until('nothing is left to do', async () => isQuiet(app, [second]))

    const requests = await app.sell.requests()
    const phases = {
      joining: during(requests, joinAtMs, sharedAtMs + 1000),
      shared: during(requests, sharedAtMs + 1000, leaveAtMs),
      leaving: during(requests, leaveAtMs, takenOverAtMs + 1000),
      alone: during(requests, takenOverAtMs + 1000, Infinity),
    }
    const busiest = Object.entries(phases).map(([name, inPhase]) => [name, busiestWindow(inPhase)] as const)
    reportMeasurement('most requests in a second, two processes', {
      ...Object.fromEntries(busiest),
      joinMs: sharedAtMs - joinAtMs,
      leaveMs: takenOverAtMs - leaveAtMs,
      throttled: requests.filter(({ status }) => status === 429).length,
    })
    for (const steady of [phases.shared, phases.alone])
      expect(busiestWindow(steady, pacedWindowMs)).toBeLessThanOrEqual(10)
    // The questions that a process asks at its start come on top of the others' rate, so that one may be throttled.
    const admitted = (await app.sell.writes()).filter(({ rate }) => rate === 'admitted')
    const counts = writesByEmail(admitted)
    expect(counts.size).toBe(people.length)
    expect([...counts].filter(([, count]) => count > 1)).toEqual([])
    expect(await app.sell.contacts()).toHaveLength(people.length)
    expect((await app.sell.stats()).maxInFlightPerContact).toBe(1)
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })
})

describe('one stage each', () => {
  it('assemble prepares every contact and asks Zendesk for none; deliver then writes them', async () => {
    const people = peopleOf('stage', 12)
    await app.load(people)
    const assemble = await app.start({ stage: 'assemble' })
    await assemble.untilReady()
    await assemble.until(
      'every contact is prepared',
      async () => (await recordCount(app, app.topics.contacts)) >= people.length,
    )
    expect(await app.sell.requests()).toEqual([])
    expect(partitionsOf(assemble, 'deliver')).toEqual([])

    const deliver = await app.start({ stage: 'deliver' })
    await deliver.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await deliver.untilReady()
    expect(partitionsOf(deliver, 'assemble')).toEqual([])
    await deliver.until('nothing is left to do', async () => isQuiet(app, [assemble, deliver]))
    expect(await writeCount()).toBe(people.length)
    expect(
      (await Promise.all([assemble.terminate(), deliver.terminate()])).map(({ status }) => status),
    ).toEqual([0, 0])
  })
})
