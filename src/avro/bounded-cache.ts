/** Up to `maxEntries` values by key; a further one displaces the one unused for longest. */
export interface BoundedCache<K, V> {
  get(key: K): V | undefined
  set(key: K, value: V): void
  delete(key: K): void
}

/** An empty cache. */
export function createBoundedCache<K, V>(maxEntries: number): BoundedCache<K, V> {
  // A Map iterates in the order of insertion: re-inserting what is used keeps the unused ones first.
  const entries = new Map<K, V>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size <= maxEntries) return
      for (const oldest of entries.keys()) {
        entries.delete(oldest)
        return
      }
    },
    delete: (key) => void entries.delete(key),
  }
}
