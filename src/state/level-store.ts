import { mkdir } from 'node:fs/promises'
import { ClassicLevel, type Iterator } from 'classic-level'
import type { StateStore, StoreWrite } from '../runtime/state-store.ts'
import { corrupt, inUse, isLocked, storeError } from './level-errors.ts'
import { findDamage } from './leveldb/damage.ts'
import { seal, unseal } from './sealed-value.ts'

type Level = ClassicLevel<string, Buffer>

/** Sizes that tests change, to see with little data what takes much. */
export interface LevelStoreOptions {
  /** How much is written before it becomes a table; LevelDB takes at least 64 KiB. */
  readonly writeBufferBytes?: number
}

// For each store: memory for two write buffers (one fills while the other becomes a table) and the cache. The tables are in
// the page cache of the system anyway; this one holds what of them had to be decompressed.
const WRITE_BUFFER_BYTES = 2 << 20
const CACHE_BYTES = 1 << 20

// What a range has in memory at once.
const CHUNK_ENTRIES = 1000
const CHUNK_BYTES = 256 << 10

/**
 * A {@link StateStore} in a directory of its own, which is made if there is none. What it gives was written, to the bit:
 * opening reads all files and compares their checksums, and each value has one of its own, for what happens to the files
 * afterwards. A key that is damaged while the store is open can be missing until it is opened again.
 *
 * Rejects with `StoreCorrupt` or `StoreUnavailable` where it cannot be opened, also if another process has it open. Each
 * attempt that fails leaves some 5 KB in the binding for as long as the process lives: not a thing to repeat without a pause.
 * Keys are well-formed strings.
 */
export async function openLevelStore(
  directory: string,
  options: LevelStoreOptions = {},
): Promise<StateStore> {
  try {
    await mkdir(directory, { recursive: true })
    const damage = await findDamage(directory)
    if (damage !== undefined) {
      // The files of a store that is in use change while they are read. Whoever deletes them on our word must be the only one.
      if (await isInUse(directory)) throw inUse(directory)
      throw corrupt(directory, damage)
    }
    const db: Level = createLevel(directory, options)
    await db.open()
    return createStore(directory, db)
  } catch (error) {
    throw storeError(directory, error)
  }
}

/** Whether a process, this one included, has the store in a directory open; the directory must exist. */
export async function isInUse(directory: string): Promise<boolean> {
  const probe = createLevel(directory)
  try {
    // Asks for the lock and then for something that no store can give.
    await probe.open({ createIfMissing: false, errorIfExists: true })
    await probe.close()
  } catch (error) {
    return isLocked(error)
  }
  return false
}

function createLevel(
  directory: string,
  { writeBufferBytes = WRITE_BUFFER_BYTES }: LevelStoreOptions = {},
): Level {
  return new ClassicLevel(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'buffer',
    cacheSize: CACHE_BYTES,
    writeBufferSize: writeBufferBytes,
  })
}

function createStore(directory: string, db: Level): StateStore {
  let closing: Promise<void> | undefined
  let lastBatch = Promise.resolve()

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (closing !== undefined) throw closedError()
    try {
      return await work()
    } catch (error) {
      throw storeError(directory, error)
    }
  }

  function open(key: string, sealed: Buffer): Uint8Array {
    const value = unseal(key, sealed)
    if (value === undefined) throw corrupt(directory, 'a value does not match its checksum')
    return value
  }

  async function write(writes: readonly StoreWrite[]): Promise<void> {
    const operations = writes.map(({ key, value }) =>
      value === null
        ? ({ type: 'del', key } as const)
        : ({ type: 'put', key, value: seal(key, value) } as const),
    )
    // One at a time, in the order of the calls: two threads would race. After the first failure none is written any more:
    // LevelDB refuses some itself until it is reopened, but after a failure to append to its log (a full disk) it goes on
    // behind half a record, and would drop what follows when it reads the log. Each is synced, as LevelDB begins new logs
    // without syncing the old one: with a sync now and then, a power failure could take batches from the middle.
    lastBatch = lastBatch.then(async () => db.batch(operations, { sync: true }))
    return lastBatch
  }

  async function* entries(
    iterator: Iterator<Level, string, Buffer> | undefined,
  ): AsyncGenerator<readonly [string, Uint8Array]> {
    if (iterator === undefined) throw closedError()
    try {
      for (;;) {
        const chunk = await run(async () => iterator.nextv(CHUNK_ENTRIES))
        if (chunk.length === 0) return
        for (const [key, sealed] of chunk) {
          if (closing !== undefined) throw closedError()
          yield [key, open(key, sealed)]
        }
      }
    } finally {
      await iterator.close()
    }
  }

  return {
    get: async (key) =>
      run(async () => {
        const sealed = await db.get(key)
        return sealed && open(key, sealed)
      }),
    getMany: async (keys) =>
      run(async () => {
        const found = await db.getMany([...keys])
        return keys.map((key, index) => {
          const sealed = found[index]
          return sealed && open(key, sealed)
        })
      }),
    batch: async (writes) => run(async () => write(writes)),
    // LevelDB takes the snapshot when the iterator is made. One that is never read is closed with the store.
    range: ({ gte, lt }) =>
      entries(closing === undefined ? db.iterator({ gte, lt, highWaterMarkBytes: CHUNK_BYTES }) : undefined),
    close: async () => {
      closing ??= lastBatch.then(
        async () => db.close(),
        async () => db.close(),
      )
      return closing
    },
  }
}

function closedError(): Error {
  return new Error('the store is closed')
}
