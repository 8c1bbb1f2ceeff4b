import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { StateStore, StoreWrite } from '../../../src/runtime/state-store.ts'
import { settle } from '../../support/manual-clock.ts'
import { bytes, entriesOf, fill, keysOf } from '../../support/state-store-conformance.ts'

/** What every adapter of the state store promises of calls that meet each other or the end of the store. */
export function describeStoreCalls(name: string, open: () => Promise<StateStore>): void {
  describe(`calls of the state store ${name}`, () => {
    let store: StateStore

    beforeEach(async () => {
      store = await open()
    })

    afterEach(async () => {
      await store.close()
    })

    describe('at the same time', () => describeConcurrency(() => store))
    describe('and closing', () => describeClosing(() => store))
  })
}

function describeConcurrency(current: () => StateStore): void {
  it('show a batch whole or not at all', async () => {
    const writes = (value: string): StoreWrite[] =>
      ['a', 'b', 'c'].map((key) => ({ key, value: bytes(value) }))
    await current().batch(writes('0'))
    const reads: Promise<readonly (Uint8Array | undefined)[]>[] = []
    for (let batch = 1; batch <= 20; batch += 1) {
      const written = current().batch(writes(String(batch)))
      reads.push(current().getMany(['a', 'b', 'c']))
      await written
    }
    for (const values of await Promise.all(reads)) {
      expect(new Set(values.map((value) => new TextDecoder().decode(value))).size).toBe(1)
    }
  })

  it('write in the order in which they were made', async () => {
    const last = 100
    const batches = Array.from({ length: last + 1 }, async (_, index) =>
      current().batch([
        { key: 'shared', value: bytes(String(index)) },
        { key: `own${index}`, value: bytes(String(index)) },
      ]),
    )
    await Promise.all(batches)
    expect(await entriesOf(current(), 'shared', 't')).toEqual([['shared', String(last)]])
    expect(await keysOf(current(), 'own', 'p')).toHaveLength(last + 1)
  })

  it('write what they were given, not what becomes of it while they wait', async () => {
    const value = bytes('0')
    const writes: StoreWrite[] = [{ key: 'b', value }]
    const both = [current().batch([{ key: 'a', value: bytes('1') }]), current().batch(writes)]
    value.fill(0)
    writes.length = 0
    await Promise.all(both)
    expect(await entriesOf(current(), '', 'z')).toEqual([
      ['a', '1'],
      ['b', '0'],
    ])
  })

  it('of every kind go on side by side', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`)
    await fill(current(), keys)
    const results = await Promise.all(
      keys.map(async (key) => {
        const [value, many, range] = await Promise.all([
          current().get(key),
          current().getMany([key, 'missing']),
          keysOf(current(), 'k', 'l'),
          current().batch([{ key, value: bytes(key) }]),
        ])
        return (
          [value, many[0]].every((found) => new TextDecoder().decode(found) === key) && range.length === 50
        )
      }),
    )
    expect(results).toEqual(keys.map(() => true))
  })
}

function describeClosing(current: () => StateStore): void {
  const uses: readonly { readonly name: string; readonly use: (store: StateStore) => Promise<unknown> }[] = [
    { name: 'get', use: async (store) => store.get('a') },
    { name: 'getMany', use: async (store) => store.getMany(['a']) },
    { name: 'batch', use: async (store) => store.batch([{ key: 'a', value: bytes('1') }]) },
    { name: 'range', use: async (store) => entriesOf(store, 'a', 'z') },
  ]

  it.each(uses)('makes $name fail', async ({ use }) => {
    await current().batch([{ key: 'a', value: bytes('1') }])
    await current().close()
    await expect(use(current())).rejects.toThrow('the store is closed')
  })

  it.each(uses)('makes $name fail from the call on', async ({ use }) => {
    const closed = current().close()
    await expect(use(current())).rejects.toThrow('the store is closed')
    await closed
  })

  it('waits for the calls that are under way', async () => {
    await fill(current(), ['a'])
    let answered = 0
    const calls = [
      current().get('a'),
      current().getMany(['a', 'b']),
      ...Array.from({ length: 20 }, async () => current().batch([{ key: 'a', value: bytes('2') }])),
    ].map(async (call) => call.then(() => (answered += 1)))
    await current().close()
    await settle()
    expect(answered).toBe(calls.length)
  })

  it('ends a range that is under way, and does not wait for its reader', async () => {
    await fill(current(), ['a', 'b'])
    const reader = current().range({ gte: '', lt: 'z' })[Symbol.asyncIterator]()
    expect((await reader.next()).done).toBe(false)
    const unread = current().range({ gte: '', lt: 'z' })[Symbol.asyncIterator]()
    await current().close()
    await expect(reader.next()).rejects.toThrow('the store is closed')
    await expect(unread.next()).rejects.toThrow('the store is closed')
  })

  it('twice is closing', async () => {
    await Promise.all([current().close(), current().close()])
    await expect(current().close()).resolves.toBeUndefined()
  })
}
