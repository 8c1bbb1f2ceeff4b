/** Where a task keeps its state: keys in order, batches that are written whole or not at all. */
export interface StateStore {
  get(key: string): Promise<Uint8Array | undefined>
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  /** `value: null` deletes. */
  batch(writes: readonly { readonly key: string; readonly value: Uint8Array | null }[]): Promise<void>
  /** Entries with `gte <= key < lt`, in key order, as of the call. */
  range(bounds: { readonly gte: string; readonly lt: string }): AsyncIterable<readonly [string, Uint8Array]>
  close(): Promise<void>
}

/** A {@link StateStore} in memory: gone with the process, and restored from Kafka by the next. */
export function createMemoryStore(): StateStore {
  const entries = new Map<string, Uint8Array>()
  let closed = false

  function open(): Map<string, Uint8Array> {
    if (closed) throw new Error('the store is closed')
    return entries
  }

  return {
    get: async (key) => Promise.resolve(open().get(key)),
    getMany: async (keys) => Promise.resolve(keys.map((key) => open().get(key))),
    async batch(writes) {
      const store = open()
      for (const { key, value } of writes) {
        if (value === null) store.delete(key)
        else store.set(key, value)
      }
      return Promise.resolve()
    },
    async *range({ gte, lt }) {
      const keys = [...open().keys()].filter((key) => key >= gte && key < lt).sort()
      for (const key of keys) {
        const value = await Promise.resolve(open().get(key))
        if (value !== undefined) yield [key, value] as const
      }
    },
    async close() {
      closed = true
      entries.clear()
      return Promise.resolve()
    },
  }
}
