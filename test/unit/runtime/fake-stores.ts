import type { StateStore, StateStores } from '../../../src/runtime/state-store.ts'
import { createPartitionTurns } from '../../../src/state/partition-turns.ts'
import { createSurvivingStores } from '../../support/surviving-stores.ts'

/** What goes wrong with the stores from now on. */
export interface StoreFaults {
  /** While set, an open waits for it before it looks. */
  openHeldBy: Promise<void> | null
  /** While set, opens fail with it. */
  open: Error | null
  /** While set, batches fail with it and write nothing. */
  batch: Error | null
  /** While set, closing fails with it. */
  close: Error | null
  sweep: Error | null
}

/** Stores that outlive tasks, one for a partition at a time, as directories with a lock are. */
export interface FakeStores extends StateStores {
  /** Everything that was asked, once it is done: `open 0`, `close 0`, `wipe 0`, `sweep 5000`. */
  readonly calls: string[]
  readonly faults: StoreFaults
  /** The store of a partition, open or not, for a look. */
  peek(partition: number): Promise<StateStore>
  /** Makes the next sweep delete these. */
  unused: readonly number[]
  /** The process that has them open is gone, and with it what it held. */
  abandon(): void
}

/** No stores yet. */
export function createFakeStores(): FakeStores {
  const kept = createSurvivingStores()
  let turns = createPartitionTurns()
  const calls: string[] = []
  const faults: StoreFaults = { openHeldBy: null, open: null, batch: null, close: null, sweep: null }

  async function open(partition: number): Promise<StateStore> {
    await faults.openHeldBy
    if (faults.open !== null) throw faults.open
    calls.push(`open ${partition}`)
    const store = await kept.open(partition)
    let isOpen = true

    function opened(): StateStore {
      if (!isOpen) throw new Error('the store is closed')
      return store
    }

    return {
      get: async (key) => opened().get(key),
      getMany: async (keys) => opened().getMany(keys),
      range: (bounds) => opened().range(bounds),
      async batch(writes) {
        if (faults.batch !== null) throw faults.batch
        await opened().batch(writes)
      },
      async close() {
        isOpen = false
        calls.push(`close ${partition}`)
        if (faults.close !== null) throw faults.close
        return Promise.resolve()
      },
    }
  }

  return {
    calls,
    faults,
    unused: [],
    abandon: () => (turns = createPartitionTurns()),
    peek: async (partition) => kept.open(partition),
    open: async (partition) => turns.open(partition, async () => open(partition)),
    wipe: async (partition) =>
      turns.whileClosed(partition, async () => {
        calls.push(`wipe ${partition}`)
        await kept.wipe(partition)
      }),
    held: () => kept.held(),
    async sweep(unusedMs) {
      if (faults.sweep !== null) throw faults.sweep
      calls.push(`sweep ${unusedMs}`)
      const deleted = this.unused
      this.unused = []
      return Promise.resolve(deleted)
    },
  }
}
