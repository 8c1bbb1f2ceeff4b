import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../../support/application.ts'
import { createProfileEncode } from '../../support/avro-records.ts'
import { emailOf, personOf } from '../../support/people.ts'
import { isQuiet, stagePositions } from '../../support/progress-in-kafka.ts'

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

const hasContact = async (name: string): Promise<boolean> =>
  (await app.sell.contacts()).some(({ email }) => email === emailOf(name))

describe('a dead-letter topic that cannot be written', () => {
  it('keeps the partition of the bad record waiting, uncommitted, and no other; all goes on by itself', async () => {
    const encode = await createProfileEncode(app.topics.profiles)
    const program = await app.start()
    await program.untilReady()
    await app.admin.deleteTopics({ topics: [app.topics.deadLetter] })
    const bad = Buffer.from('no Avro')
    const good = (name: string, partition: number) => ({
      partition,
      key: name,
      value: encode(personOf(name)),
    })
    await app.produce(app.topics.profiles, [
      { partition: 0, key: 'bad', value: bad },
      good('behind', 0),
      good('beside', 1),
    ])
    await program.until('the other partition goes on', async () => hasContact('beside'))
    await program.until('and is committed', async () => (await committed()).includes('1: 1'))
    expect(await committed()).toEqual(['0: 0', '1: 1'])
    expect(await hasContact('behind')).toBe(false)

    await app.admin.createTopics({ topics: [{ topic: app.topics.deadLetter, numPartitions: 2 }] })
    await program.until('what waited goes on', async () => hasContact('behind'))
    const letters = await app.follow(app.topics.deadLetter)
    await program.until('there is a dead letter', () => letters.records().length > 0)
    expect(letters.records().map(({ value }) => value?.equals(bad))).toEqual([true])
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    expect((await program.terminate()).status).toBe(0)
  })
})

/** How far the profiles are committed, partition by partition. */
async function committed(): Promise<readonly string[]> {
  const positions = await stagePositions(app, 'assemble')
  return positions
    .filter(({ topic }) => topic === app.topics.profiles)
    .map((position) => `${position.partition}: ${position.committed}`)
    .sort()
}
