import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { type Application, createApplication } from '../../support/application.ts'
import { emailOf, personOf } from '../../support/people.ts'
import { recordCount } from '../../support/progress-in-kafka.ts'

/** What a topic takes in one batch where nobody says otherwise. */
const usual = '1048588'

let app: Application
beforeEach(async () => {
  app = await createApplication({ partitions: 1, topicConfig: { 'max.message.bytes': '20000000' } })
})
afterEach(async () => app.dispose())

describe('a batch of records that make more than a topic takes at once', () => {
  it('is taken in, in parts', async () => {
    const first = await app.start()
    await first.untilReady()
    await first.terminate()
    await app.admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: app.topics.persons,
          // Takes the place of all settings that the topic has.
          configEntries: [
            { name: 'cleanup.policy', value: 'compact' },
            { name: 'max.message.bytes', value: usual },
          ],
        },
      ],
    })
    // 400 people of 8 KB: 3 MB of persons from one fetch. Without an address nothing is to be sent for them.
    const firstName = 'x'.repeat(8000)
    const people = Array.from({ length: 400 }, (_, index) =>
      personOf(`large-${index}`, {
        person: { name: { firstName, lastName: 'Doe' } },
        identityMap: { Email: [] },
      }),
    )
    await app.load([...people, personOf('behind')])
    const { stateDirectory } = first
    const second = await app.start({
      stateDirectory,
      changes: { kafka: { maxBytesPerPartition: 8_388_608 } },
    })
    await second.until(
      'all persons are stored',
      async () => (await recordCount(app, app.topics.persons)) >= 401,
    )
    await second.until('the one behind them arrives', async () => (await app.sell.contacts()).length > 0)
    expect((await app.sell.contacts()).map(({ email }) => email)).toEqual([emailOf('behind')])
  })
})
