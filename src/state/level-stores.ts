import { readdirSync, statSync } from 'node:fs'
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import type { StateStore, StateStores } from '../runtime/state-store.ts'
import { codeOf } from './error-code.ts'
import { inUse, storeError } from './level-errors.ts'
import { isInUse, openLevelStore, type LevelStoreOptions } from './level-store.ts'
import { createPartitionTurns } from './partition-turns.ts'

/** Where the stores of a stage are, and what time it is in epoch milliseconds. */
export interface LevelStoresOptions extends LevelStoreOptions {
  readonly directory: string
  readonly nowMs: () => number
}

const DELETED = '.deleted-'

/**
 * {@link StateStores} on disk: `<directory>/<partition>/` is the store of a partition. Anything else in there is left alone,
 * except `.deleted-<partition>-<n>`: stores that were being deleted when the process ended.
 *
 * When a store was last in use is the newest modification time in its directory, its own included: LevelDB writes to a file
 * with every batch; opening, closing and sweeping touch the directory, so that one without batches does not look unused.
 *
 * Reads the directory at once, and throws `StoreUnavailable` if it is there and cannot be read.
 */
export function createLevelStores({ directory, nowMs, ...options }: LevelStoresOptions): StateStores {
  const turns = createPartitionTurns()
  const usedAtMs = scan(directory, nowMs())
  const placeOf = (partition: number): string => path.join(directory, String(partition))

  async function use(partition: number): Promise<void> {
    const now = nowMs()
    usedAtMs.set(partition, now)
    // Where it fails, the store looks older than it is after a restart; whatever is wrong shows in the store itself.
    await utimes(placeOf(partition), now / 1000, now / 1000).catch(() => undefined)
  }

  async function open(partition: number): Promise<StateStore> {
    const store = await openLevelStore(placeOf(partition), options)
    await use(partition)
    return {
      ...store,
      async close() {
        // From here on it does not count as open, and a sweep that waits for it must not go by when it was opened.
        usedAtMs.set(partition, nowMs())
        await store.close()
        await use(partition)
      },
    }
  }

  /** Whether the store is gone; another process may have it open. Only in the partition's turn: the probe takes the lock. */
  async function erase(partition: number): Promise<boolean> {
    const place = placeOf(partition)
    if (await isThere(place)) {
      if (await isInUse(place)) return false
      const aside = await setAside(directory, partition)
      usedAtMs.delete(partition)
      await remove(aside)
    }
    usedAtMs.delete(partition)
    return true
  }

  return {
    open: async (partition) => turns.open(partition, async () => open(partition)),
    async wipe(partition) {
      const gone = await reported(directory, async () =>
        turns.whileClosed(partition, async () => erase(partition)),
      )
      if (!gone) throw inUse(placeOf(partition))
    },
    held: () =>
      new Map(
        [...usedAtMs].map(
          ([partition, atMs]) => [partition, turns.isOpen(partition) ? nowMs() : atMs] as const,
        ),
      ),
    sweep: async (unusedMs) =>
      reported(directory, async () => {
        const swept: number[] = []
        await removeLeftOvers(directory)
        for (const partition of [...usedAtMs.keys()]) {
          // Nothing may come between the question and the turn; what was true at the start of the sweep is no answer.
          if (turns.isOpen(partition)) await use(partition)
          else if (nowMs() - (usedAtMs.get(partition) ?? Infinity) < unusedMs) continue
          else if (await turns.whileClosed(partition, async () => erase(partition))) swept.push(partition)
        }
        return swept
      }),
  }
}

function scan(directory: string, nowMs: number): Map<number, number> {
  try {
    const stores = readdirSync(directory, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && /^(0|[1-9]\d{0,9})$/.test(entry.name),
    )
    // A clock that was put back since does not make a store used in the future.
    return new Map(
      stores.map(
        ({ name }) => [Number(name), Math.min(nowMs, newestMs(path.join(directory, name)))] as const,
      ),
    )
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return new Map()
    throw storeError(directory, error)
  }
}

function newestMs(place: string): number {
  const times = ['.', ...readdirSync(place)].map(
    (name) => statSync(path.join(place, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  )
  return Math.round(Math.max(...times))
}

async function reported<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storeError(directory, error)
  }
}

// A deletion that is interrupted leaves some of the files, which could pass for a store. So it gets another name first.
async function setAside(directory: string, partition: number): Promise<string> {
  for (let number = 0; ; number += 1) {
    const aside = path.join(directory, `${DELETED}${partition}-${number}`)
    if (await isThere(aside)) continue
    await rename(path.join(directory, String(partition)), aside)
    return aside
  }
}

async function removeLeftOvers(directory: string): Promise<void> {
  if (!(await isThere(directory))) return
  for (const name of await readdir(directory)) {
    if (name.startsWith(DELETED)) await remove(path.join(directory, name))
  }
}

async function remove(place: string): Promise<void> {
  await rm(place, { recursive: true, force: true })
}

async function isThere(place: string): Promise<boolean> {
  try {
    await stat(place)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
