import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../../support/application.ts'
import { peopleOf } from '../../support/people.ts'
import { isQuiet, recordCount, stagePositions } from '../../support/progress-in-kafka.ts'

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

/** What an operator does to the groups of both stages while no process runs. */
const interventions: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['deletes', async () => app.admin.deleteGroups([`${app.id}.assemble`, `${app.id}.deliver`])],
  [
    'sets back to the beginning',
    // The memberships have no records.
    async () =>
      Promise.all([
        app.admin.resetOffsets({ groupId: `${app.id}.assemble`, topic: app.topics.profiles, earliest: true }),
        app.admin.resetOffsets({ groupId: `${app.id}.deliver`, topic: app.topics.contacts, earliest: true }),
      ]),
  ],
]

describe('groups that an operator', () => {
  it.each(interventions)(
    '%s make the program read all again, and write nothing again',
    async (_what, intervene) => {
      const people = peopleOf('again', 6)
      await app.load(people)
      const first = await app.start()
      await first.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
      await first.until('nothing is left to do', async () => isQuiet(app, [first]))
      expect((await first.terminate()).status).toBe(0)
      const writes = (await app.sell.writes()).length

      await intervene()
      const before = await stagePositions(app, 'assemble')
      expect(before.every(({ committed }) => committed === 0)).toBe(true)
      const { stateDirectory } = first
      const second = await app.start({ stateDirectory })
      await second.untilReady()
      await second.until('all is committed again', async () => isQuiet(app, [second]))
      expect(await app.sell.writes()).toHaveLength(writes)
      expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
      expect(second.log().filter(({ level }) => level === 'error')).toEqual([])
    },
  )
})
