import { describe, expect, it } from '@jest/globals'
import { settle } from '../../support/manual-clock.ts'
import {
  commitIntervalMs,
  createGate,
  createStageWorld,
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

describe('an assignment in doubt', () => {
  it('is a last chance to commit, as the member that it was: what moves begins there where it ended here', async () => {
    const world = await running([0])
    await world.group.poll()
    world.group.listener().suspended()
    await settle()
    expect(commits(world)).toEqual(['commit in/0 3'])
  })

  it('commits nothing of what is still worked on', async () => {
    const world = await running([0])
    await world.group.poll()
    const gate = createGate()
    world.step = async () => gate.opened
    const late = world.group.fetch('in', 0)
    await settle()
    world.group.listener().suspended()
    await settle()
    expect(commits(world)).toEqual(['commit in/0 3'])
    gate.open()
    await late
  })

  it.each(['stale', new Error('not authorised')] as const)('is nothing to fail for: %s', async (fault) => {
    const world = await running([0])
    await world.group.poll()
    world.group.commitFaults.push(fault)
    world.group.listener().suspended()
    await settle()
    expect(world.failures).toEqual([])
    await world.clock.advance(commitIntervalMs)
    expect(commits(world)).toEqual(['commit in/0 3'])
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
