import { beforeEach, describe, expect, it } from '@jest/globals'
import { settle } from '../../support/manual-clock.ts'
import { batch, createRunnerWorld, ranges, type RunnerWorld } from './runner-world.ts'

let world: RunnerWorld

beforeEach(() => {
  world = createRunnerWorld()
})

describe('closing', () => {
  it('waits for what runs, and takes nothing more', async () => {
    await world.runner.prepare(ranges({}))
    world.events.length = 0
    const open = world.hold()
    const running = world.runner.take(batch('in', [0]))
    const queued = world.runner.take(batch('side', [0]))
    await settle()
    let closed = false
    const closing = world.runner.close().then(() => (closed = true))
    await settle()
    expect(closed).toBe(false)
    open()
    await closing
    expect(await running).toBe(1)
    expect(await queued).toBeNull()
    expect(await world.runner.take(batch('in', [1]))).toBeNull()
    expect(world.events.filter((event) => event.startsWith('process'))).toEqual(['process in0'])
  })

  it('in the middle of the last restore neither runs nor tells that a topic is restored', async () => {
    await world.runner.prepare(ranges({ log: [0, 1] }))
    const open = world.hold()
    const taken = world.runner.take(batch('log', [0]))
    await settle()
    const closing = world.runner.close()
    open()
    await closing
    expect(await taken).toBeNull()
    expect(world.runner.state()).toBe('closed')
    expect(world.events).not.toContain('running')
    expect(world.events).not.toContain('log restored')
  })

  it('before it was prepared leaves it closed', async () => {
    await world.runner.close()
    await world.runner.prepare(ranges({}))
    expect(world.runner.state()).toBe('closed')
    expect(world.events).toEqual(['close'])
  })

  it('resolves although what ran failed', async () => {
    await world.runner.prepare(ranges({}))
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

  it('lets no tick through, and neither does restoring', async () => {
    await world.runner.prepare(ranges({ log: [0, 5] }))
    await world.runner.tick()
    await world.runner.close()
    await world.runner.tick()
    expect(world.events).toEqual(['close'])
  })
})
