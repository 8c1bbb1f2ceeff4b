import { describe, expect, it } from '@jest/globals'
import type { StateStore } from '../../../src/runtime/state-store.ts'
import { createMemoryStore, createMemoryStores } from '../../../src/state/memory-store.ts'
import { describeStateStore } from '../../support/state-store-conformance.ts'
import { describeStoreCalls } from './store-calls.ts'
import { itIsLikeAMap } from './store-model.ts'
import { describeStateStores } from './stores-conformance.ts'

const open = async (): Promise<StateStore> => Promise.resolve(createMemoryStore())

describeStateStore('in memory', open)
describeStoreCalls('in memory', open)
describe('the state store in memory', () => {
  itIsLikeAMap(open)
})

describeStateStores('in memory', createMemoryStores)

describe('the state stores in memory', () => {
  it('hold nothing of a store that was closed', async () => {
    const stores = createMemoryStores()
    const first = await stores.open(0)
    await first.batch([{ key: 'a', value: new Uint8Array() }])
    await first.close()
    expect(stores.held().size).toBe(0)
    const second = await stores.open(0)
    expect(await second.get('a')).toBeUndefined()
    await second.close()
  })
})
