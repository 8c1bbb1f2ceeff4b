import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { type Application, createApplication } from '../../support/application.ts'
import { peopleOf } from '../../support/people.ts'

const most = '20000000'

let app: Application
beforeEach(async () => {
  app = await createApplication({ partitions: 1, topicConfig: { 'max.message.bytes': most } })
})
afterEach(async () => app.dispose())

describe('a record of 10 MB, more than the dead-letter topic takes', () => {
  it('is a dead letter in parts, byte for byte, and holds nothing up', async () => {
    const program = await app.start()
    await program.untilReady()
    const bytes = randomBytes(10_000_000)
    await app.produce(app.topics.profiles, [{ partition: 0, key: 'huge', value: bytes }])
    const people = peopleOf('behind', 2)
    await app.load(people)
    await program.until(
      'those behind it arrive',
      async () => (await app.differencesFrom(people)).length === 0,
    )
    const letters = await app.follow(app.topics.deadLetter)
    await program.until('there is a dead letter', () => letters.records().length === 2)
    const parts = letters.records()
    expect(Buffer.concat(parts.map(({ value }) => value ?? Buffer.of())).equals(bytes)).toBe(true)
    for (const { key, headers } of parts) {
      expect(key?.toString()).toBe('huge')
      expect(headers).toMatchObject({
        'zendesk-activation.error-class': 'too-large',
        'zendesk-activation.source-offset': '0',
      })
    }
    expect(parts.map(({ headers }) => headers['zendesk-activation.part'])).toEqual(['1 of 2', '2 of 2'])
  })
})
