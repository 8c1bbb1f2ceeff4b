import { beforeEach, describe, expect, it } from '@jest/globals'
import { LeaseLost } from '../../../src/runtime/ports.ts'
import { settle } from '../../support/manual-clock.ts'
import { batch, createRunnerWorld, partition, type RunnerWorld } from './runner-world.ts'

let world: RunnerWorld

beforeEach(() => {
  world = createRunnerWorld()
})

describe('closing', () => {
  it('waits for what runs, which writes nothing any more, and takes nothing more', async () => {
    await world.start({})
    world.events.length = 0
    const open = world.hold()
    const running = world.runner.take(batch('in', [0])).catch((error: unknown) => error)
    const queued = world.runner.take(batch('side', [0]))
    await settle()
    let closed = false
    const closing = world.runner.close().then(() => (closed = true))
    await settle()
    expect(closed).toBe(false)
    expect(world.stores.calls).not.toContain(`close ${partition}`)
    open()
    await closing
    expect(await running).toBeInstanceOf(LeaseLost)
    expect(await queued).toBeNull()
    expect(await world.runner.take(batch('in', [1]))).toBeNull()
    expect(world.events.filter((event) => event.startsWith('process'))).toEqual(['process in0'])
    expect((await world.stored()).offsets.has('in')).toBe(false)
  })

  it('closes the store once, behind everything else', async () => {
    await world.start({})
    await world.runner.close()
    expect(world.events.at(-1)).toBe('close')
    expect(world.stores.calls).toEqual([`open ${partition}`, `close ${partition}`])
  })

  it('in the middle of the last restore neither runs nor tells that a topic is restored', async () => {
    await world.start({ log: [0, 1], in: [0, 1] })
    const open = world.hold()
    const taken = world.runner.take(batch('log', [0])).catch((error: unknown) => error)
    await settle()
    const closing = world.runner.close()
    open()
    await closing
    expect(await taken).toBeInstanceOf(LeaseLost)
    expect(world.runner.state()).toBe('closed')
    expect(world.events).not.toContain('running')
    expect(world.events).not.toContain('log restored')
  })

  it('before it was prepared leaves it closed', async () => {
    await world.runner.close()
    await expect(world.runner.open(false)).rejects.toThrow(LeaseLost)
    await world.runner.prepare({
      ranges: new Map(),
      mirrorFrom: 0,
      positions: new Map(),
      done: new Map(),
      ends: new Map(),
    })
    expect(world.runner.state()).toBe('closed')
    expect(world.events).toEqual([])
    expect(world.stores.calls).toEqual([])
  })

  it('while the store is being opened does not keep it: a successor can have it', async () => {
    let found = (): void => undefined
    world.stores.faults.openHeldBy = new Promise((resolve) => (found = resolve))
    const opening = world.runner.open(false).catch((error: unknown) => error)
    await settle()
    const successor = createRunnerWorld(world.stores)
    await world.runner.close()
    const following = successor.start({})
    found()
    expect(await opening).toBeInstanceOf(LeaseLost)
    await following
    expect(world.stores.calls).toEqual([`open ${partition}`, `close ${partition}`, `open ${partition}`])
    expect(successor.runner.state()).toBe('running')
  })

  it('between the opening and the preparing closes the store and restores nothing', async () => {
    await world.runner.open(false)
    await world.runner.close()
    await world.runner.prepare({
      ranges: new Map(),
      mirrorFrom: 0,
      positions: new Map(),
      done: new Map(),
      ends: new Map(),
    })
    expect(world.stores.calls).toEqual([`open ${partition}`, `close ${partition}`])
    expect(world.events).toEqual([])
  })

  it('resolves although what ran failed', async () => {
    await world.start({})
    const open = world.hold()
    world.fails = () => new Error('no')
    const taken = world.runner.take(batch('in', [0])).catch(String)
    await settle()
    const closing = world.runner.close()
    open()
    await closing
    expect(await taken).toBe('Error: no')
    expect(world.runner.state()).toBe('closed')
  })

  it('lets no tick and no touch through, and neither does restoring', async () => {
    const beganMs = world.clock.nowMs()
    await world.start({ log: [0, 5], in: [0, 1] })
    await world.clock.advance(1000)
    await world.runner.tick()
    await world.runner.touch()
    await world.runner.close()
    await world.runner.tick()
    await world.runner.touch()
    expect(world.events).toEqual(['close'])
    expect((await world.stored()).usedAtMs).toBe(beganMs)
  })

  it('makes everything that the task was given reject', async () => {
    await world.start({})
    const ports = world.ports()
    const { state } = ports
    await world.runner.close()
    const record = { topic: 'log', partition, key: 'k', value: null }
    await expect(state.get('a')).rejects.toThrow(LeaseLost)
    await expect(state.getMany(['a'])).rejects.toThrow(LeaseLost)
    await expect(state.batch([])).rejects.toThrow(LeaseLost)
    await expect(state.log([record])).rejects.toThrow(LeaseLost)
    await expect(ports.produce([record])).rejects.toThrow(LeaseLost)
    expect(world.produced).toEqual([])
  })
})
