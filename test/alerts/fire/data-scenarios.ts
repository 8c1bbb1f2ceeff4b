import { sumOf } from '../../../sandbox/demo/scrape.ts'
import { createProfileEncode } from '../../support/avro-records.ts'
import { peopleOf, personOf } from '../../support/people.ts'
import { isQuiet, recordCount } from '../../support/progress-in-kafka.ts'
import type { Scenario } from './scenario.ts'

const badCount = 30
const lostCount = 5

/** What can be wrong with records and contacts. */
export const data: Scenario = {
  name: 'data',
  alerts: [
    'DeadLetters (warning)',
    'InputsUnusable (critical)',
    'ContactsRefused (critical)',
    'RecordsLost (critical)',
  ],
  async run(stage) {
    const at = await stage.install({ partitions: 1 })
    const { app } = at
    const { profiles } = app.topics
    const program = await at.start()
    await app.load(peopleOf('good', 3))
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    await stage.show(at, {
      alerts: ['DeadLetters (warning)', 'InputsUnusable (critical)'],
      cause: `${badCount} profiles are no Avro`,
      inject: async () =>
        app.produce(
          profiles,
          Array.from({ length: badCount }, (_, number) => ({ key: `bad-${number}`, value: 'no Avro' })),
        ),
    })
    const tooLong = { firstName: 'f'.repeat(300), lastName: 'l'.repeat(300) }
    await stage.show(at, {
      alerts: ['ContactsRefused (critical)'],
      cause: `Zendesk refuses the content of ${badCount} contacts (422)`,
      async inject() {
        await app.sell.setSwitches({ maxLengths: 'on' })
        await app.load(peopleOf('refused', badCount).map((line) => ({ ...line, person: { name: tooLong } })))
      },
      end: async () => app.sell.setSwitches({ maxLengths: 'off' }),
    })
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    await stage.show(at, {
      alerts: ['RecordsLost (critical)'],
      cause: `${lostCount} profiles are deleted while no process runs`,
      async inject() {
        await program.terminate()
        await app.load(peopleOf('lost', lostCount))
        const offset = String(await recordCount(app, profiles))
        await app.admin.deleteTopicRecords({ topic: profiles, partitions: [{ partition: 0, offset }] })
        await app.load([personOf('late')])
        // At another address, as a pod that was made anew, and counted before the first scrape, which is a minute away.
        const next = await app.start({ stateDirectory: program.stateDirectory })
        await next.until(
          'the loss is counted',
          async () => sumOf(await next.metrics(), 'zendesk_activation_records_lost_total') > 0,
        )
        await at.expose(next)
      },
    })
  },
}

/** A partition whose next record cannot be put aside. */
export const reading: Scenario = {
  name: 'reading',
  alerts: ['ReadingStalled (critical)'],
  async run(stage) {
    const at = await stage.install()
    const { app } = at
    const encode = await createProfileEncode(app.topics.profiles)
    await at.start()
    const good = peopleOf('behind', 3).map((person) => ({
      partition: 0,
      key: person.personKey,
      value: encode(person),
    }))
    await stage.show(at, {
      alerts: ['ReadingStalled (critical)'],
      cause: 'the dead-letter topic is gone when a record is no Avro',
      async inject() {
        await app.admin.deleteTopics({ topics: [app.topics.deadLetter] })
        await app.produce(app.topics.profiles, [{ partition: 0, key: 'bad', value: 'no Avro' }, ...good])
      },
      end: async () =>
        app.admin.createTopics({ topics: [{ topic: app.topics.deadLetter, numPartitions: 2 }] }),
    })
  },
}
