import { describe, expect, it } from '@jest/globals'
import type { StateStores } from '../../../src/runtime/state-store.ts'
import { settle } from '../../support/manual-clock.ts'
import { fill, keysOf } from '../../support/state-store-conformance.ts'

type Create = (nowMs: () => number) => StateStores

/** What every adapter promises of the stores of a stage. `create` gives stores in a place of their own, with this clock. */
export function describeStateStores(name: string, create: Create): void {
  describe(`the state stores ${name}`, () => {
    describeOpening(create)
    describeDeleting(create)
  })
}

function describeOpening(create: Create): void {
  it('hold nothing at first', () => {
    expect(create(Date.now).held().size).toBe(0)
  })

  it('open one for each partition, with content of its own', async () => {
    const stores = create(Date.now)
    const [one, other] = await Promise.all([stores.open(0), stores.open(11)])
    await fill(one, ['a'])
    expect(await keysOf(other, '', 'z')).toEqual([])
    await Promise.all([one.close(), other.close()])
  })

  it('open a store when the one before it is closed, and not earlier', async () => {
    const stores = create(Date.now)
    const order: string[] = []
    const first = await stores.open(0)
    const later = [1, 2].map(async (number) => {
      const store = await stores.open(0)
      order.push(`open ${number}`)
      await store.close()
      order.push(`closed ${number}`)
    })
    const elsewhere = await stores.open(1)
    await elsewhere.close()
    await settle()
    expect(order).toEqual([])
    order.push('closing')
    await first.close()
    await Promise.all(later)
    expect(order).toEqual(['closing', 'open 1', 'closed 1', 'open 2', 'closed 2'])
  })

  it('say of an open store that it is in use now', async () => {
    let nowMs = Date.now()
    const stores = create(() => nowMs)
    const store = await stores.open(3)
    expect([...stores.held()]).toEqual([[3, nowMs]])
    nowMs += 86_400_000
    expect([...stores.held()]).toEqual([[3, nowMs]])
    await store.close()
  })

  it('closed twice are closed once: the next one stays open', async () => {
    const stores = create(Date.now)
    const first = await stores.open(0)
    await first.close()
    const second = await stores.open(0)
    await first.close()
    await fill(second, ['a'])
    expect(await stores.sweep(0)).toEqual([])
    expect(await keysOf(second, '', 'z')).toEqual(['a'])
    await second.close()
  })
}

function describeDeleting(create: Create): void {
  it('are wiped: the next one is empty', async () => {
    const stores = create(Date.now)
    const store = await stores.open(0)
    await fill(store, ['a'])
    await store.close()
    await stores.wipe(0)
    expect(stores.held().has(0)).toBe(false)
    const next = await stores.open(0)
    expect(await keysOf(next, '', 'z')).toEqual([])
    await next.close()
  })

  it('are not wiped while they are open', async () => {
    const stores = create(Date.now)
    const store = await stores.open(0)
    await fill(store, ['a'])
    await expect(stores.wipe(0)).rejects.toThrow('the store of partition 0 is open')
    expect(await keysOf(store, '', 'z')).toEqual(['a'])
    await store.close()
  })

  it('are wiped when their closing is done, and opened when the wiping is', async () => {
    const stores = create(Date.now)
    const store = await stores.open(0)
    await fill(store, ['a'])
    const [, , next] = await Promise.all([store.close(), stores.wipe(0), stores.open(0)])
    expect(await keysOf(next, '', 'z')).toEqual([])
    await next.close()
  })

  it('can be wiped and swept where there is none', async () => {
    const stores = create(Date.now)
    await stores.wipe(5)
    expect(await stores.sweep(0)).toEqual([])
  })

  it('are not swept while they are open, or asked for', async () => {
    const stores = create(Date.now)
    const store = await stores.open(0)
    await fill(store, ['a'])
    const asked = stores.open(1)
    expect(await stores.sweep(0)).toEqual([])
    expect(await keysOf(store, '', 'z')).toEqual(['a'])
    await Promise.all([store.close(), asked.then(async (other) => other.close())])
  })
}
