import { describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { StoreUnavailable } from '../../../src/runtime/state-store.ts'
import { openLevelStore } from '../../../src/state/level-store.ts'
import { bytes, describeStateStore, entriesOf, fill, keysOf } from '../../support/state-store-conformance.ts'
import { until } from '../../support/until.ts'
import { filesOf } from './damaged-store.ts'
import { asOrdinaryUser, createPlaces } from './places.ts'
import { describeStoreCalls } from './store-calls.ts'
import { itIsLikeAMap } from './store-model.ts'
import { filling, holding, startStoreProcess, writing, type Filled } from './store-processes.ts'

const newPlace = createPlaces()

describeStateStore('on disk', async () => openLevelStore(newPlace()))
describeStoreCalls('on disk', async () => openLevelStore(newPlace()))

describe('the state store on disk', () => {
  itIsLikeAMap(async () => openLevelStore(newPlace()))

  it('holds after reopening what was written and deleted before', async () => {
    const place = newPlace()
    const first = await openLevelStore(place)
    await fill(first, ['a', 'b', 'c'])
    await first.batch([
      { key: 'a', value: null },
      { key: 'b', value: bytes('changed') },
    ])
    await first.close()
    const second = await openLevelStore(place)
    expect(await entriesOf(second, '', 'z')).toEqual([
      ['b', 'changed'],
      ['c', 'c'],
    ])
    await second.close()
  })

  it('keeps no file for a range that was left half way', async () => {
    const place = newPlace()
    const keys = Array.from({ length: 2000 }, (_, index) => `k${String(index).padStart(4, '0')}`)
    const first = await openLevelStore(place)
    await fill(first, keys)
    await first.close()
    const store = await openLevelStore(place, { writeBufferBytes: 65_536 })
    const [table = ''] = filesOf(place, /\.ldb$/)
    for await (const [key] of store.range({ gte: 'k', lt: 'l' })) if (key === 'k0003') break
    // LevelDB deletes a table when its entries are in others and nothing reads it any more.
    await until(`${table} is deleted`, async () => {
      await fill(store, keys)
      return !filesOf(place, /\.ldb$/).includes(table)
    })
    expect(await keysOf(store, 'k', 'l')).toEqual(keys)
    await store.close()
  })

  it('holds after a kill -9 every batch that it acknowledged, and each whole', async () => {
    const place = newPlace()
    for (const atLeast of [50, 150, 300]) {
      const writer = startStoreProcess(writing, [place])
      let acknowledged = -1
      while (acknowledged < atLeast) acknowledged = Number(await writer.next())
      acknowledged = Number((await writer.kill()).at(-1) ?? acknowledged)

      const store = await openLevelStore(place)
      const [last = -1, other] = (await entriesOf(store, 'a', 'c')).map(([, number]) => Number(number))
      // The batch that it was killed in may be there as well.
      expect(last).toBeGreaterThanOrEqual(acknowledged)
      expect(other).toBe(last)
      const rows = await keysOf(store, 'row/', 'row0')
      expect(rows.slice(0, last + 1)).toEqual(
        Array.from({ length: last + 1 }, (_, n) => `row/${String(n).padStart(8, '0')}`),
      )
      await store.close()
    }
  })

  it('is of one process: another one is told so, and does no harm', async () => {
    const place = newPlace()
    const holder = startStoreProcess(holding, [place])
    expect(await holder.next()).toBe('open')
    const second = openLevelStore(place)
    await expect(second).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(second).rejects.toThrow(`${place} is in use by another process; stop it`)
    const ended = holder.end()
    expect(await holder.next()).toBe('written')
    await ended
    const store = await openLevelStore(place)
    expect(await keysOf(store, 'a', 'c')).toEqual(['a', 'b'])
    await store.close()
  })

  it('is not called damaged while another process has it: its files change while they are read', async () => {
    const place = newPlace()
    await (await openLevelStore(place)).close()
    const holder = startStoreProcess(holding, [place])
    expect(await holder.next()).toBe('open')
    writeFileSync(path.join(place, 'CURRENT'), 'no manifest')
    await expect(openLevelStore(place)).rejects.toThrow('in use by another process')
    await holder.end()
    await expect(openLevelStore(place)).rejects.toThrow('is damaged: CURRENT names no manifest')
  })
})

// Whether a volume can be mounted for one process and those that it starts: by root, or where users may have namespaces.
function canMount(): boolean {
  try {
    execFileSync('sh', ['-c', 'unshare -rm mount -t tmpfs none /mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('a store that cannot be written any more', () => {
  const limit = ['sh', '-c', 'ulimit -f 1024; exec "$@"', 'sh']
  const mount = 'mount -t tmpfs -o size=12m none /mnt; head -c 8000000 /dev/zero > /mnt/ballast; exec "$@"'

  async function fillUp(shell: readonly string[], parameters: readonly string[]): Promise<Filled> {
    const process = startStoreProcess(filling, parameters, shell)
    const filled = JSON.parse(await process.next()) as Filled
    await process.end()
    return filled
  }

  function expectNothingLost({ acknowledged, a, b, rows, inOrder, again, read, reopened }: Filled): void {
    expect(acknowledged).toBeGreaterThan(100)
    // LevelDB would go on behind half a record, if there is room again, and lose what it acknowledges then.
    expect({ again, read, reopened }).toEqual({ again: 'StoreUnavailable', read: 'none', reopened: 'none' })
    // The batch that failed may be there; it is whole then.
    expect([acknowledged, acknowledged + 1]).toContain(rows)
    expect({ a, b, inOrder }).toEqual({ a: rows - 1, b: rows - 1, inOrder: true })
  }

  it('because a file may not grow says so, and loses nothing', async () => {
    const filled = await fillUp(limit, [newPlace(), '4194304'])
    expect(filled.error).toMatch(
      /^StoreUnavailable: .* a file reached the limit of the process or the volume/,
    )
    expectNothingLost(filled)
  })

  it('because the volume is full says so, and loses nothing, also when there is room again', async () => {
    const mounts = canMount()
    const filled = mounts
      ? await fillUp(['unshare', '-rm', 'sh', '-c', mount, 'sh'], ['/mnt/store', '16777216', '/mnt/ballast'])
      : await fillUp(limit, [newPlace(), '2097152'])
    expect(filled.error).toMatch(mounts ? /no space is left; free some/ : /a file reached the limit/)
    expectNothingLost(filled)
  })
})

describe('a store that cannot be opened', () => {
  it('in a directory that may not be written is unavailable', async () => {
    const place = newPlace()
    await (await openLevelStore(place)).close()
    chmodSync(place, 0o555)
    const opened = asOrdinaryUser(async () => openLevelStore(place))
    await expect(opened).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(opened).rejects.toThrow(`the state store in ${place} cannot be used: access is denied`)
    chmodSync(place, 0o755)
    await (await openLevelStore(place)).close()
  })

  it('below a directory that may not be written is unavailable', async () => {
    const parent = newPlace()
    mkdirSync(parent)
    chmodSync(parent, 0o555)
    const opened = asOrdinaryUser(async () => openLevelStore(path.join(parent, '0')))
    await expect(opened).rejects.toThrow('access is denied')
    await expect(opened).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it.each(['', 'below'])('in place of a file is unavailable: %p', async (below) => {
    const place = newPlace()
    writeFileSync(place, 'a file')
    const opened = openLevelStore(path.join(place, below))
    await expect(opened).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(opened).rejects.toThrow('something that is no directory is in the way')
  })
})
