import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../../support/application.ts'
import { writesByEmail } from '../../support/emulator.ts'
import { peopleOf } from '../../support/people.ts'
import { isQuiet, recordCount } from '../../support/progress-in-kafka.ts'

/** How long after a create Sell's filters begin to see it, and how long the program leaves a contact in doubt alone. */
const indexLagMs = 1500
const holdMs = 4000

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

describe('a contact that was created while the answer got lost', () => {
  it('is not created a second time, although Sell does not find it for a while', async () => {
    await app.sell.setSwitches({ indexLagMs })
    await app.sell.addFault({ kind: 'drop-after', count: 3, match: { method: 'POST', path: '/upsert$' } })
    const people = peopleOf('lost', 5)
    await app.load(people)
    const program = await app.start({ changes: { zendesk: { ambiguousHoldMs: holdMs } } })
    await program.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    const writes = await app.sell.writes()
    const dropped = writes.filter(({ fault }) => fault === 'drop-after')
    expect(dropped).toHaveLength(3)
    expect(dropped.every(({ applied }) => applied)).toBe(true)
    expect(await app.sell.contacts()).toHaveLength(people.length)
    // Once more for each that is in doubt, and not before the doubt is over.
    expect(writes).toHaveLength(people.length + 3)
    for (const { email, monotonicMs } of dropped) {
      const again = writes.find((write) => write.email === email && write.monotonicMs > monotonicMs)
      expect((again?.monotonicMs ?? 0) - monotonicMs).toBeGreaterThanOrEqual(holdMs - 100)
    }
    for (const [, count] of writesByEmail(writes)) expect(count).toBeLessThanOrEqual(2)
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })
})
