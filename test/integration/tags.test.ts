import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { mapping } from '../../sandbox/demo/setup.ts'
import { type Application, createApplication } from '../support/application.ts'
import { emailOf, personOf } from '../support/people.ts'
import { runToEnd } from '../support/program.ts'
import { isQuiet } from '../support/progress-in-kafka.ts'

// The whole of it, on the strict emulator; every case is in test/topology/tags.test.ts.

const changes = { mapping: [...mapping, { source: 'loyalty.loyaltyID[*]', target: 'tags' }] }
let app: Application

beforeAll(async () => {
  app = await createApplication({ changes })
  await app.sell.addContacts([{ last_name: 'One', email: emailOf('one'), tags: ['by an agent'] }])
})
afterAll(async () => app.dispose())

async function loadTags(tags: readonly string[], day: number): Promise<void> {
  const modifyDate = `2025-03-0${day}T00:00:00Z`
  await app.load([{ ...personOf('one', { _repo: { modifyDate } }), loyalty: { loyaltyID: tags } }])
}

async function tags(): Promise<readonly string[]> {
  const response = await fetch(`${app.sell.url}/_control/contacts`)
  const { contacts } = (await response.json()) as { contacts: { email: string; tags: readonly string[] }[] }
  return contacts.find(({ email }) => email === emailOf('one'))?.tags ?? []
}

it('tags of the profile stand beside those of agents in Zendesk, also after a restart, and verify finds no fault', async () => {
  let program = await app.start()
  const quiet = async (): Promise<void> => {
    await program.untilReady()
    await program.until('nothing is left to do', async () => isQuiet(app, [program]))
  }
  await loadTags(['golf', 'opera'], 1)
  await program.until('the tags are there', async () => (await tags()).length === 3)
  expect(await tags()).toEqual(['by an agent', 'golf', 'opera'])
  expect((await app.sell.requests()).filter(({ path }) => /contacts\/\d+$/.test(path))).toHaveLength(1)

  await quiet()
  await program.terminate()
  await app.sell.edit(emailOf('one'), { tags: ['golf', 'opera', 'by another'] })
  program = await app.start({ stateDirectory: program.stateDirectory })
  await loadTags(['opera', 'tennis'], 2)
  await program.until('the tags changed', async () => (await tags()).includes('tennis'))
  await quiet()
  expect(await tags()).toEqual(['by another', 'opera', 'tennis'])

  const { file } = await app.writeConfiguration()
  const { code, stdout } = await runToEnd(['verify', '--config', file])
  expect(stdout).toContain('Zendesk holds what it should.')
  expect(code).toBe(0)
})
