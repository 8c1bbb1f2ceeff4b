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

/** Those that say that something was processed. */
function commits(world: StageWorld): readonly string[] {
  return allCommits(world).filter((call) => !call.endsWith(' 0'))
}

function allCommits({ group }: StageWorld): readonly string[] {
  return group.calls.filter((call) => call.startsWith('commit'))
}

describe('commits', () => {
  it('follow what was processed, at intervals, each once', async () => {
    const world = await running([0])
    await world.group.poll()
    expect(allCommits(world)).toEqual([])
    await world.clock.advance(commitIntervalMs)
    expect(commits(world)).toEqual(['commit in/0 3'])
    await world.clock.advance(10 * commitIntervalMs)
    expect(commits(world)).toHaveLength(1)
    await readAll(world)
    await world.clock.advance(commitIntervalMs)
    expect(commits(world)).toEqual(['commit in/0 3', 'commit in/0 4'])
    expect(world.measured.filter((line) => line.startsWith('committed in'))).toEqual([
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

  it('are of inputs alone, from the start on: what is only restored moves none', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 0, ['l0'])
    world.group.logs.append('in', 0, ['i0', 'i1'])
    world.group.logs.setCommitted('in', 0, 2)
    await startWith(world, [0])
    await world.clock.advance(3 * commitIntervalMs)
    expect(allCommits(world)).toEqual(['commit in/0 2', 'commit side/0 0'])
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

describe('a note', () => {
  it('stands beside every offset, and is committed again where it changes', async () => {
    const world = await running([0])
    world.note = 'first'
    await world.group.poll()
    await world.clock.advance(commitIntervalMs)
    expect(allCommits(world)).toEqual(['commit in/0 3 first', 'commit side/0 0 first'])
    world.note = 'second'
    await world.clock.advance(commitIntervalMs)
    expect(allCommits(world).slice(2)).toEqual(['commit in/0 3 second', 'commit side/0 0 second'])
  })

  it('can be published at once, which says whether the group took it', async () => {
    const world = await running([0])
    world.note = 'first'
    expect(await world.stage.publish()).toBe(true)
    expect(allCommits(world)).toEqual(['commit in/0 0 first', 'commit side/0 0 first'])
    world.note = 'second'
    world.group.commitFaults.push('stale')
    expect(await world.stage.publish()).toBe(false)
    expect(await world.stage.publish()).toBe(true)
  })

  it('is not published where it does not stand beside all partitions: one has the offset of an operator', async () => {
    const world = createStageWorld()
    world.group.logs.append('in', 0, ['i0'])
    world.group.logs.resetTo('in', 0, 1)
    await startWith(world, [0])
    expect(await world.stage.publish()).toBe(false)
    expect(allCommits(world)).toEqual(['commit side/0 0'])
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
