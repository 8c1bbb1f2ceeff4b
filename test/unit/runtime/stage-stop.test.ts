import { describe, expect, it } from '@jest/globals'
import { StoreUnavailable } from '../../../src/runtime/state-store.ts'
import { settle } from '../../support/manual-clock.ts'
import { createGate, createStageWorld, readAll, startWith, type StageWorld } from './stage-world.ts'

async function running(partitions: readonly number[] = [0, 1]): Promise<StageWorld> {
  const world = createStageWorld()
  await startWith(world, partitions)
  for (const partition of [0, 1]) world.group.logs.append('in', partition, ['i0', 'i1', 'i2', 'i3'])
  return world
}

function commits(world: StageWorld): readonly string[] {
  return world.group.calls.filter((call) => call.startsWith('commit') && !call.endsWith(' 0'))
}

describe('a stop', () => {
  it('takes nothing more, lets what runs end, commits it, and then leaves the group', async () => {
    const world = await running([0])
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    world.step = async () => gate
    const late = world.group.fetch('in', 0)
    await settle()
    const stopping = world.stage.stop()
    await settle()
    expect(world.group.calls).not.toContain('stop')
    expect(world.stage.holdsLease()).toBe(false)
    open()
    await late
    await stopping
    expect(world.group.calls.slice(-3)).toEqual(['commit in/0 3', 'commit side/0 0', 'stop'])
    expect(world.tasks[0]?.events.filter((event) => event.startsWith('process'))).toEqual([
      'process in 0 1 2',
    ])
  })

  it('that a new assignment overtakes commits what is left to it: the rest is of the one before, and of another by now', async () => {
    const world = await running([0, 1])
    await readAll(world)
    world.group.logs.append('in', 0, ['i4'])
    world.group.logs.append('in', 1, ['i4'])
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    world.step = async () => gate
    const late = [world.group.fetch('in', 0), world.group.fetch('in', 1)] as const
    await settle()
    const stopping = world.stage.stop()
    await settle()
    world.group.assign([1])
    open()
    for (const fetch of late) await fetch
    await stopping
    expect(commits(world).filter((call) => call.endsWith(' 5'))).toEqual(['commit in/1 5'])
    expect(world.group.calls.at(-1)).toBe('stop')
  })

  it('takes no batch that comes while it waits', async () => {
    const world = await running()
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    world.step = async () => gate
    const late = world.group.fetch('in', 0)
    await settle()
    const stopping = world.stage.stop()
    await world.group.fetch('in', 1)
    expect(world.tasks[1]?.events.filter((event) => event.startsWith('process'))).toEqual([])
    expect(world.group.isPaused('in', 1)).toBe(true)
    open()
    await late
    await stopping
    expect(commits(world)).toEqual(['commit in/0 3'])
  })

  it('commits nothing after it left, and runs nothing later', async () => {
    const world = await running()
    await readAll(world)
    await world.stage.stop()
    const before = world.group.calls.length
    await world.clock.advance(60_000)
    expect(world.group.calls).toHaveLength(before)
    expect(world.clock.pendingTimers()).toBe(0)
    expect(world.failures).toEqual([])
  })

  it('leaves the group although the last commit fails, and says so', async () => {
    const world = await running()
    await readAll(world)
    world.group.commitFaults.push(new Error('not authorised'))
    await expect(world.stage.stop()).rejects.toThrow('not authorised')
    expect(world.group.calls.at(-1)).toBe('stop')
  })

  it('starts nothing for an assignment that comes while it waits, and commits what it had', async () => {
    const world = await running()
    await readAll(world)
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    world.step = async () => gate
    world.group.logs.append('in', 0, ['i4'])
    const late = world.group.fetch('in', 0)
    await settle()
    const stopping = world.stage.stop()
    world.group.assign([0, 1])
    open()
    await late
    await stopping
    expect(world.tasks).toHaveLength(2)
    expect(commits(world)).toEqual(expect.arrayContaining(['commit in/0 5', 'commit in/1 4']))
  })

  it('before anything was assigned leaves the group', async () => {
    const world = createStageWorld()
    await world.stage.start()
    await world.stage.stop()
    expect(world.group.calls).toEqual(['stop'])
  })
})

describe('a stop of a task that still restores', () => {
  it('ends it at its next step: it may have much to do, and its next start goes on there', async () => {
    const world = createStageWorld()
    let rounds = 0
    world.step = async (event) => {
      while (event === 'restored' && rounds < 100) {
        rounds += 1
        await world.tasks[0]?.ports.state.batch([])
        await settle()
      }
    }
    await world.stage.start()
    world.group.assign([0])
    await settle()
    await world.stage.stop()
    expect(rounds).toBeLessThan(10)
    expect(world.errors).toEqual([])
  })
})

describe('a stop and the stores', () => {
  it('closes every store before it leaves the group', async () => {
    const world = createStageWorld()
    await startWith(world, [0, 1])
    await world.stage.stop()
    expect(world.stores.calls).toEqual(['open 0', 'open 1', 'close 0', 'close 1'])
    expect(world.group.calls.at(-1)).toBe('stop')
  })

  it('waits for the store of a partition that has just left', async () => {
    const world = createStageWorld()
    await startWith(world, [0])
    const gate = createGate()
    world.step = async () => gate.opened
    world.group.logs.append('in', 0, ['i0'])
    const late = world.group.fetch('in', 0)
    await settle()
    world.group.assign([])
    let stopped = false
    const stopping = world.stage.stop().then(() => (stopped = true))
    await settle()
    expect(stopped).toBe(false)
    gate.open()
    await late
    await stopping
    expect(world.stores.calls).toEqual(['open 0', 'close 0'])
  })

  it('waits for a store that is still being opened, and begins nothing anew', async () => {
    const world = createStageWorld()
    const gate = createGate()
    world.stores.faults.openHeldBy = gate.opened
    await world.stage.start()
    world.group.assign([0])
    await settle()
    let stopped = false
    const stopping = world.stage.stop().then(() => (stopped = true))
    await settle()
    expect(stopped).toBe(false)
    gate.open()
    await stopping
    expect(world.stores.calls).toEqual(['open 0', 'close 0'])
  })

  it('ends tasks and begins none anew: nothing of it is reported, and no timer is left', async () => {
    const world = createStageWorld()
    const gate = createGate()
    world.stores.faults.openHeldBy = gate.opened
    await world.stage.start()
    world.group.assign([0])
    await settle()
    const stopping = world.stage.stop()
    await settle()
    gate.open()
    await stopping
    await settle()
    expect(world.errors).toEqual([])
    expect(world.measured.filter((line) => line.startsWith('restarted'))).toEqual([])
    expect(world.clock.pendingTimers()).toBe(0)
  })

  it('leaves the group although a store cannot be closed', async () => {
    const world = createStageWorld()
    await startWith(world, [0])
    world.stores.faults.close = new StoreUnavailable('device fails')
    await world.stage.stop().catch(() => undefined)
    expect(world.group.calls.at(-1)).toBe('stop')
  })
})
