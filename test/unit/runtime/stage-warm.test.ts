import { describe, expect, it } from '@jest/globals'
import { settle } from '../../support/manual-clock.ts'
import {
  commitIntervalMs,
  createStageWorld,
  eventsOf,
  maxStoreAgeMs,
  readAll,
  startWith,
  type StageWorld,
} from './stage-world.ts'

/** A stage that processed six records of `in` and two of `side` in partition 0, and committed the first three of `in`. */
async function run(): Promise<StageWorld> {
  const world = createStageWorld()
  world.logs = true
  await startWith(world, [0])
  world.group.logs.append('in', 0, ['i0', 'i1', 'i2'])
  await readAll(world)
  await world.clock.advance(commitIntervalMs)
  world.group.logs.append('in', 0, ['i3', 'i4', 'i5'])
  world.group.logs.append('side', 0, ['s0', 's1'])
  await readAll(world)
  return world
}

/** The process is gone without a commit; another begins with what it left. */
function afterCrash(world: StageWorld): StageWorld {
  world.stores.abandon()
  return createStageWorld({ after: world })
}

const steps = (world: StageWorld): readonly string[] =>
  eventsOf(world, 0).filter((event) => event !== 'tick' && event !== 'close')

describe('a stage that finds its stores', () => {
  it('goes on where they are, ahead of the group, with nothing to restore and nothing twice', async () => {
    const before = await run()
    before.group.logs.setCommitted('side', 0, 0)
    const world = afterCrash(before)
    await startWith(world, [0])
    expect(steps(world)).toEqual(['restored'])
    await world.clock.advance(commitIntervalMs)
    expect(world.group.calls).toEqual(expect.arrayContaining(['commit in/0 6', 'commit side/0 2']))
    world.group.logs.append('in', 0, ['i6'])
    await readAll(world)
    expect(steps(world)).toEqual(['restored', 'process in 6'])
  })

  it('restores the tail of the changelog alone', async () => {
    const before = await run()
    before.group.logs.setCommitted('side', 0, 0)
    const world = afterCrash(before)
    world.group.logs.append('log', 0, ['written by another member'])
    await startWith(world, [0])
    expect(steps(world)).toEqual(['restore log 3', 'restored'])
  })

  it('goes on where the group is, if another member had the partition since, and restores the past of that', async () => {
    const before = await run()
    const world = afterCrash(before)
    world.group.logs.append('in', 0, ['i6', 'i7'])
    world.group.logs.setCommitted('in', 0, 8)
    world.group.logs.setCommitted('side', 0, 2)
    await startWith(world, [0])
    expect(steps(world)).toEqual(['restore in 6 7', 'restored'])
    world.group.logs.append('in', 0, ['i8'])
    await readAll(world)
    expect(steps(world).at(-1)).toBe('process in 8')
  })

  it('goes back where an operator wants it, each partition on its own', async () => {
    const before = await run()
    before.group.logs.setCommitted('side', 0, 2)
    const world = afterCrash(before)
    world.group.logs.resetTo('in', 0, 4)
    await startWith(world, [0])
    expect(steps(world)).toEqual(['restored', 'process in 4 5'])
    await world.clock.advance(commitIntervalMs)
    expect(world.group.calls).toContain('commit in/0 6')
  })

  it('wipes those that are older than deletions are remembered, says so, and restores everything', async () => {
    const before = await run()
    before.group.logs.setCommitted('in', 0, 6)
    before.group.logs.setCommitted('side', 0, 2)
    const world = afterCrash(before)
    world.clock.freeze(maxStoreAgeMs + 1)
    world.stores.calls.length = 0
    await startWith(world, [0])
    expect(world.stores.calls).toEqual(['open 0', 'close 0', 'wipe 0', 'open 0'])
    expect(steps(world)).toEqual(['restore in 0 1 2', 'restore log 0 1 2', 'restore in 3 4 5', 'restored'])
    expect(world.warnings).toEqual([
      { stage: 'deliver', partition: 0, reason: 'it was out of use longer than deletions are remembered' },
    ])
  })

  it('counts and reports the records that were deleted before it had read them', async () => {
    const before = await run()
    const world = afterCrash(before)
    world.group.logs.append('in', 0, ['i6', 'i7', 'i8', 'i9'])
    world.group.logs.truncate('in', 0, 8)
    await startWith(world, [0])
    expect(steps(world)).toEqual(['restored', 'process in 8 9'])
    expect(world.measured).toContain('lost in 2')
    expect(world.errors).toEqual([{ stage: 'deliver', partition: 0, topic: 'in', records: 2 }])
  })
})

describe('a stage whose changelog was made anew', () => {
  /** All but the changelog is as {@link run} left it, and committed; `side` is no state, so that it is read again. */
  async function runAndLose(): Promise<StageWorld> {
    const before = await run()
    before.group.logs.setCommitted('in', 0, 6)
    before.group.logs.setCommitted('side', 0, 2)
    before.group.logs.recreate('log', 0)
    before.group.logs.append('log', 0, ['written by somebody else'])
    before.stores.abandon()
    return before
  }

  it('wipes its stores, says so, and reads all inputs again that are no state', async () => {
    const world = afterCrash(await runAndLose())
    await startWith(world, [0])
    expect(world.stores.calls.slice(-4)).toEqual(['open 0', 'close 0', 'wipe 0', 'open 0'])
    expect(steps(world)).toEqual([
      'restore in 0 1 2',
      'restore log 0',
      'restore in 3 4 5',
      'restored',
      'process side 0 1',
    ])
    expect(world.warnings).toEqual([
      { stage: 'deliver', partition: 0, reason: 'it mirrors "log" up to 3, but that ends at 1: made anew' },
      { stage: 'deliver', partition: 0 },
    ])
  })

  /** Starts and restores, and fetches nothing more. */
  async function restore(world: StageWorld): Promise<void> {
    await world.stage.start()
    world.group.assign([0])
    await settle()
    for (const topic of ['log', 'in', 'in']) await world.group.fetch(topic, 0)
    expect(world.announced.at(-1)).toEqual([0])
  }

  it('tells the group first: what it writes to the changelog makes that look whole to the next owner', async () => {
    const world = afterCrash(await runAndLose())
    await restore(world)
    expect(world.group.logs.committed('side', 0)).toBe(0)
    expect(world.group.logs.committed('in', 0)).toBe(6)
    expect(world.group.calls.indexOf('commit side/0 0')).toBeLessThan(
      world.group.calls.indexOf('seek side/0 0'),
    )
  })

  it('reads nothing where the group moved on and cannot be told: another owner reads it all again', async () => {
    const world = afterCrash(await runAndLose())
    world.group.commitFaults.push('stale')
    await world.stage.start()
    world.group.assign([0])
    await settle()
    expect(world.tasks).toEqual([])
    expect(world.measured).toContain('restarted lease_lost')
    expect(world.failures).toEqual([])
  })

  it('reads all of them again, also if it ends in the middle of it, before the first commit', async () => {
    const before = await runAndLose()
    before.group.logs.append('side', 0, ['s2', 's3', 's4'])
    before.group.logs.setCommitted('side', 0, 5)
    const interrupted = afterCrash(before)
    interrupted.logs = true
    await restore(interrupted)
    await interrupted.group.fetch('side', 0)
    expect(steps(interrupted).at(-1)).toBe('process side 0 1 2')
    const world = afterCrash(interrupted)
    await startWith(world, [0])
    expect(steps(world).at(-1)).toBe('process side 3 4')
  })

  it('reads all of them again, also if it is assigned anew before it has read any', async () => {
    const world = afterCrash(await runAndLose())
    await restore(world)
    world.group.assign([0])
    await settle()
    await readAll(world)
    expect(steps(world)).toContain('process side 0 1')
  })

  // Its store is not wiped then, and knows of the inputs what the group knew.
  it('reads all of them again, also if just the beginning of the changelog is gone and it crashes', async () => {
    const before = await run()
    before.group.logs.setCommitted('in', 0, 6)
    before.group.logs.setCommitted('side', 0, 2)
    before.group.logs.append('log', 0, ['l3', 'l4'])
    before.group.logs.truncate('log', 0, 4)
    const interrupted = afterCrash(before)
    await interrupted.stage.start()
    interrupted.group.assign([0])
    await settle()
    await interrupted.group.fetch('log', 0)
    expect(interrupted.announced.at(-1)).toEqual([0])
    const world = afterCrash(interrupted)
    await startWith(world, [0])
    expect(steps(world)).toContain('process side 0 1')
  })
})

describe('a restore that is interrupted', () => {
  it('goes on where it was: otherwise rebalances that come often would keep it from ever ending', async () => {
    const interrupted = createStageWorld()
    interrupted.group.logs.append('log', 0, ['l0', 'l1', 'l2', 'l3', 'l4'])
    await interrupted.stage.start()
    interrupted.group.assign([0])
    await settle()
    await interrupted.group.fetch('log', 0)
    const world = afterCrash(interrupted)
    await startWith(world, [0])
    expect(steps(world)).toEqual(['restore log 3 4', 'restored'])
  })

  it('of a store that was in use before goes on where it was', async () => {
    const before = await run()
    before.group.logs.setCommitted('side', 0, 2)
    before.group.logs.append('log', 0, ['l3', 'l4', 'l5', 'l6', 'l7'])
    const interrupted = afterCrash(before)
    await interrupted.stage.start()
    interrupted.group.assign([0])
    await settle()
    await interrupted.group.fetch('log', 0)
    const world = afterCrash(interrupted)
    await startWith(world, [0])
    expect(steps(world)).toEqual(['restore log 6 7', 'restored'])
  })

  it('of a store that was in use before is as old as that: the tail may have forgotten deletions meanwhile', async () => {
    const before = await run()
    before.group.logs.append('log', 0, ['l3', 'l4', 'l5', 'l6'])
    const interrupted = afterCrash(before)
    interrupted.clock.freeze(maxStoreAgeMs - commitIntervalMs - 1000)
    await interrupted.stage.start()
    interrupted.group.assign([0])
    await settle()
    await interrupted.group.fetch('log', 0)
    expect(interrupted.warnings).toEqual([])
    const world = afterCrash(interrupted)
    world.clock.freeze(2000)
    world.stores.calls.length = 0
    await startWith(world, [0])
    expect(world.stores.calls).toEqual(['open 0', 'close 0', 'wipe 0', 'open 0'])
  })
})
