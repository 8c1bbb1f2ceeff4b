import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { StateStore } from '../../src/runtime/state-store.ts'

/** The UTF-8 bytes of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The entries of a range, their values as text. */
export async function entriesOf(
  store: StateStore,
  gte: string,
  lt: string,
): Promise<(readonly [string, string])[]> {
  const found: (readonly [string, string])[] = []
  for await (const [key, value] of store.range({ gte, lt }))
    found.push([key, new TextDecoder().decode(value)])
  return found
}

/** Writes keys with themselves as values. */
export async function fill(store: StateStore, keys: readonly string[]): Promise<void> {
  await store.batch(keys.map((key) => ({ key, value: bytes(key) })))
}

/** The keys of a range. */
export async function keysOf(store: StateStore, gte: string, lt: string): Promise<readonly string[]> {
  return (await entriesOf(store, gte, lt)).map(([key]) => key)
}

// The last bound that there is: no key begins with it.
const END = '\u{10ffff}'

/** Keys that are told apart, ordered and encoded wrongly by what compares or encodes them in another way than UTF-8. */
const trickyKeys = [
  '',
  '\0',
  '\0\0',
  'a',
  'a\0b',
  'a\nb',
  'A',
  'contact/someone+tag@example.com',
  `contact/${'x'.repeat(5000)}@example.com`,
  '\u007f',
  '\u0080',
  '\u00e9', // one code point
  'e\u0301', // the same letter as two
  '\u05d0\u202e',
  '\ud7ff',
  '\ue000',
  '\ufeffa',
  '\ufffd',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
  '\u{1f600}a',
]

/**
 * What every adapter of the state store promises of what it holds. `open` gives an empty store; where two stores can share a place on disk,
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
    describe('keys', () => describeKeys(() => store))
    describe('ranges', () => describeRanges(() => store))

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
}

function describeKeys(current: () => StateStore): void {
  it('of every kind are kept apart', async () => {
    await fill(current(), trickyKeys)
    const found = await current().getMany(trickyKeys)
    expect(found.map((value) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(value))).toEqual(
      trickyKeys,
    )
  })

  it('come in the order of their UTF-8 bytes', async () => {
    await fill(current(), trickyKeys)
    const sorted = [...trickyKeys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(await keysOf(current(), '', END)).toEqual(sorted)
  })

  it('beyond U+FFFF are beyond it as bounds, too', async () => {
    await fill(current(), ['\ue000', '\uffff', '\u{10000}', '\u{1f600}'])
    expect(await keysOf(current(), '\uffff', '\u{1f600}')).toEqual(['\uffff', '\u{10000}'])
    expect(await keysOf(current(), '\u{10000}', '\uffff')).toEqual([])
  })
}

function describeRanges(current: () => StateStore): void {
  it('go through keys in order, from the first bound to before the second', async () => {
    await fill(current(), ['b', 'a', 'd', 'aa', 'c'])
    expect(await keysOf(current(), 'a', 'd')).toEqual(['a', 'aa', 'b', 'c'])
    expect(await keysOf(current(), 'aa', 'b')).toEqual(['aa'])
  })

  it.each([
    { name: 'equal bounds', gte: 'b', lt: 'b' },
    { name: 'bounds the wrong way round', gte: 'c', lt: 'a' },
    { name: 'bounds around nothing', gte: 'x', lt: 'z' },
  ])('of $name are empty', async ({ gte, lt }) => {
    await fill(current(), ['a', 'b', 'c'])
    expect(await keysOf(current(), gte, lt)).toEqual([])
  })

  it('of a prefix hold every key with it, in whatever script it goes on', async () => {
    const inside = [
      'contact/a@x.com',
      'contact/\u00e9@x.com',
      'contact/\u{1f600}@x.com',
      'contact/\uffff',
      'contact/',
    ]
    await fill(current(), [...inside, 'contact', 'contact0', 'contacts/a', 'ledger/a@x.com'])
    expect([...(await keysOf(current(), 'contact/', 'contact0'))].sort()).toEqual([...inside].sort())
  })

  it('show the store as of the call, whatever is written meanwhile', async () => {
    await fill(current(), ['a', 'b', 'c'])
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
    expect(await keysOf(current(), 'a', 'z')).toEqual(['b', 'd'])
  })

  it('can be left half way, and the store closed then', async () => {
    await fill(current(), ['a', 'b', 'c'])
    for await (const [key] of current().range({ gte: 'a', lt: 'z' })) if (key === 'b') break
    await current().close()
    await expect(current().get('a')).rejects.toThrow(/clos/)
  })

  it('can run side by side', async () => {
    await fill(current(), ['a', 'b', 'c'])
    const [all, some] = await Promise.all([keysOf(current(), 'a', 'z'), keysOf(current(), 'b', 'c')])
    expect({ all, some }).toEqual({ all: ['a', 'b', 'c'], some: ['b'] })
  })

  it('go through more than any adapter reads at once', async () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `k${String(index).padStart(5, '0')}`)
    await fill(current(), keys)
    expect(await keysOf(current(), 'k00001', 'k04999')).toEqual(keys.slice(1, -1))
  })
}
