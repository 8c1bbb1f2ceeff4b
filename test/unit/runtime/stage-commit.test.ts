import { describe, expect, it } from '@jest/globals'
import { settle } from '../../support/manual-clock.ts'
import {
  commitIntervalMs,
  createStageWorld,
  leaseMs,
  readAll,
  startWith,
  type StageWorld,
} from './stage-world.ts'

async function running(partitions: readonly number[] = [0, 1]): Promise<StageWorld> {
  const world = createStageWorld()
  await startWith(world, partitions)
  for (const partition of [0, 1]) world.group.logs.append('in', partition, ['i0', 'i1', 'i2', 'i3'])
  return world
}

function commits(world: StageWorld): readonly string[] {
  return world.group.calls.filter((call) => call.startsWith('commit'))
}

describe('commits', () => {
  it('follow what was processed, at intervals, each once', async () => {
    const world = await running([0])
    await world.group.poll()
    expect(commits(world)).toEqual([])
    await world.clock.advance(commitIntervalMs)
    expect(commits(world)).toEqual(['commit in/0 3'])
    await world.clock.advance(10 * commitIntervalMs)
    expect(commits(world)).toHaveLength(1)
    await readAll(world)
    await world.clock.advance(commitIntervalMs)
    expect(commits(world)).toEqual(['commit in/0 3', 'commit in/0 4'])
    expect(world.measured.filter((line) => line.startsWith('committed'))).toEqual([
      'committed in/0 3',
      'committed in/0 4',
    ])
  })

  it('never run ahead of what is processed', async () => {
    const world = await running([0])
    await world.group.poll()
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    world.step = async () => gate
    const late = world.group.fetch('in', 0)
    await world.clock.advance(5 * commitIntervalMs)
    expect(world.group.logs.committed('in', 0)).toBe(3)
    open()
    await late
    await world.clock.advance(commitIntervalMs)
    expect(world.group.logs.committed('in', 0)).toBe(4)
  })

  it('are of inputs alone, and of none that was only restored', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 0, ['l0'])
    world.group.logs.append('in', 0, ['i0', 'i1'])
    world.group.logs.setCommitted('in', 0, 2)
    await startWith(world, [0])
    await world.clock.advance(3 * commitIntervalMs)
    expect(commits(world)).toEqual([])
  })

  it('that the group refused as stale are repeated', async () => {
    const world = await running([0])
    await readAll(world)
    world.group.commitFaults.push('stale', 'stale')
    await world.clock.advance(2 * commitIntervalMs)
    expect(commits(world)).toEqual([])
    await world.clock.advance(commitIntervalMs)
    expect(commits(world)).toEqual(['commit in/0 4'])
  })

  it('are repeated after the next assignment, which knows nothing of them', async () => {
    const world = await running([0])
    await readAll(world)
    await world.clock.advance(commitIntervalMs)
    world.group.assign([0, 1])
    await settle()
    await world.clock.advance(commitIntervalMs)
    expect(commits(world).filter((call) => call === 'commit in/0 4')).toHaveLength(2)
  })

  it('are never of a partition that left', async () => {
    const world = await running()
    await readAll(world)
    world.group.assign([1])
    await world.clock.advance(3 * commitIntervalMs)
    expect(commits(world)).toEqual(['commit in/1 4'])
    expect(world.failures).toEqual([])
  })

  it('that fail for another reason end the stage', async () => {
    const world = await running()
    await readAll(world)
    world.group.commitFaults.push(new Error('not authorised'))
    await world.clock.advance(commitIntervalMs)
    expect(world.failures.map(({ message }) => message)).toEqual(['deliver: not authorised'])
  })
})

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
    expect(world.group.calls.slice(-2)).toEqual(['commit in/0 3', 'stop'])
    expect(world.tasks[0]?.events.filter((event) => event.startsWith('process'))).toEqual([
      'process in 0 1 2',
    ])
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

describe('ticks', () => {
  it('come about every second for tasks that run, and wait for what runs', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 1, ['l0'])
    await world.stage.start()
    world.group.assign([0, 1])
    await world.clock.advance(3000)
    expect(world.tasks[0]?.events).toEqual(['restored', 'tick', 'tick', 'tick'])
    expect(world.tasks[1]?.events).toEqual([])
  })
})

it('the partitions it owns are those of its inputs', async () => {
  const world = await running([1])
  expect(world.stage.owned()).toEqual([
    { topic: 'in', partition: 1 },
    { topic: 'side', partition: 1 },
  ])
})
