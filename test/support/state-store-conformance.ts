import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { StateStore } from '../../src/state/memory-store.ts'

type Write = Parameters<StateStore['batch']>[0][number]

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function entriesOf(store: StateStore, gte: string, lt: string): Promise<(readonly [string, string])[]> {
  const found: (readonly [string, string])[] = []
  for await (const [key, value] of store.range({ gte, lt }))
    found.push([key, new TextDecoder().decode(value)])
  return found
}

async function textOf(store: StateStore, key: string): Promise<string | undefined> {
  const value = await store.get(key)
  return value === undefined ? undefined : new TextDecoder().decode(value)
}

/**
 * What every adapter of the state store promises. `open` gives an empty store; where two stores can share a place on disk,
 * each call gives another place.
 */
export function describeStateStore(name: string, open: () => Promise<StateStore>): void {
  describe(`the state store ${name}`, () => {
    let store: StateStore

    beforeEach(async () => {
      store = await open()
    })

    afterEach(async () => {
      await store.close()
    })

    describe('reading and writing', () => describeBatches(() => store))
    describe('ranges', () => describeRanges(() => store))
    describe('closing', () => describeClosing(() => store))

    it('holds what a map holds after the same batches', async () => {
      await expectLikeMap(open)
    })

    it('is a store of its own', async () => {
      const other = await open()
      await store.batch([{ key: 'a', value: bytes('1') }])
      expect(await other.get('a')).toBeUndefined()
      await other.close()
    })
  })
}

function describeBatches(current: () => StateStore): void {
  it('gives back what was written, byte for byte', async () => {
    const value = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    await current().batch([{ key: 'a', value }])
    expect(new Uint8Array((await current().get('a')) ?? [])).toEqual(value)
  })

  it('tells an empty value from none', async () => {
    await current().batch([{ key: 'a', value: new Uint8Array() }])
    expect((await current().get('a'))?.length).toBe(0)
    expect(await current().get('b')).toBeUndefined()
  })

  it('deletes with null, and takes the deletion of what is not there', async () => {
    await current().batch([
      { key: 'a', value: bytes('1') },
      { key: 'b', value: bytes('2') },
    ])
    await current().batch([
      { key: 'a', value: null },
      { key: 'c', value: null },
    ])
    expect(await entriesOf(current(), '', 'z')).toEqual([['b', '2']])
  })

  it('lets the last write of a key in a batch win', async () => {
    await current().batch([
      { key: 'a', value: bytes('1') },
      { key: 'a', value: null },
      { key: 'a', value: bytes('3') },
      { key: 'b', value: bytes('1') },
      { key: 'b', value: null },
    ])
    expect(await entriesOf(current(), '', 'z')).toEqual([['a', '3']])
  })

  it('takes an empty batch', async () => {
    await current().batch([])
    expect(await entriesOf(current(), '', 'z')).toEqual([])
  })

  it('reads many keys in the order of the question, repeated and missing ones too', async () => {
    await current().batch([
      { key: 'a', value: bytes('1') },
      { key: 'b', value: bytes('2') },
    ])
    const found = await current().getMany(['b', 'x', 'a', 'b'])
    expect(found.map((value) => (value === undefined ? null : new TextDecoder().decode(value)))).toEqual([
      '2',
      null,
      '1',
      '2',
    ])
    expect(await current().getMany([])).toEqual([])
  })

  it('keeps bytes of its own: what the caller does with theirs later changes nothing', async () => {
    const response = bytes('0123456789')
    const view = response.subarray(2, 5)
    await current().batch([{ key: 'a', value: view }])
    response.fill(0)
    const kept = await current().get('a')
    expect(new TextDecoder().decode(kept)).toBe('234')
    expect(kept?.buffer).not.toBe(response.buffer)
  })

  it('shows a batch whole or not at all', async () => {
    const writes = (value: string): Write[] => ['a', 'b', 'c'].map((key) => ({ key, value: bytes(value) }))
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
}

function describeRanges(current: () => StateStore): void {
  async function fill(keys: readonly string[]): Promise<void> {
    await current().batch(keys.map((key) => ({ key, value: bytes(key) })))
  }

  async function keysOf(gte: string, lt: string): Promise<readonly string[]> {
    return (await entriesOf(current(), gte, lt)).map(([key]) => key)
  }

  it('go through keys in order, from the first bound to before the second', async () => {
    await fill(['b', 'a', 'd', 'aa', 'c'])
    expect(await keysOf('a', 'd')).toEqual(['a', 'aa', 'b', 'c'])
    expect(await keysOf('aa', 'b')).toEqual(['aa'])
  })

  it.each([
    { name: 'equal bounds', gte: 'b', lt: 'b' },
    { name: 'bounds the wrong way round', gte: 'c', lt: 'a' },
    { name: 'bounds around nothing', gte: 'x', lt: 'z' },
  ])('of $name are empty', async ({ gte, lt }) => {
    await fill(['a', 'b', 'c'])
    expect(await keysOf(gte, lt)).toEqual([])
  })

  it('of a prefix hold every key with it, in whatever script it goes on', async () => {
    const inside = [
      'contact/a@x.com',
      'contact/\u00e9@x.com',
      'contact/\u{1f600}@x.com',
      'contact/\uffff',
      'contact/',
    ]
    await fill([...inside, 'contact', 'contact0', 'contacts/a', 'ledger/a@x.com'])
    expect([...(await keysOf('contact/', 'contact0'))].sort()).toEqual([...inside].sort())
  })

  it('show the store as of the call, whatever is written meanwhile', async () => {
    await fill(['a', 'b', 'c'])
    const range = current().range({ gte: 'a', lt: 'z' })
    await current().batch([
      { key: 'a', value: null },
      { key: 'b', value: bytes('changed') },
    ])
    const found: string[] = []
    for await (const [key, value] of range) {
      found.push(`${key}=${new TextDecoder().decode(value)}`)
      await current().batch([
        { key: 'c', value: null },
        { key: 'd', value: bytes('new') },
      ])
    }
    expect(found).toEqual(['a=a', 'b=b', 'c=c'])
    expect(await keysOf('a', 'z')).toEqual(['b', 'd'])
  })

  it('can be left half way, and the store closed then', async () => {
    await fill(['a', 'b', 'c'])
    for await (const [key] of current().range({ gte: 'a', lt: 'z' })) if (key === 'b') break
    await current().close()
    await expect(current().get('a')).rejects.toThrow(/clos/)
  })

  it('can run side by side', async () => {
    await fill(['a', 'b', 'c'])
    const [all, some] = await Promise.all([keysOf('a', 'z'), keysOf('b', 'c')])
    expect({ all, some }).toEqual({ all: ['a', 'b', 'c'], some: ['b'] })
  })
}

function describeClosing(current: () => StateStore): void {
  it.each<{ readonly name: string; readonly use: (store: StateStore) => Promise<unknown> }>([
    { name: 'get', use: async (store) => store.get('a') },
    { name: 'getMany', use: async (store) => store.getMany(['a']) },
    { name: 'batch', use: async (store) => store.batch([{ key: 'a', value: bytes('1') }]) },
    { name: 'range', use: async (store) => entriesOf(store, 'a', 'z') },
  ])('makes $name fail', async ({ use }) => {
    await current().batch([{ key: 'a', value: bytes('1') }])
    await current().close()
    await expect(use(current())).rejects.toThrow(/clos/)
  })

  it('twice is closing', async () => {
    await current().close()
    await expect(current().close()).resolves.toBeUndefined()
  })
}

async function expectLikeMap(open: () => Promise<StateStore>): Promise<void> {
  const key = fc.constantFrom('a', 'ab', 'b', 'contact/1', 'contact/2', 'ledger/1')
  const write = fc.record({ key, value: fc.option(fc.string({ maxLength: 4 })) })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(write, { maxLength: 5 }), { maxLength: 10 }), async (batches) => {
      const store = await open()
      const map = new Map<string, string>()
      for (const batch of batches) {
        await store.batch(
          batch.map((one) => ({ key: one.key, value: one.value === null ? null : bytes(one.value) })),
        )
        for (const one of batch) {
          if (one.value === null) map.delete(one.key)
          else map.set(one.key, one.value)
        }
      }
      const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1))
      expect(await entriesOf(store, '', '~')).toEqual(sorted)
      expect(await textOf(store, 'contact/1')).toBe(map.get('contact/1'))
      await store.close()
    }),
    { numRuns: 50 },
  )
}
