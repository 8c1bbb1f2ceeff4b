import { describe, expect, it } from '@jest/globals'
import { openPersonIndex } from '../../../src/assemble/person-index.ts'
import type { AssembleRules } from '../../../src/assemble/publish.ts'
import type { SourceRecord } from '../../../src/domain/record.ts'
import { createAssemble } from '../../../src/topology.ts'
import { createTaskWorld, person, rulesOf } from './task-world.ts'

const rules: AssembleRules = {
  ...rulesOf('name'),
  inputOf: () => ({ kind: 'profiles', personKey: null, eventTime: null, memberships: () => undefined }),
}

/** Profiles of as many persons, one each. */
function profilesOf(count: number): readonly SourceRecord[] {
  return Array.from({ length: count }, (_, offset) => ({
    topic: 'profiles',
    partition: 0,
    offset,
    timestampMs: 1,
    key: new TextEncoder().encode(`p${offset}`),
    value: new TextEncoder().encode(JSON.stringify(person(`p${offset}`).profile?.attributes)),
    headers: {},
  }))
}

/** The step over a store that counts how often it is waited for. */
async function createStep() {
  const { ports, emitted, world } = createTaskWorld()
  const reads: number[] = []
  const store: typeof ports.store = {
    ...ports.store,
    async getMany(keys) {
      reads.push(keys.length)
      return ports.store.getMany(keys)
    },
  }
  const decode: typeof ports.decode = async (bytes) =>
    Promise.resolve({ type: 'decoded', value: JSON.parse(new TextDecoder().decode(bytes)) as unknown })
  const assemble = createAssemble({ ...ports, store, decode }, rules)
  const index = await openPersonIndex(store)
  const step = async (records: readonly SourceRecord[]): Promise<void> => assemble(index, records, [])
  return { step, reads, emitted, stored: async () => (await world.store.keys('person/')).length }
}

describe('a batch of records', () => {
  it('has its persons read from the store together: live records wait for a batch of copies', async () => {
    const { step, reads, emitted, stored } = await createStep()
    const records = profilesOf(250)
    await step(records)
    expect(emitted()).toHaveLength(250)
    expect(await stored()).toBe(250)
    reads.length = 0
    await step(records)
    expect(emitted()).toEqual([])
    expect(reads).toEqual([100, 100, 50])
  })

  it('reads a person once, whom several records name', async () => {
    const { step, reads } = await createStep()
    const [record] = profilesOf(1)
    if (record === undefined) throw new Error('there is no record')
    await step(Array.from({ length: 150 }, () => record))
    expect(reads.filter((keys) => keys > 0)).toEqual([1])
  })
})
