import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import avro from 'avsc'
import { type Application, createApplication, sharedStack } from '../support/application.ts'
import { createProfileEncode, framed, registerTestSchema } from '../support/avro-records.ts'
import { reportMeasurement } from '../support/measurement.ts'
import { emailOf, peopleOf, personOf } from '../support/people.ts'
import { isQuiet, recordCount, stagePositions } from '../support/progress-in-kafka.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

let app: Application
let proxy: TcpProxy
let changes: { readonly schemaRegistry: object }

beforeEach(async () => {
  app = await createApplication()
  const registry = new URL(sharedStack().registryUrl)
  proxy = await startTcpProxy(registry.hostname, Number(registry.port))
  registry.port = String(proxy.port)
  changes = { schemaRegistry: { url: registry.href, timeoutMs: 1000 } }
})

afterEach(async () => {
  await app.dispose()
  await proxy.stop()
})

describe('a registry that cannot be reached', () => {
  it('makes the program wait at its start, alive and not ready, and go on by itself', async () => {
    await proxy.cut()
    const people = peopleOf('early', 3)
    await app.load(people)
    const program = await app.start({ changes })
    const isWaiting = (): boolean => program.output().includes('waiting for the schema registry')
    await program.until('it says what it waits for', isWaiting)
    expect((await fetch(`${program.url}/live`)).status).toBe(200)
    expect((await fetch(`${program.url}/ready`)).status).toBe(503)
    await proxy.mend()
    await program.until('everything arrives', async () => (await app.differencesFrom(people)).length === 0)
    await program.untilReady()
  })

  it('does not keep a program from stopping while it waits', async () => {
    await proxy.cut()
    const program = await app.start({ changes })
    const isWaiting = (): boolean => program.output().includes('waiting for the schema registry')
    await program.until('it says what it waits for', isWaiting)
    const { status, tookMs } = await program.terminate()
    expect(status).toBe(0)
    expect(tookMs).toBeLessThan(10_000)
  })

  it('makes a partition wait whose next schema is not known yet; the others go on, and nothing is lost', async () => {
    const encode = await createProfileEncode(app.topics.profiles)
    const program = await app.start({ changes })
    await program.untilReady()
    const known = (name: string, partition: number) => ({
      partition,
      key: name,
      value: encode(personOf(name)),
    })
    await app.produce(app.topics.profiles, [known('first-0', 0), known('first-1', 1)])
    await program.until('the schema is known', async () => (await app.sell.contacts()).length === 2)

    // Registered behind the program's back, so that only the registry can tell it what the record means.
    const newSchemaId = await registerTestSchema(`${app.id}-new`, newSchema)
    await proxy.cut()
    const cutAtMs = performance.now()
    await app.produce(app.topics.profiles, [
      { partition: 0, key: 'new', value: framed(newSchemaId, newRecord) },
      known('behind', 0),
      known('beside', 1),
    ])
    await program.until('the partition waits', () => program.output().includes('partition paused'))
    await program.until('the other goes on', async () => hasContact('beside'))
    expect([await hasContact('new'), await hasContact('behind')]).toEqual([false, false])
    await program.until('the other is committed', async () => (await partitionsBehind()).length === 1)
    expect(await partitionsBehind()).toEqual([`${app.topics.profiles}/0`])

    await proxy.mend()
    const mendedAtMs = performance.now()
    await program.until('what waited arrives', async () => (await hasContact('new')) && hasContact('behind'))
    reportMeasurement('a partition that waited for the registry', {
      outageMs: mendedAtMs - cutAtMs,
      untilContactsMs: performance.now() - mendedAtMs,
    })
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
    expect(await recordCount(app, app.topics.deadLetter)).toBe(0)
  })
})

const hasContact = async (name: string): Promise<boolean> =>
  (await app.sell.contacts()).some(({ email }) => email === emailOf(name))

async function partitionsBehind(): Promise<readonly string[]> {
  const behind = (await stagePositions(app, 'assemble')).filter(({ committed, end }) => committed < end)
  return behind.map(({ topic, partition }) => `${topic}/${partition}`)
}

/** A profile as another producer might write it: the last name and one e-mail. */
const newSchema = {
  type: 'record',
  name: 'Lead',
  fields: [
    { name: 'person', type: record('Person', 'name', record('Name', 'lastName', 'string')) },
    {
      name: 'identityMap',
      type: { type: 'map', values: { type: 'array', items: record('Id', 'id', 'string') } },
    },
  ],
}

function record(name: string, field: string, type: unknown): object {
  return { type: 'record', name, fields: [{ name: field, type }] }
}

const newRecord = avro.Type.forSchema(newSchema as avro.Schema).toBuffer({
  person: { name: { lastName: 'Lead' } },
  identityMap: { Email: [{ id: emailOf('new') }] },
})
