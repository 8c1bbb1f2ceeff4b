import { beforeEach, describe, expect, it } from '@jest/globals'
import { LeaseLost } from '../../../src/runtime/ports.ts'
import { StoreCorrupt } from '../../../src/runtime/state-store.ts'
import { batch, createRunnerWorld, partition, type RunnerWorld } from './runner-world.ts'

let world: RunnerWorld

beforeEach(() => {
  world = createRunnerWorld()
})

describe('what the store of a task says of itself', () => {
  it('is nothing before the first task', async () => {
    expect(await world.runner.open(false)).toEqual({ offsets: new Map(), usedAtMs: null })
  })

  it('is how far it was restored, topic by topic, while it is restored', async () => {
    await world.start({ log: [0, 9], in: [0, 4] })
    await world.runner.take(batch('log', [0, 1, 2]))
    await world.runner.take(batch('in', [1, 2, 3, 4]))
    await world.runner.close()
    const { offsets } = await createRunnerWorld(world.stores).runner.open(false)
    expect(Object.fromEntries(offsets)).toEqual({ log: 3, in: 4 })
  })

  it('is that it mirrors all of the changelog once it runs, and when it was in use', async () => {
    await world.start({ in: [0, 1] }, 40)
    await world.runner.take(batch('in', [0]))
    expect(await world.stored()).toEqual({
      offsets: new Map([['in', 1], ['log', 40]]),
      usedAtMs: world.clock.nowMs(),
    }) // prettier-ignore
  })

  it('is what it mirrors of the changelog, where an input is still restored', async () => {
    await world.start({ in: [0, 2] }, 40)
    await world.runner.take(batch('in', [0]))
    const { offsets } = await world.stored()
    expect(offsets.get('log')).toBe(40)
  })

  it('is up to where it was processed, topic by topic', async () => {
    await world.start({})
    await world.runner.take(batch('in', [7, 8]))
    await world.runner.take(batch('side', [2], 6))
    const { offsets } = await createRunnerWorld(world.stores).stored()
    expect(Object.fromEntries(offsets)).toEqual({ log: 0, in: 9, side: 6 })
  })

  it('is when a touch was', async () => {
    await world.start({})
    await world.clock.advance(60_000)
    await world.runner.touch()
    expect((await world.stored()).usedAtMs).toBe(world.clock.nowMs())
  })

  // The store of an interrupted restore is as good as new: its restore began when nothing was missing yet.
  it('is when its first restore began, if that is interrupted', async () => {
    const beganMs = world.clock.nowMs()
    await world.start({ log: [0, 9], in: [0, 4] })
    await world.clock.advance(1000)
    await world.runner.take(batch('log', [0, 1, 2]))
    await world.runner.close()
    expect((await world.stored()).usedAtMs).toBe(beganMs)
  })

  it('is what it mirrors of the changelog, also where an input was restored first', async () => {
    await world.start({ log: [2, 9], in: [0, 4] })
    await world.runner.take(batch('in', [0, 1]))
    await world.runner.close()
    expect((await world.stored()).offsets.get('log')).toBe(2)
  })
})

describe('opening', () => {
  it('with a wipe begins with nothing', async () => {
    await world.start({})
    await world.runner.take(batch('in', [0]))
    await world.runner.close()
    const next = createRunnerWorld(world.stores)
    expect(await next.runner.open(true)).toEqual({ offsets: new Map(), usedAtMs: null })
  })

  it('again with a wipe closes the store first', async () => {
    await world.runner.open(false)
    await world.runner.open(true)
    const at = String(partition)
    expect(world.stores.calls).toEqual([`open ${at}`, `close ${at}`, `wipe ${at}`, `open ${at}`])
  })

  it('that fails says why', async () => {
    world.stores.faults.open = new StoreCorrupt('damaged')
    await expect(world.runner.open(false)).rejects.toThrow(StoreCorrupt)
  })
})

describe('a task', () => {
  const record = { topic: 'log', partition, key: 'k', value: null }

  it('produces while this member may act, and not otherwise', async () => {
    await world.start({})
    const ports = world.ports()
    const { state } = ports
    await ports.produce([record])
    await state.log([record])
    expect(world.produced).toHaveLength(2)
    world.mayAct = false
    await expect(ports.produce([record])).rejects.toThrow(LeaseLost)
    await expect(state.log([record])).rejects.toThrow(LeaseLost)
    expect(world.produced).toHaveLength(2)
  })

  it('that fails beside its steps tells of it', async () => {
    await world.start({})
    const error = new Error('beside')
    world.ports().failed(error)
    expect(world.failures).toEqual([error])
  })

  it('mirrors its changelog from where the restore ended', async () => {
    await world.start({}, 40)
    const { state } = world.ports()
    const first = await state.log([record])
    const second = await state.log([record])
    await state.batch([], second)
    expect((await world.stored()).offsets.get('log')).toBe(40)
    await state.batch([], first)
    expect((await world.stored()).offsets.get('log')).toBe(1002)
  })
})
