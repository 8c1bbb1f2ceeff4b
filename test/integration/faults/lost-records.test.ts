import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { sumOf } from '../../../sandbox/demo/scrape.ts'
import { type Application, createApplication } from '../../support/application.ts'
import { peopleOf, personOf } from '../../support/people.ts'
import { isQuiet, recordCount } from '../../support/progress-in-kafka.ts'

let app: Application
beforeEach(async () => {
  app = await createApplication({ partitions: 1 })
})
afterEach(async () => app.dispose())

describe('records that Kafka deleted before they were read', () => {
  it('are counted and told of, and the program goes on with what is left', async () => {
    const early = peopleOf('early', 3)
    await app.load(early)
    const first = await app.start()
    await first.until('everything arrives', async () => (await app.differencesFrom(early)).length === 0)
    await first.until('nothing is left to do', async () => isQuiet(app, [first]))
    await first.terminate()

    // What retention does when nobody has read for too long.
    const lost = peopleOf('lost', 5)
    await app.load(lost)
    const end = await recordCount(app, app.topics.profiles)
    await app.admin.deleteTopicRecords({
      topic: app.topics.profiles,
      partitions: [{ partition: 0, offset: String(end) }],
    })
    const late = personOf('late')
    await app.load([late])

    const { stateDirectory } = first
    const second = await app.start({ stateDirectory })
    await second.until(
      'what is left arrives',
      async () => (await app.differencesFrom([...early, late])).length === 0,
    )
    await second.until('nothing is left to do', async () => isQuiet(app, [second]))
    const labels = { stage: 'assemble', topic: app.topics.profiles }
    expect(sumOf(await second.metrics(), 'zendesk_activation_records_lost_total', labels)).toBe(lost.length)
    expect(second.log().filter(({ level }) => level === 'error')).toMatchObject([
      { stage: 'assemble', topic: app.topics.profiles, partition: 0 },
    ])
    expect(await app.sell.writes()).toHaveLength(early.length + 1)
  })
})
