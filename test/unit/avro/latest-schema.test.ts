import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createSchemaRegistry } from '../../../src/avro/registry.ts'
import { RegistryUnavailable } from '../../../src/avro/registry-transport.ts'
import { startRegistryFake } from './registry-fake.ts'
import type { RegistryFake } from './registry-fake.ts'

let fake: RegistryFake
beforeEach(async () => (fake = await startRegistryFake()))
afterEach(async () => fake.close())

function createReader(url = fake.url) {
  return createSchemaRegistry({ url, timeoutMs: 10_000, negativeCacheMs: 0 })
}

const contact = (...names: readonly string[]): object => ({
  type: 'record',
  name: 'Contact',
  fields: names.map((name) => ({ name, type: 'string' })),
})

describe('the newest version of a subject', () => {
  it('is told with its number and fields, and nothing is registered', async () => {
    fake.add('contacts-value', contact('email'))
    fake.add('contacts-value', contact('email', 'city'))
    const latest = await createReader().latest('contacts-value')
    if (latest.type !== 'schema') throw new Error(latest.type)
    const [shape] = latest.shapes
    expect(latest.version).toBe(2)
    expect(shape?.type === 'record' && [...shape.fields().keys()]).toEqual(['email', 'city'])
    expect(fake.requests.every((request) => request.startsWith('GET '))).toBe(true)
  })

  it('is told to be none where the subject is not there', async () => {
    expect(await createReader().latest('contacts-value')).toEqual({ type: 'unregistered' })
  })

  it('is told to be of no use where it is no Avro schema', async () => {
    const id = fake.add('contacts-value', contact('email'))
    fake.put(id, { schema: '{}', schemaType: 'JSON' })
    expect(await createReader().latest('contacts-value')).toEqual({
      type: 'unusable',
      version: 1,
      detail: expect.stringContaining('is of type JSON, not AVRO'),
    })
  })

  it('is unknown where no registry answers', async () => {
    await expect(createReader('http://127.0.0.1:1').latest('contacts-value')).rejects.toThrow(
      RegistryUnavailable,
    )
  })
})
