import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { sumOf } from '../../../sandbox/demo/scrape.ts'
import { type Application, createApplication } from '../../support/application.ts'
import { createProfileEncode } from '../../support/avro-records.ts'
import { reportMeasurement } from '../../support/measurement.ts'
import { personOf } from '../../support/people.ts'
import { stagePositions } from '../../support/progress-in-kafka.ts'
import { startTunedProgram, type TunedProgram } from '../../support/tuned-program.ts'

/** Together more than the heap that the program may use. */
const heapMb = 80
const peopleCount = 1400
const nameLength = 60_000

let app: Application
let program: TunedProgram | undefined
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => {
  await program?.dispose()
  await app.dispose()
})

/** Profiles that are as long as one can be; what they hold is not compressible by being equal. */
async function loadLongProfiles(): Promise<void> {
  const encode = await createProfileEncode(app.topics.profiles)
  for (let from = 0; from < peopleCount; from += 100) {
    const messages = Array.from({ length: 100 }, (_, index) => {
      const name = `long${from + index}`
      const firstName = name.repeat(Math.ceil(nameLength / name.length)).slice(0, nameLength)
      const person = { name: { firstName, lastName: 'Doe' } }
      return { key: name, value: encode(personOf(name, { person, personKey: name })) }
    })
    await app.produce(app.topics.profiles, messages)
  }
}

describe('a process with little memory, a full input and a Zendesk that is dead', () => {
  it('takes everything in and lives on', async () => {
    await loadLongProfiles()
    await app.sell.addFault({ kind: 'drop-before' })
    const running = await startTunedProgram(await app.writeConfiguration(), [
      `--max-old-space-size=${heapMb}`,
    ])
    program = running
    await running.until(
      'all is read',
      async () => sumOf(await running.metrics(), 'zendesk_activation_dirty_contacts') === peopleCount,
    )
    await running.until('all is committed', async () =>
      (await stagePositions(app, 'assemble')).every(({ committed, end }) => committed === end),
    )
    const metrics = await running.metrics()
    reportMeasurement('little memory', {
      inputMb: (peopleCount * nameLength) / 1e6,
      heapMb,
      residentMb: sumOf(metrics, 'process_resident_memory_bytes') / 1e6,
    })
    expect(await app.sell.contacts()).toEqual([])
    expect(await running.terminate()).toBe(0)
  })
})
