/** One write of a batch; `value: null` deletes. */
export interface StoreWrite {
  readonly key: string
  readonly value: Uint8Array | null
}

/**
 * Where a task keeps its state: keys in the order of their UTF-8 bytes, batches that are written whole or not at all.
 * Everything in it can be had again from Kafka, so it promises consistency and speed, not that it survives: a batch that
 * resolved is there after a crash of the process and of the machine, and where it is not, none after it is either. Every
 * call rejects with {@link StoreCorrupt} or {@link StoreUnavailable} where the store, not the caller, is at fault.
 */
export interface StateStore {
  get(key: string): Promise<Uint8Array | undefined>
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>
  batch(writes: readonly StoreWrite[]): Promise<void>
  /** Entries with `gte <= key < lt`, in key order, as of the call. May be left early; nothing is held then. */
  range(bounds: { readonly gte: string; readonly lt: string }): AsyncIterable<readonly [string, Uint8Array]>
  /** Waits for the calls that are under way; everything after it rejects. May be called again. */
  close(): Promise<void>
}

/** The stores of one stage in this process, one for each partition. */
export interface StateStores {
  /** Opens the store of a partition, empty where there is none, once an earlier one of it is closed. */
  open(partition: number): Promise<StateStore>
  /** Deletes the store of a partition, whatever state it is in; it must be closed. */
  wipe(partition: number): Promise<void>
  /** The partitions that have a store here, and when each was last in use, in epoch milliseconds: now, while it is open. */
  held(): ReadonlyMap<number, number>
  /** Deletes the stores that have not been in use for `unusedMs`, and returns their partitions. */
  sweep(unusedMs: number): Promise<readonly number[]>
}

/** The store's content is not what was written: it has to be deleted and restored from Kafka. */
export class StoreCorrupt extends Error {
  override readonly name = 'StoreCorrupt'
}

/** The store cannot be read or written: a full disk, a read-only volume, a device that fails, another process in it. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}
