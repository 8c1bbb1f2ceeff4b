import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { chmodSync, cpSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { StoreCorrupt, StoreUnavailable, type StateStores } from '../../../src/runtime/state-store.ts'
import { createLevelStores } from '../../../src/state/level-stores.ts'
import { fill, keysOf } from '../../support/state-store-conformance.ts'
import { asOrdinaryUser, createPlaces } from './places.ts'
import { holding, startStoreProcess } from './store-processes.ts'
import { describeStateStores } from './stores-conformance.ts'

const HOUR_MS = 3_600_000
const newPlace = createPlaces()

describeStateStores('on disk', (nowMs) => createLevelStores({ directory: newPlace(), nowMs }))

/** Stores in a directory with these partitions, each with one key, all closed now. */
async function closedStores(
  partitions: readonly number[],
  nowMs: () => number = Date.now,
): Promise<{ readonly stores: StateStores; readonly directory: string }> {
  const directory = path.join(newPlace(), 'app', 'assemble')
  const stores = createLevelStores({ directory, nowMs })
  for (const partition of partitions) {
    const store = await stores.open(partition)
    await fill(store, [`key${partition}`])
    await store.close()
  }
  return { stores, directory }
}

async function contentOf(stores: StateStores, partition: number): Promise<readonly string[]> {
  const store = await stores.open(partition)
  const keys = await keysOf(store, '', '~')
  await store.close()
  return keys
}

describe('a directory of stores', () => {
  it('survives the process, with when each was last in use', async () => {
    let nowMs = Date.now()
    const { directory } = await closedStores([0, 12], () => nowMs)
    nowMs += HOUR_MS
    const later = createLevelStores({ directory, nowMs: () => nowMs })
    expect([...later.held().keys()].sort()).toEqual([0, 12])
    // What LevelDB wrote has the time of the system, which went on.
    for (const atMs of later.held().values())
      expect(Math.abs(atMs - (nowMs - HOUR_MS))).toBeLessThan(HOUR_MS / 2)
    expect(await contentOf(later, 12)).toEqual(['key12'])
    expect(later.held().get(12)).toBe(nowMs)
    expect(later.held().get(0)).toBeLessThan(nowMs)
  })

  it('tells after a restart when a store was closed', async () => {
    let nowMs = Date.now() + HOUR_MS
    const { stores, directory } = await closedStores([], () => nowMs)
    const store = await stores.open(0)
    nowMs += HOUR_MS
    await store.close()
    const closedAtMs = nowMs
    nowMs += HOUR_MS
    expect([...createLevelStores({ directory, nowMs: () => nowMs }).held()]).toEqual([[0, closedAtMs]])
  })

  it('that a crash left tells from its last batch when a store was in use', async () => {
    const { directory } = await closedStores([0])
    const place = path.join(directory, '0')
    const [log = ''] = readdirSync(place).filter((name) => name.endsWith('.log'))
    for (const name of ['.', ...readdirSync(place)]) utimesSync(path.join(place, name), 1000, 1000)
    utimesSync(path.join(place, log), 5000, 5000)
    expect([...createLevelStores({ directory, nowMs: Date.now }).held()]).toEqual([[0, 5_000_000]])
  })

  it('knows no store that was in use later than now', async () => {
    const { directory } = await closedStores([0])
    expect([...createLevelStores({ directory, nowMs: () => 7000 }).held()]).toEqual([[0, 7000]])
  })

  it('leaves what is none of its stores alone', async () => {
    const { directory } = await closedStores([1])
    const others = ['lost+found', '01', '-1', '1.5', '1e3', 'x2', '.hidden']
    for (const name of others) mkdirSync(path.join(directory, name))
    writeFileSync(path.join(directory, '7'), 'a file')
    const stores = createLevelStores({ directory, nowMs: () => Date.now() + 1000 })
    expect([...stores.held().keys()]).toEqual([1])
    expect(await stores.sweep(0)).toEqual([1])
    expect(readdirSync(directory).sort()).toEqual([...others, '7'].sort())
  })

  it('that cannot be read is unavailable at once', () => {
    const place = newPlace()
    writeFileSync(place, 'a file')
    const create = (): StateStores => createLevelStores({ directory: place, nowMs: Date.now })
    expect(create).toThrow(StoreUnavailable)
    expect(create).toThrow('something that is no directory is in the way')
  })

  it('that cannot be written makes opening fail, and opening later work', async () => {
    const parent = newPlace()
    mkdirSync(parent)
    chmodSync(parent, 0o555)
    const stores = createLevelStores({ directory: path.join(parent, 'assemble'), nowMs: Date.now })
    await expect(asOrdinaryUser(async () => stores.open(0))).rejects.toBeInstanceOf(StoreUnavailable)
    expect(stores.held().size).toBe(0)
    chmodSync(parent, 0o755)
    expect(await contentOf(stores, 0)).toEqual([])
  })
})

describe('a sweep', () => {
  it('deletes what was not in use for so long, and nothing else', async () => {
    let nowMs = Date.now()
    const { stores, directory } = await closedStores([0, 1, 2], () => nowMs)
    nowMs += HOUR_MS
    await contentOf(stores, 1)
    const open = await stores.open(2)
    expect(await stores.sweep(HOUR_MS + 1)).toEqual([])
    expect(await stores.sweep(HOUR_MS)).toEqual([0])
    expect([...stores.held().keys()]).toEqual([1, 2])
    expect(readdirSync(directory).sort()).toEqual(['1', '2'])
    await open.close()
    expect(await contentOf(stores, 0)).toEqual([])
    expect(await contentOf(stores, 1)).toEqual(['key1'])
  })

  it('spares a store that was open for long and is being closed', async () => {
    let nowMs = Date.now()
    const { stores } = await closedStores([], () => nowMs)
    const store = await stores.open(0)
    await fill(store, ['a'])
    nowMs += 2 * HOUR_MS
    // So that closing it takes longer than the sweep takes to come to it.
    const batches = Array.from({ length: 300 }, async () => fill(store, ['a']))
    const closed = store.close()
    expect(await stores.sweep(HOUR_MS)).toEqual([])
    await Promise.all([...batches, closed])
    expect(await contentOf(stores, 0)).toEqual(['a'])
  })

  it('keeps a store young that is open and not written to, should the process be killed', async () => {
    let nowMs = Date.now()
    const { stores, directory } = await closedStores([], () => nowMs)
    const store = await stores.open(0)
    nowMs += 5 * HOUR_MS
    await stores.sweep(HOUR_MS)
    expect(statSync(path.join(directory, '0')).mtimeMs).toBeCloseTo(nowMs, -1)
    await store.close()
  })

  it('and a wipe spare a store that another process has open', async () => {
    const { stores, directory } = await closedStores([0])
    const holder = startStoreProcess(holding, [path.join(directory, '0')])
    expect(await holder.next()).toBe('open')
    expect(await stores.sweep(0)).toEqual([])
    await expect(stores.wipe(0)).rejects.toThrow('in use by another process')
    const ended = holder.end()
    expect(await holder.next()).toBe('written')
    await ended
    expect(await contentOf(stores, 0)).toContain('key0')
  })
})

describe('a deletion', () => {
  it('of a damaged store makes room for an empty one', async () => {
    const { stores, directory } = await closedStores([0])
    writeFileSync(path.join(directory, '0', 'CURRENT'), 'no manifest\n')
    await expect(stores.open(0)).rejects.toBeInstanceOf(StoreCorrupt)
    expect([...stores.held().keys()]).toEqual([0])
    await stores.wipe(0)
    expect(await contentOf(stores, 0)).toEqual([])
  })

  it('that stops half way leaves no store, and is finished by the next sweep', async () => {
    const { stores, directory } = await closedStores([0])
    const stuck = path.join(directory, '0', 'stuck')
    mkdirSync(stuck)
    writeFileSync(path.join(stuck, 'file'), '')
    openToAll(directory)
    chmodSync(stuck, 0o555)
    await expect(asOrdinaryUser(async () => stores.wipe(0))).rejects.toBeInstanceOf(StoreUnavailable)
    expect(stores.held().size).toBe(0)
    expect(readdirSync(directory)).toEqual(['.deleted-0-0'])
    // Another one of the partition comes and goes meanwhile.
    expect(await contentOf(stores, 0)).toEqual([])
    await stores.wipe(0)
    expect(readdirSync(directory)).toEqual(['.deleted-0-0'])

    chmodSync(path.join(directory, '.deleted-0-0', 'stuck'), 0o777)
    const next = createLevelStores({ directory, nowMs: Date.now })
    expect(next.held().size).toBe(0)
    expect(await next.sweep(HOUR_MS)).toEqual([])
    expect(readdirSync(directory)).toEqual([])
  })

  it('of any of its files leaves no store with a part of its content', async () => {
    const { stores, directory } = await closedStores([0])
    const store = await stores.open(0)
    await fill(store, ['in the log'])
    await store.close()
    const files = readdirSync(path.join(directory, '0'))
    const left = async (names: readonly string[]): Promise<string> => {
      const other = newPlace()
      mkdirSync(path.join(other, '0'), { recursive: true })
      for (const name of names) cpSync(path.join(directory, '0', name), path.join(other, '0', name))
      return contentOf(createLevelStores({ directory: other, nowMs: Date.now }), 0).then(String, String)
    }
    expect(await left(files)).toBe('in the log,key0')
    await fc.assert(
      fc.asyncProperty(fc.subarray(files), async (names) => {
        expect(await left(names)).toMatch(/^(in the log,key0|StoreCorrupt: .*|)$/)
      }),
      { numRuns: 50 },
    )
  })
})

// What root made, for the ordinary user that the test plays.
function openToAll(directory: string): void {
  for (const name of ['.', ...readdirSync(directory, { recursive: true })]) {
    chmodSync(path.join(directory, String(name)), 0o777)
  }
}
