import type { StateStore, StateStores } from '../runtime/state-store.ts'
import { createPartitionTurns } from './partition-turns.ts'
import { compareUtf8, sortUtf8 } from './utf8-order.ts'

/** A {@link StateStore} in memory: gone when it is closed, and restored from Kafka by the next. */
export function createMemoryStore(): StateStore {
  const entries = new Map<string, Uint8Array>()
  let closed = false

  function open(): Map<string, Uint8Array> {
    if (closed) throw new Error('the store is closed')
    return entries
  }

  async function* iterate(
    found: readonly (readonly [string, Uint8Array | undefined])[],
  ): AsyncGenerator<readonly [string, Uint8Array]> {
    open()
    for (const [key, value] of found) {
      await Promise.resolve()
      open()
      if (value !== undefined) yield [key, value]
    }
  }

  return {
    get: async (key) => Promise.resolve(open().get(key)),
    getMany: async (keys) => Promise.resolve(keys.map((key) => open().get(key))),
    async batch(writes) {
      const store = open()
      for (const { key, value } of writes) {
        if (value === null) store.delete(key)
        // A copy: bytes from Kafka are a view into a whole fetch response, which would live as long as they do.
        else store.set(key, new Uint8Array(value))
      }
      return Promise.resolve()
    },
    range({ gte, lt }) {
      const keys = [...entries.keys()].filter((key) => compareUtf8(key, gte) >= 0 && compareUtf8(key, lt) < 0)
      return iterate(sortUtf8(keys).map((key) => [key, entries.get(key)] as const))
    },
    async close() {
      closed = true
      entries.clear()
      return Promise.resolve()
    },
  }
}

/** {@link StateStores} in memory: nothing survives a close, so each opens empty and only those that are open are held. */
export function createMemoryStores(nowMs: () => number = Date.now): StateStores {
  const turns = createPartitionTurns()
  const open = new Set<number>()

  return {
    open: async (partition) =>
      turns.open(partition, async () => {
        const store = createMemoryStore()
        open.add(partition)
        return Promise.resolve({
          ...store,
          async close() {
            open.delete(partition)
            await store.close()
          },
        })
      }),
    wipe: async (partition) => turns.whileClosed(partition, async () => Promise.resolve()),
    held: () => new Map([...open].map((partition) => [partition, nowMs()])),
    sweep: async () => Promise.resolve([]),
  }
}
