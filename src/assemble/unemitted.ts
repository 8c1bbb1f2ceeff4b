import type { Store, StoreWrite } from './ports.ts'

const prefix = 'emit/'
const all = { gte: prefix, lt: 'emit0' } as const
const utf8 = new TextEncoder()

/**
 * The persons of the last batch of a changelog: the only ones that can be durable there and their contacts not emitted. A
 * restore marks them in the store while it goes through the changelog, so that a crash in the middle forgets none.
 */
export interface Unemitted {
  /** The writes that mark the persons with the highest revision seen so far, and no others. */
  mark(restored: readonly { readonly personKey: string; readonly revision: number }[]): readonly StoreWrite[]
  personKeys(): readonly string[]
  /** The writes that take every mark away: their contacts are emitted. */
  clear(): readonly StoreWrite[]
}

/** The marks in `store`, as they stand there. */
export async function openUnemitted(store: Store): Promise<Unemitted> {
  let revision = 0
  const marked = new Set<string>()
  for await (const [key, value] of store.range(all)) {
    marked.add(key.slice(prefix.length))
    revision = Number(new TextDecoder().decode(value))
  }

  function clear(): StoreWrite[] {
    const writes = [...marked].map((personKey) => ({ key: prefix + personKey, value: null }))
    marked.clear()
    return writes
  }

  return {
    mark(restored) {
      const highest = Math.max(revision, 1, ...restored.map((person) => person.revision))
      const writes: StoreWrite[] = highest > revision ? clear() : []
      revision = highest
      for (const person of restored) {
        if (person.revision !== highest) continue
        marked.add(person.personKey)
        writes.push({ key: prefix + person.personKey, value: utf8.encode(String(highest)) })
      }
      return writes
    },
    personKeys: () => [...marked],
    clear,
  }
}
