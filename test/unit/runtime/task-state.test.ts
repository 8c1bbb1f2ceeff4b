import { beforeEach, describe, expect, it } from '@jest/globals'
import type { OutputRecord } from '../../../src/domain/record.ts'
import { LeaseLost } from '../../../src/runtime/ports.ts'
import type { StateStore, StoreWrite } from '../../../src/runtime/state-store.ts'
import { createTaskState, positionWrite, readPositions, usedWrite } from '../../../src/runtime/task-state.ts'
import { settle } from '../../support/manual-clock.ts'
import { createMemoryStore } from '../../../src/state/memory-store.ts'

const value = Uint8Array.of(1)
const record: OutputRecord = { topic: 'log', partition: 3, key: 'k', value }

/** A state whose changelog ends at 10, up to where the store mirrors it, over a store that notes its batches. */
function createWorld() {
  const batches: (readonly StoreWrite[])[] = []
  const memory = createMemoryStore()
  const store: StateStore = {
    ...memory,
    async batch(writes) {
      batches.push(writes)
      await memory.batch(writes)
    },
  }
  const world = {
    batches,
    store,
    produced: [] as OutputRecord[],
    endOffset: 10,
    mayAct: true,
    refusal: null as Error | null,
    /** What the changelog's answers wait for. */
    answers: Promise.resolve(),
    /** Whether the partition is lost while records are on their way. */
    losesLease: false,
    mirrored: async () => (await readPositions(store)).offsets.get('log'),
  }
  const state = createTaskState(store, 'log', 10, {
    async produce(records, mayGo) {
      if (!mayGo()) throw new LeaseLost('it may not go')
      if (world.refusal !== null) throw world.refusal
      world.produced.push(...records)
      world.endOffset += records.length
      if (world.losesLease) world.mayAct = false
      await world.answers
      return Promise.resolve([
        { topic: 'other', partition: 3, offset: 999 },
        { topic: 'log', partition: 3, offset: world.endOffset },
      ])
    },
    mayAct: () => world.mayAct,
  })
  return { world, state }
}

let { world, state } = createWorld()

beforeEach(() => {
  ;({ world, state } = createWorld())
})

describe('positions', () => {
  it('are read back as they were written, with when the store was in use', async () => {
    const store = createMemoryStore()
    await store.batch([
      positionWrite('in', 0),
      positionWrite('a/b', 2 ** 53 - 1),
      usedWrite(1_764_000_000_000),
    ])
    expect(await readPositions(store)).toEqual({
      offsets: new Map([['a/b', 2 ** 53 - 1], ['in', 0]]),
      usedAtMs: 1_764_000_000_000,
    }) // prettier-ignore
  })

  it('are none of a store that holds other things', async () => {
    const store = createMemoryStore()
    await store.batch(
      ['person/p', 'runtime', 'runtime/positions', 'runtimes/position/x'].map((key) => ({ key, value })),
    )
    expect(await readPositions(store)).toEqual({ offsets: new Map(), usedAtMs: null })
  })
})

describe('a batch', () => {
  it('that mirrors the changelog says so in the same write', async () => {
    const logged = await state.log([record, record])
    await state.batch([{ key: 'a', value }], logged)
    expect(world.batches).toEqual([[{ key: 'a', value }, positionWrite('log', 12)]])
  })

  it('that mirrors nothing says nothing of it', async () => {
    await state.log([record])
    await state.batch([{ key: 'a', value }])
    expect(world.batches).toEqual([[{ key: 'a', value }]])
  })

  it('vouches for itself alone: what is under way beside it is not in the store yet', async () => {
    const early = await state.log([record])
    const late = await state.log([record])
    await state.batch([], late)
    expect(await world.mirrored()).toBe(10)
    await state.batch([], early)
    expect(await world.mirrored()).toBe(12)
  })

  it('beside another vouches for no more than the store had, in whichever order the two are carried out', async () => {
    const logged = await Promise.all([state.log([record]), state.log([record])])
    await Promise.all(logged.map(async (each) => state.batch([], each)))
    for (const writes of world.batches) expect(writes).toEqual([positionWrite('log', 10)])
  })

  it('that the store refuses leaves the mirror where it was', async () => {
    const logged = await state.log([record])
    const failing = createTaskState(
      { ...world.store, batch: async () => Promise.reject(new Error('full')) },
      'log',
      10,
      {
        produce: async () => Promise.resolve([{ topic: 'log', partition: 3, offset: 20 }]),
        mayAct: () => true,
      },
    )
    await expect(failing.batch([], await failing.log([record]))).rejects.toThrow('full')
    await state.batch([], logged)
    expect(await world.mirrored()).toBe(11)
  })
})

describe('a record that the changelog refuses', () => {
  it('leaves the mirror where it was, although others get through', async () => {
    world.refusal = new Error('NOT_ENOUGH_REPLICAS')
    await expect(state.log([record])).rejects.toThrow('NOT_ENOUGH_REPLICAS')
    world.refusal = null
    await state.batch([], await state.log([record]))
    await state.batch([], await state.log([record]))
    expect(world.endOffset).toBe(12)
    expect(await world.mirrored()).toBe(10)
  })

  it('is one that another member may have to write', async () => {
    world.mayAct = false
    await expect(state.log([record])).rejects.toThrow(LeaseLost)
    expect(world.produced).toEqual([])
  })
})

describe('a record that is acknowledged after the partition was lost', () => {
  it('is not to be stored: what another owner wrote before it is not in this store', async () => {
    world.losesLease = true
    await expect(state.log([record])).rejects.toThrow(LeaseLost)
    expect(world.produced).toEqual([record])
    world.losesLease = false
    world.mayAct = true
    await state.batch([], await state.log([record]))
    expect(await world.mirrored()).toBe(10)
  })
})

describe('a state that has ended', () => {
  beforeEach(async () => {
    await state.batch([{ key: 'a', value }])
  })

  it.each<[string, () => Promise<unknown>]>([
    ['get', async () => state.get('a')],
    ['getMany', async () => state.getMany(['a'])],
    ['batch', async () => state.batch([{ key: 'b', value }])],
    [
      'range',
      async () => {
        for await (const [key] of state.range({ gte: 'a', lt: 'b' })) throw new Error(`there is ${key}`)
      },
    ],
  ])('rejects what is asked of it with LeaseLost: %s', async (_, call) => {
    void state.end()
    await expect(call()).rejects.toThrow(LeaseLost)
    expect(await world.store.get('b')).toBeUndefined()
  })

  it('writes no more of what it has logged', async () => {
    const logged = await state.log([record])
    void state.end()
    await expect(state.batch([{ key: 'b', value }], logged)).rejects.toThrow(LeaseLost)
    expect(await world.store.get('b')).toBeUndefined()
    expect(await world.mirrored()).toBeUndefined()
  })

  it('rejects what is asked of it with LeaseLost: log', async () => {
    void state.end()
    await expect(state.log([record])).rejects.toThrow(LeaseLost)
  })

  it('is over when no record is under way any more: a successor asks Kafka then what there is to restore', async () => {
    let answer = (): void => undefined
    world.answers = new Promise((resolve) => (answer = resolve))
    const logged = state.log([record]).catch((error: unknown) => error)
    let isOver = false
    const ended = state.end().then(() => (isOver = true))
    await settle()
    expect(isOver).toBe(false)
    answer()
    await ended
    expect(await logged).toBeInstanceOf(LeaseLost)
  })
})
