import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Application, type ApplicationProgram, createApplication } from '../support/application.ts'
import { emailOf, personOf } from '../support/people.ts'
import { type FinishedRun, runToEnd } from '../support/program.ts'
import { recordCount } from '../support/progress-in-kafka.ts'
import { until } from '../support/until.ts'

let app: Application
let program: ApplicationProgram
let configFile: string

/** One record that is no Avro, three times the same, and a contact that Zendesk refuses. */
beforeAll(async () => {
  app = await createApplication()
  program = await app.start()
  configFile = (await app.writeConfiguration()).file
  await app.produce(app.topics.profiles, [{ key: 'bad', value: 'no Avro' }])
  await app.sell.setSwitches({ maxLengths: 'on' })
  await app.load([
    personOf('refused', { person: { name: { firstName: 'F'.repeat(300), lastName: 'Refused' } } }),
  ])
  await until('both are put aside', async () => (await recordCount(app, app.topics.deadLetter)) === 2, 60_000)
}, 120_000)
afterAll(async () => app.dispose())

async function deadLetters(words: readonly string[]): Promise<FinishedRun> {
  const [command = '', ...rest] = words
  return runToEnd(['dead-letters', command, '--config', configFile, ...rest])
}

interface Listed {
  readonly letters: number
  readonly kinds: readonly {
    readonly disposition: string
    readonly errorClass: string
    readonly letters: number
  }[]
}

describe('the dead letters', () => {
  it('are listed by reason, without content', async () => {
    const run = await deadLetters(['list'])
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(new RegExp(`^2 dead letters in ${app.topics.deadLetter}\n`))
    expect(run.stdout).toMatch(/ 1 {2}poison {4}not-framed +/)
    expect(run.stdout).not.toContain('refused@')
    const { letters, kinds } = JSON.parse(
      (await deadLetters(['list', '--json', '--reason', 'rejected'])).stdout,
    ) as Listed
    expect([letters, kinds.map(({ disposition }) => disposition)]).toStrictEqual([1, ['rejected']])
  })

  it('are shown one by one, with their content where that is asked for', async () => {
    const ends = await app.admin.fetchTopicOffsets(app.topics.deadLetter)
    const places = ends.flatMap(({ partition, offset }) =>
      Array.from({ length: Number(offset) }, (_, at) => `${partition}/${at}`),
    )
    const shown = await Promise.all(places.map(async (place) => deadLetters(['show', place, '--content'])))
    const all = shown.map(({ stdout }) => stdout).join('')
    expect(all).toMatch(/reason +poison\nclass +not-framed\n/)
    expect(all).toContain('key: "bad"')
    expect(all).toContain(`"email": "${emailOf('refused')}"`)
    const without = await deadLetters(['show', places[0] ?? ''])
    expect(without.stdout).not.toMatch(/^key: /m)
    const missing = await deadLetters(['show', '0/99999'])
    expect([missing.code, missing.stderr]).toStrictEqual([
      1,
      `there is no dead letter at 0/99999 of ${app.topics.deadLetter}\n`,
    ])
  })

  it('are sent once more where that is asked for: what can be written is, and what cannot comes back', async () => {
    const dry = await deadLetters(['redrive', '--all', '--dry-run'])
    expect([dry.code, dry.stdout]).toStrictEqual([0, '2 would be sent once more; none was\n'])
    expect(await app.sell.contacts()).toStrictEqual([])

    await app.sell.setSwitches({ maxLengths: 'off' })
    const run = await deadLetters(['redrive', '--all', '--json'])
    expect(JSON.parse(run.stdout)).toMatchObject({ sent: 2 })
    await program.until('the contact is written', async () => (await app.sell.contacts()).length === 1)
    await until('the record came back', async () => (await recordCount(app, app.topics.deadLetter)) === 3)

    await deadLetters(['redrive', '--class', 'not-framed'])
    await until('it came back again', async () => (await recordCount(app, app.topics.deadLetter)) === 4)
    const capped = await deadLetters(['redrive', '--class', 'not-framed'])
    expect(capped.stdout).toMatch(
      /^0 sent once more\nleft alone: 2 \(a newer letter.*\nleft alone: 1 \(became a dead letter 3 times/,
    )
  }, 60_000)

  it('are not sent all at once by an oversight', async () => {
    const run = await deadLetters(['redrive'])
    expect(run.code).toBe(2)
    expect(run.stderr).toMatch(/say which letters, by --reason, /)
  })

  it('are told in words to be out of reach where no broker answers', async () => {
    const { file } = await app.writeConfiguration({ kafka: { brokers: ['127.0.0.1:1'] } })
    const run = await runToEnd(['dead-letters', 'list', '--config', file])
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(
      /^kafka\.brokers: no broker answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)\. Start Kafka, [^\n]+\n$/,
    )
  })
})
