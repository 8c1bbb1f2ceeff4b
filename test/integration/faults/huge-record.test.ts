import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { randomBytes } from 'node:crypto'
import { type Application, createApplication } from '../../support/application.ts'
import { peopleOf } from '../../support/people.ts'

const most = '20000000'

let app: Application
beforeEach(async () => {
  app = await createApplication({ partitions: 1, topicConfig: { 'max.message.bytes': most } })
})
afterEach(async () => app.dispose())

async function letDeadLettersBeLarge(): Promise<void> {
  await app.admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: app.topics.deadLetter,
        configEntries: [{ name: 'max.message.bytes', value: most }],
      },
    ],
  })
}

describe('a record of 10 MB, more than the dead-letter topic takes', () => {
  it('ends the process, which says where it lies, and is a dead letter once the topic takes it', async () => {
    const first = await app.start()
    await first.untilReady()
    const bytes = randomBytes(10_000_000)
    await app.produce(app.topics.profiles, [{ partition: 0, key: 'huge', value: bytes }])
    const people = peopleOf('behind', 2)
    await app.load(people)
    expect(await first.exited).toBe(1)
    expect(first.output()).toContain(`${app.topics.profiles}[0] from offset 0`)
    expect(await app.sell.writes()).toEqual([])

    await letDeadLettersBeLarge()
    const { stateDirectory } = first
    const second = await app.start({ stateDirectory })
    await second.until('those behind it arrive', async () => (await app.differencesFrom(people)).length === 0)
    const letters = await app.follow(app.topics.deadLetter)
    await second.until('there is a dead letter', () => letters.records().length === 1)
    const [letter] = letters.records()
    expect(letter?.value?.equals(bytes)).toBe(true)
    expect(letter?.headers['zendesk-activation.error-class']).toBe('too-large')
  })
})
