import { describe, expect, it } from '@jest/globals'
import { settle } from '../../support/manual-clock.ts'
import { createStageWorld, leaseMs, startWith, type StageWorld } from './stage-world.ts'

async function running(partitions: readonly number[] = [0, 1]): Promise<StageWorld> {
  const world = createStageWorld()
  await startWith(world, partitions)
  for (const partition of [0, 1]) world.group.logs.append('in', partition, ['i0', 'i1', 'i2', 'i3'])
  return world
}

describe('the lease', () => {
  it('begins with the assignment and lasts for its time after each sign of life', async () => {
    const world = createStageWorld()
    expect(world.stage.holdsLease()).toBe(false)
    await startWith(world, [0])
    world.clock.freeze(leaseMs - 1)
    expect(world.stage.holdsLease()).toBe(true)
    world.clock.freeze(1)
    expect(world.stage.holdsLease()).toBe(false)
    world.group.listener().alive(0)
    expect(world.stage.holdsLease()).toBe(true)
    expect(world.told.at(-1)).toBe('alive')
  })

  it('counts from when the heartbeat was sent, not from when its answer came', async () => {
    const world = await running()
    world.clock.freeze(leaseMs)
    world.group.listener().alive(leaseMs - 100)
    world.clock.freeze(99)
    expect(world.stage.holdsLease()).toBe(true)
    world.clock.freeze(1)
    expect(world.stage.holdsLease()).toBe(false)
  })

  it('is never shortened by an answer that comes late', async () => {
    const world = await running()
    world.clock.freeze(5000)
    world.group.listener().alive(0)
    world.group.listener().alive(9000)
    world.clock.freeze(leaseMs - 1)
    expect(world.stage.holdsLease()).toBe(true)
  })

  it('is not held while the assignment is in doubt, whatever heartbeats say, until the next assignment', async () => {
    const world = await running()
    world.group.listener().suspended()
    expect(world.stage.holdsLease()).toBe(false)
    world.group.listener().alive(0)
    expect(world.stage.holdsLease()).toBe(false)
    world.group.assign([0])
    expect(world.stage.holdsLease()).toBe(true)
  })

  it('is not given up for a task that gets ready while the assignment is in doubt', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 0, ['l0'])
    await world.stage.start()
    world.group.assign([0])
    await settle()
    world.group.listener().suspended()
    await world.group.pollAll()
    expect(world.told.slice(-1)).toEqual(['suspended'])
    world.group.assign([0])
    expect(world.told.at(-1)).toBe('running 0')
  })
})
