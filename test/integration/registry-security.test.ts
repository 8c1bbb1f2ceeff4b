import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Application, createApplication, sharedStack } from '../support/application.ts'
import { createCertificates } from '../support/certificates.ts'
import { personOf } from '../support/people.ts'
import type { Program } from '../support/program.ts'
import { secureRegistry, type SecuredRegistry } from '../support/secured-registry.ts'

const user = { name: 'registry-user', password: 'canary-of-a-registry-password' }
let folder: string
let caFile: string
let registry: SecuredRegistry
let app: Application

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-registry-'))
  const certificates = createCertificates(folder, 'nobody')
  caFile = certificates.caFile
  registry = await secureRegistry(sharedStack().registryUrl, certificates.serverFile, user)
})
afterEach(async () => app.dispose())
afterAll(async () => {
  await registry.stop()
  await rm(folder, { recursive: true })
})

async function start(password: string, env: Readonly<Record<string, string>>): Promise<Program> {
  const [usernameFile, passwordFile] = [path.join(folder, 'username'), path.join(folder, 'password')]
  await writeFile(usernameFile, `${user.name}\n`)
  await writeFile(passwordFile, `${password}\n`)
  app = await createApplication()
  return app.start({ changes: { schemaRegistry: { url: registry.url, usernameFile, passwordFile } }, env })
}

const trusting = (): Readonly<Record<string, string>> => ({ NODE_EXTRA_CA_CERTS: caFile })

it('a registry over TLS with a name and a password is worked with, and the password is not told', async () => {
  const program = await start(user.password, trusting())
  await program.untilReady()
  await app.load([personOf('one')])
  await program.until('there is a contact', async () => (await app.sell.contacts()).length === 1)
  expect([registry.admitted() > 0, registry.refused()]).toEqual([true, 0])
  expect((await program.terminate()).status).toBe(0)
  expect(program.output()).not.toContain(user.password)
})

it('a wrong password is told with the files to look at, and makes the start wait', async () => {
  const program = await start(`${user.password}-2`, trusting())
  await program.until('it is told', () => program.output().includes('schemaRegistry.passwordFile'))
  expect(program.output()).toContain('HTTP 401')
  expect(program.output()).not.toContain(user.password)
  expect((await program.terminate()).status).toBe(0)
})

it('a registry whose authority is not trusted is told with the way to trust it', async () => {
  const program = await start(user.password, {})
  await program.until('it is told', () => program.output().includes('NODE_EXTRA_CA_CERTS'))
  expect((await program.terminate()).status).toBe(0)
})
