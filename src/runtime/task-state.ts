import type { OutputRecord } from '../domain/record.ts'
import { createMirror } from './mirror.ts'
import { LeaseLost, type Produce, type TaskState } from './ports.ts'
import type { StateStore, StoreWrite } from './state-store.ts'

const positionPrefix = 'runtime/position/'
const usedAtKey = 'runtime/used-at'
const utf8 = new TextEncoder()

/** What a store knows of itself. */
export interface StoredPositions {
  /** By topic, the offset before which everything is in the store. */
  readonly offsets: ReadonlyMap<string, number>
  /** When a task last had the store, in epoch milliseconds; `null` for a store that none ever had. */
  readonly usedAtMs: number | null
}

/** Reads what `store` knows of itself. */
export async function readPositions(store: StateStore): Promise<StoredPositions> {
  const offsets = new Map<string, number>()
  for await (const [key, value] of store.range({ gte: positionPrefix, lt: 'runtime/position0' })) {
    offsets.set(key.slice(positionPrefix.length), numberOf(value))
  }
  const usedAt = await store.get(usedAtKey)
  return { offsets, usedAtMs: usedAt === undefined ? null : numberOf(usedAt) }
}

/** The write that says: everything of `topic` before `offset` is in the store. */
export function positionWrite(topic: string, offset: number): StoreWrite {
  return { key: positionPrefix + topic, value: utf8.encode(String(offset)) }
}

/** The write that says: a task had the store at `nowMs`, epoch milliseconds. */
export function usedWrite(nowMs: number): StoreWrite {
  return { key: usedAtKey, value: utf8.encode(String(nowMs)) }
}

function numberOf(value: Uint8Array): number {
  return Number(new TextDecoder().decode(value))
}

/** A {@link TaskState}, as the runtime sees it. */
export interface OwnedState extends TaskState {
  /**
   * Every call after this one rejects with {@link LeaseLost}. Resolves when no record is under way to the changelog any
   * more: a successor that asked earlier where that ends would not restore what is written behind.
   */
  end(): Promise<void>
}

/** How a task's changelog is written. */
export interface ChangelogPorts {
  readonly produce: Produce
  /** False where the partition may be another member's. */
  mayAct(): boolean
}

/**
 * The state of a task over its store and the changelog `topic`, of which the store holds, or will once it is restored,
 * everything before `mirrorFrom`.
 */
export function createTaskState(
  store: StateStore,
  topic: string,
  mirrorFrom: number,
  ports: ChangelogPorts,
): OwnedState {
  const mirror = createMirror(mirrorFrom)
  const underWay = new Set<Promise<unknown>>()
  let ended = false

  async function produce(records: readonly OutputRecord[]): ReturnType<Produce> {
    const produced = ports.produce(records, () => ports.mayAct())
    underWay.add(produced)
    try {
      return await produced
    } finally {
      underWay.delete(produced)
    }
  }

  function open(): StateStore {
    if (ended) throw new LeaseLost('the task has ended')
    return store
  }

  return {
    get: async (key) => open().get(key),
    getMany: async (keys) => open().getMany(keys),
    range: (bounds) => open().range(bounds),
    async log(records) {
      open()
      const sequence = mirror.begin()
      const ends = await produce(records)
      // Acknowledged late, they may lie behind what another owner wrote meanwhile, which this store does not have.
      if (ended || !ports.mayAct()) throw new LeaseLost("the partition may be another member's by now")
      for (const end of ends) if (end.topic === topic) mirror.logged(end.offset)
      return { sequence }
    },
    async batch(writes, logged) {
      if (logged === undefined) {
        await open().batch(writes)
        return
      }
      // The store may carry out two batches in either order, so this one vouches for itself alone.
      await open().batch([...writes, positionWrite(topic, mirror.offset(logged.sequence))])
      mirror.stored(logged.sequence)
    },
    async end() {
      ended = true
      await Promise.allSettled(underWay)
    },
  }
}
