import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Application, createApplication } from '../support/application.ts'
import { createCertificates } from '../support/certificates.ts'
import type { Changes } from '../support/configuration.ts'
import { minimalRights, type Right } from '../support/minimal-acls.ts'
import { emailOf, personOf } from '../support/people.ts'
import { type FinishedRun, runToEnd } from '../support/program.ts'
import { type SecuredKafka, startSecuredKafka, unsecuredToken } from '../support/secured-kafka.ts'

const password = 'canary-of-a-password'
const users = {
  plain: 'plain-user',
  scram: 'scram-user',
  certificate: 'certificate-user',
  stranger: 'stranger',
  password,
}

let kafka: SecuredKafka
let app: Application
beforeAll(async () => {
  kafka = await startSecuredKafka(users)
})
afterEach(async () => app.dispose())
afterAll(async () => kafka.stop())

/** Writes a secret file and tells its name. */
function secret(name: string, content: string): string {
  const file = path.join(kafka.folder, name)
  writeFileSync(file, `${content}\n`, { mode: 0o600 })
  return file
}

const caTls = (): object => ({ enabled: true, caFile: kafka.certificates.caFile })

function withPassword(mechanism: string, user: string, given = password): Changes {
  const [usernameFile, passwordFile] = [secret('username', user), secret('password', given)]
  const sasl = { mechanism, usernameFile, passwordFile }
  return { kafka: { brokers: kafka.sasl, tls: caTls(), sasl } }
}

function withToken(token: string): Changes {
  const sasl = { mechanism: 'oauthbearer', tokenFile: secret('token', token) }
  return { kafka: { brokers: kafka.sasl, tls: caTls(), sasl } }
}

async function grant(rights: readonly Right[]): Promise<void> {
  await app.admin.createAcls({ acl: rights.map(({ entry }) => entry) })
}

async function runApp(changes: Changes): Promise<FinishedRun> {
  const { file } = await app.writeConfiguration(changes)
  return runToEnd(['run', '--config', file])
}

/** What a refused run says; it ended with code 1, without a stack trace and without the secret. */
function refusalOf({ code, stdout, stderr }: FinishedRun): string {
  expect(code).toBe(1)
  expect(stdout + stderr).not.toContain(password)
  expect(stdout + stderr).not.toMatch(/\n? {4}at |"stack"/)
  return stderr
}

describe('with the rights of docs/kafka-security.md and no others, a contact is written over', () => {
  it.each([
    {
      over: 'SASL_SSL with SCRAM-SHA-512',
      user: users.scram,
      changes: () => withPassword('scram-sha-512', users.scram),
    },
    { over: 'SASL_SSL with PLAIN', user: users.plain, changes: () => withPassword('plain', users.plain) },
    {
      over: 'SSL with a certificate of the client',
      user: users.certificate,
      changes: () => ({
        kafka: { brokers: kafka.mutualTls, tls: { ...caTls(), ...kafka.certificates.client } },
      }),
    },
    {
      over: 'SASL_SSL with OAUTHBEARER',
      user: 'token-user',
      changes: () => withToken(unsecuredToken('token-user', 3_600_000)),
    },
  ])('$over', async ({ user, changes }) => {
    app = await createApplication({ brokers: kafka.brokers })
    await grant(minimalRights(app, user))
    const program = await app.start({ changes: changes() })
    await program.untilReady()
    await app.load([personOf('one')])
    await program.until('there is a contact', async () => (await app.sell.contacts()).length === 1)
    expect((await app.sell.contacts())[0]?.email).toBe(emailOf('one'))
    expect((await program.terminate()).status).toBe(0)
    expect(program.output()).not.toContain(password)
  })

  it('SASL_SSL with a token that is replaced in its file before it ends, without a restart', async () => {
    app = await createApplication({ brokers: kafka.brokers })
    await grant(minimalRights(app, 'token-user'))
    // kafkajs asks for the next one ten seconds before a session ends.
    const lifeMs = 25_000
    const endsAtMs = Date.now() + lifeMs
    const program = await app.start({ changes: withToken(unsecuredToken('token-user', lifeMs)) })
    await program.untilReady()
    secret('token', unsecuredToken('token-user', 3_600_000))
    await program.until('the first token is over', () => Date.now() > endsAtMs + 1000)
    await app.load([personOf('two')])
    await program.until('there is a contact', async () => (await app.sell.contacts()).length === 1)
    expect((await program.terminate()).status).toBe(0)
  })
})

describe('a start is refused, with the option and the file to look at, for', () => {
  it.each([
    { what: 'a wrong password with PLAIN', mechanism: 'plain', user: users.plain },
    { what: 'a wrong password with SCRAM-SHA-512', mechanism: 'scram-sha-512', user: users.scram },
  ])('$what', async ({ mechanism, user }) => {
    app = await createApplication({ brokers: kafka.brokers })
    const told = refusalOf(await runApp(withPassword(mechanism, user, `${password}-2`)))
    expect(told).toMatch(
      /kafka\.sasl\.usernameFile \(\S+username\), kafka\.sasl\.passwordFile \(\S+password\)/,
    )
  })

  it('a token that ends within seconds', async () => {
    app = await createApplication({ brokers: kafka.brokers })
    await grant(minimalRights(app, 'token-user'))
    const run = await runApp(withToken(unsecuredToken('token-user', 6000)))
    expect(refusalOf(run)).toMatch(/kafka\.sasl\.tokenFile \(\S+token\): the token ends within seconds/)
  })

  it('a token that is over', async () => {
    app = await createApplication({ brokers: kafka.brokers })
    const token = unsecuredToken('token-user', -60_000)
    const run = await runApp(withToken(token))
    expect(refusalOf(run)).toMatch(/kafka\.sasl\.tokenFile \(\S+token\)/)
    expect(run.stdout + run.stderr).not.toContain(token)
  })

  it('an authority that did not sign the brokers certificate', async () => {
    app = await createApplication({ brokers: kafka.brokers })
    const { caFile } = createCertificates(mkdtempSync(path.join(kafka.folder, 'other-')), 'nobody')
    const trusted = withPassword('plain', users.plain)
    const changes = { kafka: { ...(trusted['kafka'] as object), tls: { enabled: true, caFile } } }
    expect(refusalOf(await runApp(changes))).toMatch(
      /kafka\.tls: no TLS connection to .*kafka\.tls\.caFile \(\S+ca\.pem\)/,
    )
  })

  it('a client without the certificate that the brokers want', async () => {
    app = await createApplication({ brokers: kafka.brokers })
    const changes = { kafka: { brokers: kafka.mutualTls, tls: caTls() } }
    expect(refusalOf(await runApp(changes))).toMatch(/kafka\.tls\.certFile/)
  })

  it('a user without any rights', async () => {
    app = await createApplication({ brokers: kafka.brokers })
    const told = refusalOf(await runApp(withPassword('plain', users.stranger)))
    expect(told).toMatch(/inputs\.profiles\.topic: there is no topic .*docs\/kafka-security\.md/)
  })
})

const rightNames = minimalRights({ id: 'any', topics: {} as Application['topics'] }, 'any').map(
  ({ name }) => name,
)

/** Lets a user of this test's own, so that no right of another test is in force, do all but one thing. */
async function grantAllBut(name: string): Promise<Changes> {
  app = await createApplication({ brokers: kafka.brokers })
  const user = `${app.id}-user`
  await grant(minimalRights(app, user).filter((right) => right.name !== name))
  return withToken(unsecuredToken(user, 3_600_000))
}

describe('each of these rights is needed:', () => {
  it.each(rightNames.filter((name) => name !== 'WRITE internal topics'))(
    'without %s the program ends and says so',
    async (name) => {
      expect(refusalOf(await runApp(await grantAllBut(name)))).toMatch(/kafka-security\.md/)
    },
  )

  it('without WRITE internal topics no contact is written, and the log says so', async () => {
    const changes = await grantAllBut('WRITE internal topics')
    const program = await app.start({ changes })
    await program.untilReady()
    await app.load([personOf('three')])
    await program.until('it is told', () => /[Nn]ot authorized to access topics/.test(program.output()))
    expect(await app.sell.writes()).toEqual([])
    await program.kill()
  })
})
