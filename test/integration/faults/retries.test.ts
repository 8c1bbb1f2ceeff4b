import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../../support/application.ts'
import { emailOf, peopleOf, personOf } from '../../support/people.ts'
import { isQuiet } from '../../support/progress-in-kafka.ts'

const ill = 'ill'
const changes = { deliver: { retry: { initialMs: 100, maxMs: 1000, localAttempts: 2, maxAttempts: 6 } } }

let app: Application
beforeEach(async () => {
  app = await createApplication()
})
afterEach(async () => app.dispose())

describe('a contact that Zendesk fails while it takes all others', () => {
  it('is counted over a kill -9, put aside after its last attempt, and written once it changes', async () => {
    await app.sell.addFault({ kind: 'respond', status: 503, match: { email: emailOf(ill) } })
    let others = 0
    /** Somebody else is written before each look: what fails alone is no trouble of Zendesk as a whole. */
    async function withOthers(isSo: () => boolean): Promise<boolean> {
      others += 1
      await app.load(peopleOf(`other-${others}`, 1))
      return isSo()
    }

    let program = await app.start({ changes })
    await program.untilReady()
    const pointers = await app.follow(app.topics.retry)
    const letters = await app.follow(app.topics.deadLetter)
    await app.load([personOf(ill)])
    await program.until('a retry is written down', async () =>
      withOthers(() => pointers.records().length >= 2),
    )
    await program.kill()

    program = await app.start({ changes })
    await program.until('it is put aside', async () => withOthers(() => letters.records().length > 0))
    const [letter] = letters.records()
    expect(letter?.key?.toString()).toBe(emailOf(ill))
    expect(letter?.headers).toMatchObject({
      'zendesk-activation.disposition': 'exhausted',
      'zendesk-activation.error-class': 'http_503',
      'zendesk-activation.detail': 'failed 6 times, the last time with http_503',
    })
    for (const { key } of pointers.records()) expect(key?.toString()).toBe(emailOf(ill))
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    const attempts = (await app.sell.writes()).filter(({ email }) => email === emailOf(ill)).length
    // Six, and one more if the process was killed between an attempt and its record.
    expect(attempts).toBeGreaterThanOrEqual(6)
    expect(attempts).toBeLessThanOrEqual(7)

    await app.sell.removeFaults()
    const newer = personOf(ill, {
      person: { name: { firstName: 'Better', lastName: 'Now' } },
      _repo: { modifyDate: '2025-03-02T00:00:00Z' },
    })
    await app.load([newer])
    await program.until('it is written', async () =>
      (await app.sell.contacts()).some(({ email }) => email === emailOf(ill)),
    )
    expect(letters.records()).toHaveLength(1)
  })
})
