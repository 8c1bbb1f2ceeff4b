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
        // A copy: bytes from Kafka are a view into a whole fetch response, which would live as long as they do.
        else store.set(key, new Uint8Array(value))
      }
      return Promise.resolve()
    },
    range({ gte, lt }) {
      const store = open()
      const keys = [...store.keys()].filter((key) => key >= gte && key < lt).sort()
      return iterate(
        keys,
        keys.map((key) => store.get(key)),
      )
    },
    async close() {
      closed = true
      entries.clear()
      return Promise.resolve()
    },
  }
}

async function* iterate(
  keys: readonly string[],
  values: readonly (Uint8Array | undefined)[],
): AsyncGenerator<readonly [string, Uint8Array]> {
  for (const [index, key] of keys.entries()) {
    const value = await Promise.resolve(values[index])
    if (value !== undefined) yield [key, value]
  }
}
