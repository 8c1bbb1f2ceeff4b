import type { StateStore, StateStores } from '../../src/runtime/state-store.ts'
import { createMemoryStore } from '../../src/state/memory-store.ts'

/** Stores that outlive the processes that use them, as directories do. */
export interface SurvivingStores extends StateStores {
  /** Deletes all of them, as a lost disk does. */
  lose(): void
}

/** No stores yet. */
export function createSurvivingStores(): SurvivingStores {
  const kept = new Map<number, StateStore>()

  return {
    async open(partition) {
      const store = kept.get(partition) ?? createMemoryStore()
      kept.set(partition, store)
      return Promise.resolve({ ...store, close: async () => Promise.resolve() })
    },
    async wipe(partition) {
      kept.delete(partition)
      return Promise.resolve()
    },
    held: () => new Map([...kept.keys()].map((partition) => [partition, 0])),
    sweep: async () => Promise.resolve([]),
    lose: () => kept.clear(),
  }
}
