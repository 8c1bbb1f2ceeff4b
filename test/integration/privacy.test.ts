import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Application, createApplication } from '../support/application.ts'
import { createProfileEncode, framed, registerTestSchema } from '../support/avro-records.ts'
import { personOf, type PersonLine } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { isQuiet, recordCount } from '../support/progress-in-kafka.ts'
import { until } from '../support/until.ts'

const token = `canarytoken${'t'.repeat(53)}`
/** Whatever of these appears where it must not is somebody's data, in whatever spelling. */
const canaries = [
  'canaryuser',
  'canaryhost',
  'canaryfirst',
  'canarylast',
  '5550199',
  'canarykey',
  'canarytoken',
]

const text = { type: 'record', name: 'Text', fields: [{ name: 'text', type: 'string' }] }

function canaryOf(name: string, lastName = 'Canarylast'): PersonLine {
  const more = {
    personKey: `canarykey-${name}`,
    person: { name: { firstName: 'Canaryfirst', lastName } },
    identityMap: { Email: [{ id: `CanaryUser+${name}@canaryhost.example.com` }] },
    mobilePhone: { number: '+1 202 5550199' },
  }
  return personOf(name, more)
}

/** A fragment of what was found and where; empty where nothing was. */
function findCanaries(said: string): readonly string[] {
  const lowered = said.toLowerCase()
  return canaries.flatMap((canary) => {
    const at = lowered.indexOf(canary)
    return at < 0 ? [] : [`${canary}: ...${said.slice(Math.max(0, at - 80), at + 40)}...`]
  })
}

let app: Application
let program: Program
const pages: string[] = []

async function look(): Promise<void> {
  for (const path of ['/metrics', '/live', '/ready']) {
    const response = await fetch(program.url + path)
    pages.push(`${path} ${response.status}\n${await response.text()}`)
  }
}

beforeAll(async () => {
  app = await createApplication({ sell: { token }, changes: { logging: { level: 'trace' } } })
  const encode = await createProfileEncode(app.topics.profiles)
  const schemaId = await registerTestSchema(`${app.id}-text`, text)
  await app.sell.setSwitches({ maxLengths: 'on' })
  program = await app.start()
  await program.untilReady()

  // Everything that goes wrong goes wrong for a person: input, registry, Zendesk's refusal, its failures, its token.
  const good = encode(canaryOf('raw'))
  const bad = [
    Buffer.from(JSON.stringify(canaryOf('raw'))),
    good.subarray(0, good.length - 3),
    framed(schemaId, good),
    framed(1 << 30, good),
  ]
  await app.produce(
    app.topics.profiles,
    bad.map((value) => ({ key: 'canarykey-bad', value })),
  )
  await app.produce(app.topics.profiles, [{ key: null, value: good }])
  await app.produce(app.topics.contacts, [{ key: 'canaryuser@canaryhost.example.com', value: good }])
  await app.load([
    canaryOf('plain'),
    canaryOf('refused', `Canarylast${'x'.repeat(300)}`),
    { ...canaryOf('paused'), segmentMembership: { canaryhost: { canarykey: { status: 'canarylast' } } } },
  ])
  await program.until('it arrives', async () => (await app.sell.contacts()).length === 2)
  await look()

  const kinds = [{ kind: 'respond', status: 503 }, { kind: 'drop-after' }, { kind: 'rate-limit' }]
  for (const kind of kinds) await app.sell.addFault({ ...kind, count: 1, match: { method: 'POST' } })
  await app.load([canaryOf('late')])
  await program.until('it arrives', async () => (await app.sell.contacts()).length === 3)
  await program.until('nothing is left to do', async () => isQuiet(app, [program]))
  await look()

  await app.sell.replaceToken()
  await app.load([canaryOf('locked-out')])
  await program.until('it is not ready', async () => (await fetch(`${program.url}/ready`)).status === 503)
  await look()
  await program.terminate()
})

afterAll(async () => app.dispose())

describe('personal data and credentials', () => {
  it('stand in nothing that the process prints, at its most talkative level', () => {
    const lines = program.log()
    expect(lines.length).toBeGreaterThan(10)
    // Without a program that talks and a search that finds, the next line could not fail.
    expect(findCanaries(`${program.output()}CanaryUser`)).toHaveLength(1)
    expect(findCanaries(program.output())).toEqual([])
  })

  it('stand in nothing that it serves', () => {
    expect(pages).toHaveLength(9)
    expect(pages.flatMap(findCanaries)).toEqual([])
  })

  it('stand in no header of a dead letter', async () => {
    const count = await recordCount(app, app.topics.deadLetter)
    const letters = await app.follow(app.topics.deadLetter)
    await until('all dead letters are read', () => letters.records().length === count)
    const classes = letters.records().map(({ headers }) => headers['zendesk-activation.error-class'])
    expect([...new Set(classes)].sort()).toEqual([
      'corrupt',
      'incorrect_value',
      'invalid-membership',
      'not-avro-schema',
      'not-framed',
      'null-key',
      'unknown-schema',
    ])
    expect(findCanaries(JSON.stringify(letters.records().map(({ headers }) => headers)))).toEqual([])
  })
})
