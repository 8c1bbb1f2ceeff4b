import type { StateStore } from '../runtime/state-store.ts'

/** Sees to it that a partition has one store at a time, and that nothing is done to its place meanwhile. */
export interface PartitionTurns {
  /** Opens a store once the one before it is closed. Its turn ends when it is closed, or when opening it fails. */
  open(partition: number, open: () => Promise<StateStore>): Promise<StateStore>
  /** Does what needs that no store of the partition is open; rejects if one is, or is asked for. */
  whileClosed<T>(partition: number, work: () => Promise<T>): Promise<T>
  /** Whether a store of the partition is open or asked for. One that is being closed is not. */
  isOpen(partition: number): boolean
}

/** Turns for every partition number; nothing is kept for those that nothing happens to. */
export function createPartitionTurns(): PartitionTurns {
  const open = new Map<number, number>()
  const last = new Map<number, Promise<void>>()

  function count(partition: number, change: 1 | -1): void {
    const stores = (open.get(partition) ?? 0) + change
    if (stores === 0) open.delete(partition)
    else open.set(partition, stores)
  }

  // Takes its place in the order at once, not when the turn comes.
  async function take(partition: number): Promise<() => void> {
    const before = last.get(partition)
    let release = (): void => undefined
    const ended = new Promise<void>((resolve) => (release = resolve))
    last.set(partition, ended)
    await before
    return () => {
      if (last.get(partition) === ended) last.delete(partition)
      release()
    }
  }

  return {
    async open(partition, openStore) {
      count(partition, 1)
      const release = await take(partition)
      try {
        return closingOnce(await openStore(), async (close) => {
          count(partition, -1)
          await close().finally(release)
        })
      } catch (error) {
        count(partition, -1)
        release()
        throw error
      }
    },
    async whileClosed(partition, work) {
      if (open.has(partition)) throw new Error(`the store of partition ${partition} is open`)
      const release = await take(partition)
      return work().finally(release)
    },
    isOpen: (partition) => open.has(partition),
  }
}

function closingOnce(
  store: StateStore,
  close: (closeStore: () => Promise<void>) => Promise<void>,
): StateStore {
  let closing: Promise<void> | undefined
  return {
    ...store,
    close: async () => {
      closing ??= close(async () => store.close())
      return closing
    },
  }
}
