import {
  StoreCorrupt,
  StoreUnavailable,
  type StateStore,
  type StateStores,
  type StoreWrite,
} from '../../../src/runtime/state-store.ts'
import type { Dice } from './dice.ts'
import type { Life } from './life.ts'
import type { Stage } from './plan.ts'

/** The disk of one machine: the stores that its process has on it survive the process. */
export interface Disk {
  /** The stores of one stage, as the process of `life` sees them. */
  storesOf(stage: Stage, life: Life): StateStores
  /** The machine ends: of what was written since the last sync, the last `share` (0 to 1) is lost. */
  loseUnsynced(share: number): void
  /** `forMs` is for how long a disk stays full. A store that is lost is lost while it is closed. */
  damage(stage: Stage, partition: number, damage: 'lost' | 'corrupt' | 'full', untilMs: number): void
  /** How many entries all stores of a stage have together. */
  entries(stage: Stage): number
}

/** One store as it lies on the disk. */
interface Volume {
  readonly synced: Map<string, Uint8Array>
  /** Batches since the last sync, oldest first. */
  unsynced: (readonly StoreWrite[])[]
  /** What a reader sees. */
  entries: Map<string, Uint8Array>
  isCorrupt: boolean
  usedAtMs: number
  /** The process that has it open, and when it is closed. */
  opened: { readonly life: Life; readonly closed: Promise<void> } | null
}

/** What a disk needs of its world. */
export interface DiskPorts {
  readonly dice: Dice
  nowMs(): number
  wrote(life: Life, stage: Stage, partition: number, writes: readonly StoreWrite[]): void
}

/** An empty disk. */
export function createDisk(ports: DiskPorts): Disk {
  const volumes = new Map<string, Volume>()
  const fullUntilMs = new Map<string, number>()
  const placeOf = (stage: Stage, partition: number): string => `${stage}/${partition}`

  return {
    storesOf: (stage, life) =>
      createStores(life, ports, {
        stage,
        volumes,
        isFull: (partition) => (fullUntilMs.get(placeOf(stage, partition)) ?? 0) > ports.nowMs(),
      }),
    loseUnsynced(share) {
      for (const volume of volumes.values()) {
        volume.unsynced = volume.unsynced.slice(0, Math.floor(volume.unsynced.length * (1 - share)))
        volume.entries = new Map(volume.synced)
        for (const writes of volume.unsynced) apply(volume.entries, writes)
      }
    },
    damage(stage, partition, damage, untilMs) {
      const place = placeOf(stage, partition)
      const volume = volumes.get(place)
      if (damage === 'full') fullUntilMs.set(place, untilMs)
      if (damage === 'corrupt' && volume !== undefined) volume.isCorrupt = true
      if (damage === 'lost' && volume !== undefined && !isOpen(volume)) volumes.delete(place)
    },
    entries: (stage) =>
      [...volumes].reduce(
        (sum, [place, { entries }]) => sum + (place.startsWith(`${stage}/`) ? entries.size : 0),
        0,
      ),
  }
}

/** What a process has open is closed when that ends, however it ends. */
function isOpen({ opened }: Volume): boolean {
  return opened !== null && !opened.life.isOver()
}

function apply(entries: Map<string, Uint8Array>, writes: readonly StoreWrite[]): void {
  for (const { key, value } of writes) {
    if (value === null) entries.delete(key)
    else entries.set(key, new Uint8Array(value))
  }
}

interface StageVolumes {
  readonly stage: Stage
  readonly volumes: Map<string, Volume>
  isFull(partition: number): boolean
}

function createStores(life: Life, ports: DiskPorts, of: StageVolumes): StateStores {
  const { volumes, stage } = of
  const placeOf = (partition: number): string => `${stage}/${partition}`

  async function pause(): Promise<void> {
    await new Promise<void>((resolve) => life.later(ports.dice.int(0, 2), resolve))
  }

  async function whileClosed(partition: number): Promise<void> {
    for (;;) {
      const volume = volumes.get(placeOf(partition))
      if (volume === undefined || volume.opened === null || !isOpen(volume)) return
      await volume.opened.closed
      await pause()
    }
  }

  const heldHere = (): [number, Volume][] =>
    [...volumes]
      .filter(([place]) => place.startsWith(`${stage}/`))
      .map(([place, volume]) => [Number(place.slice(stage.length + 1)), volume])

  return {
    async open(partition) {
      await pause()
      await whileClosed(partition)
      if (of.isFull(partition)) throw new StoreUnavailable('the disk is full')
      const volume: Volume = volumes.get(placeOf(partition)) ?? {
        synced: new Map(),
        unsynced: [],
        entries: new Map(),
        isCorrupt: false,
        usedAtMs: ports.nowMs(),
        opened: null,
      }
      if (volume.isCorrupt) throw new StoreCorrupt('the store is corrupt')
      volumes.set(placeOf(partition), volume)
      let isClosed = (): void => undefined
      volume.opened = { life, closed: new Promise((resolve) => (isClosed = resolve)) }
      return createStore(life, ports, {
        volume,
        stage,
        partition,
        isFull: () => of.isFull(partition),
        closed() {
          volume.usedAtMs = ports.nowMs()
          volume.opened = null
          isClosed()
        },
      })
    },
    async wipe(partition) {
      await pause()
      await whileClosed(partition)
      volumes.delete(placeOf(partition))
    },
    held: () =>
      new Map(
        heldHere().map(([partition, volume]) => [
          partition,
          isOpen(volume) ? life.clock.nowMs() : volume.usedAtMs,
        ]),
      ),
    async sweep(unusedMs) {
      await pause()
      const unused = heldHere()
        .filter(([, volume]) => !isOpen(volume) && ports.nowMs() - volume.usedAtMs >= unusedMs)
        .map(([partition]) => partition)
      for (const partition of unused) volumes.delete(placeOf(partition))
      return unused
    },
  }
}

interface OpenVolume {
  readonly volume: Volume
  readonly stage: Stage
  readonly partition: number
  isFull(): boolean
  closed(): void
}

function createStore(life: Life, ports: DiskPorts, open: OpenVolume): StateStore {
  const { volume, stage, partition } = open
  const { dice } = ports
  let closing: Promise<void> | null = null
  let hasFailed = false
  let last: Promise<unknown> = Promise.resolve()

  /** Resolves with what `work` says a little later. */
  async function soon<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      life.later(dice.pick([0, 0, 0, 1, 3]), () => {
        try {
          resolve(work())
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
  }

  function read<T>(look: () => T): T {
    if (volume.isCorrupt) throw new StoreCorrupt('a value does not match its checksum')
    return look()
  }

  function checkOpen(): void {
    if (closing !== null) throw new Error('the store is closed')
  }

  async function write(writes: readonly StoreWrite[]): Promise<void> {
    const death = life.meets('store')
    if (death === 'before' || death === 'midway') life.end(`${death} a batch of its store`)
    life.asked('store')
    await soon(() => {
      if (hasFailed || open.isFull()) {
        hasFailed = true
        throw new StoreUnavailable('the disk is full')
      }
      apply(volume.entries, writes)
      volume.unsynced.push(writes)
      if (dice.chance(0.15)) for (const batch of volume.unsynced.splice(0)) apply(volume.synced, batch)
      ports.wrote(life, stage, partition, writes)
      if (death === 'after') life.end('after a batch of its store')
    })
    // Whoever died does not hear of it.
    if (life.isOver()) await new Promise(() => undefined)
  }

  return {
    async get(key) {
      checkOpen()
      return soon(() => read(() => volume.entries.get(key)))
    },
    async getMany(keys) {
      checkOpen()
      return soon(() => read(() => keys.map((key) => volume.entries.get(key))))
    },
    async batch(writes) {
      checkOpen()
      const written = last.then(async () => write(writes))
      last = written.catch(() => undefined)
      return written
    },
    range({ gte, lt }) {
      const entries: (readonly [string, Uint8Array])[] = []
      for (const entry of volume.entries) if (entry[0] >= gte && entry[0] < lt) entries.push(entry)
      entries.sort(([a], [b]) => (a < b ? -1 : 1))
      return iterate(entries, checkOpen, async () => soon(() => read(() => undefined)))
    },
    async close() {
      closing ??= last.then(async () =>
        soon(() => {
          open.closed()
        }),
      )
      return closing
    },
  }
}

async function* iterate(
  entries: readonly (readonly [string, Uint8Array])[],
  check: () => void,
  wait: () => Promise<void>,
): AsyncGenerator<readonly [string, Uint8Array]> {
  check()
  await wait()
  for (const entry of entries) {
    check()
    yield entry
  }
}
