import { describe, expect, it } from '@jest/globals'
import { settle } from '../../support/manual-clock.ts'
import { createStageWorld, eventsOf, readAll, startWith, type StageWorld } from './stage-world.ts'

function withPast(world: StageWorld): StageWorld {
  for (const partition of [0, 1]) {
    world.group.logs.append('log', partition, ['l0', 'l1'])
    world.group.logs.append('in', partition, ['i0', 'i1', 'i2', 'i3'])
    world.group.logs.append('side', partition, ['s0'])
    world.group.logs.setCommitted('in', partition, 2)
  }
  return world
}

describe('a new assignment', () => {
  it('restores the changelog to its end and inputs that are state to what was committed, then processes', async () => {
    const world = withPast(createStageWorld())
    await startWith(world, [0])
    expect(world.failures).toEqual([])
    expect(eventsOf(world, 0)).toEqual(
      expect.arrayContaining([
        'restore log 0 1',
        'restore in 0 1',
        'restored',
        'process in 2 3',
        'process side 0',
      ]),
    )
    const order = eventsOf(world, 0).map((event) => event.split(' ')[0])
    expect(order.lastIndexOf('restore')).toBeLessThan(order.indexOf('restored'))
    expect(order.indexOf('restored')).toBeLessThan(order.indexOf('process'))
    expect(world.announced.at(-1)).toEqual([0])
  })

  it('restores up to the bounds of the log as of after the assignment', async () => {
    const world = withPast(createStageWorld())
    await world.stage.start()
    expect(world.group.calls.filter((call) => call.startsWith('bounds'))).toEqual([])
    world.group.assign([0])
    world.group.logs.append('log', 0, ['written by the last owner, late'])
    await settle()
    await readAll(world)
    expect(
      eventsOf(world, 0)
        .filter((event) => event.startsWith('restore log'))
        .join(' '),
    ).toContain('2')
  })

  it('fetches nothing of a partition while it is not known how far its past reaches', async () => {
    const world = withPast(createStageWorld())
    let open = (): void => undefined
    world.group.logs.faults.heldBy = new Promise((resolve) => (open = resolve))
    await world.stage.start()
    world.group.assign([0, 1])
    expect(await world.group.poll()).toBe(0)
    expect(world.stage.isAssigned()).toBe(true)
    expect(world.stage.isRestored()).toBe(false)
    open()
    await settle()
    await readAll(world)
    expect(world.stage.isRestored()).toBe(true)
    expect(world.announced.at(-1)).toEqual([0, 1])
  })

  it('lets inputs wait until everything of their partition is restored, and one partition not for the other', async () => {
    const world = withPast(createStageWorld())
    await world.stage.start()
    world.group.assign([0, 1])
    await settle()
    for (const topic of ['log', 'in']) await world.group.fetch(topic, 1)
    expect(world.announced.at(-1)).toEqual([])
    // What the group had not read of its state when it began, either.
    await world.group.fetch('in', 1)
    expect(world.announced.at(-1)).toEqual([1])
    expect(world.group.isPaused('side', 0)).toBe(true)
    expect(world.group.isPaused('side', 1)).toBe(false)
    expect(world.group.isPaused('log', 1)).toBe(true)
    await readAll(world)
    expect(world.announced.at(-1)).toEqual([0, 1])
  })

  it('of nothing is an assignment too', async () => {
    const world = createStageWorld()
    await startWith(world, [])
    expect(world.stage.isAssigned()).toBe(true)
    expect(world.stage.isRestored()).toBe(true)
    expect(world.announced).toEqual([[]])
    expect(world.tasks).toEqual([])
  })

  it('with nothing in its logs runs at once', async () => {
    const world = createStageWorld()
    await world.stage.start()
    world.group.assign([0, 1])
    await settle()
    expect(world.announced.at(-1)).toEqual([0, 1])
    expect(world.measured).toEqual(['rebalanced', 'restoring 0', 'restoring 1', 'running 0', 'running 1'])
  })

  it('whose topics were not assigned together ends the stage', async () => {
    const world = createStageWorld()
    await world.stage.start()
    world.group.assignExactly({ in: [0, 1], side: [0], log: [0, 1] })
    expect(world.failures.map(({ message }) => message)).toEqual([
      'deliver: the partitions of in, side, log were not assigned together',
    ])
    expect(world.tasks).toEqual([])
    expect(world.stage.holdsLease()).toBe(false)
  })

  it('ends the stage where its past cannot be found out', async () => {
    const world = createStageWorld()
    world.group.logs.faults.error = new Error('no broker')
    await startWith(world, [0])
    expect(world.failures.map(({ message }) => message)).toEqual(['deliver[0]: no broker'])
  })

  it('that failed for partitions which left meanwhile is nothing', async () => {
    const world = createStageWorld()
    let open = (): void => undefined
    world.group.logs.faults.heldBy = new Promise((resolve) => (open = resolve))
    await world.stage.start()
    world.group.assign([0])
    world.group.assign([])
    world.group.logs.faults.error = new Error('no broker')
    open()
    await settle()
    expect(world.failures).toEqual([])
  })
})

describe('a change of the assignment', () => {
  it('keeps tasks that run, at their own positions, whatever was committed', async () => {
    const world = withPast(createStageWorld())
    await startWith(world, [0, 1])
    const before = world.tasks.length
    world.group.calls.length = 0
    world.group.assign([0])
    expect(world.tasks).toHaveLength(before)
    expect(world.group.calls).toEqual(
      expect.arrayContaining(['seek in/0 4', 'seek side/0 1', 'pause log/0', 'resume in/0', 'resume side/0']),
    )
    expect(world.announced.at(-1)).toEqual([0])
    world.group.logs.append('in', 0, ['i4'])
    await readAll(world)
    expect(eventsOf(world, 0).at(-1)).toBe('process in 4')
  })

  it('closes tasks that left and begins anew with them when they come back: restored is what they lack', async () => {
    const world = withPast(createStageWorld())
    await startWith(world, [0, 1])
    world.group.assign([0])
    expect(eventsOf(world, 1).at(-1)).toBe('close')
    expect(world.measured).toContain('left 1')
    world.group.logs.append('log', 1, ['written by another member'])
    world.group.assign([0, 1])
    await settle()
    await readAll(world)
    expect(world.tasks.map(({ partition }) => partition)).toEqual([0, 1, 1])
    expect(eventsOf(world, 1).slice(0, 2)).toEqual(['restore log 2', 'restored'])
  })

  it('begins anew with tasks that were still restoring', async () => {
    const world = withPast(createStageWorld())
    await world.stage.start()
    world.group.assign([0])
    await settle()
    await world.group.fetch('log', 0)
    world.group.assign([0])
    await settle()
    await readAll(world)
    expect(world.tasks).toHaveLength(2)
    expect(world.tasks[0]?.events).toEqual(['restore log 0 1', 'close'])
    expect(eventsOf(world, 0)).toEqual(
      // What the first had restored is in the store.
      expect.arrayContaining(['restore in 0 1', 'restored']),
    )
    expect(world.announced.at(-1)).toEqual([0])
  })

  it('leaves what a read of an earlier assignment finds out without effect', async () => {
    const world = withPast(createStageWorld())
    let open = (): void => undefined
    world.group.logs.faults.heldBy = new Promise((resolve) => (open = resolve))
    await world.stage.start()
    world.group.assign([0])
    world.group.assign([1])
    world.group.calls.length = 0
    open()
    await settle()
    expect(world.group.calls.filter((call) => call.endsWith('/0') || call.includes('/0 '))).toEqual([])
    await readAll(world)
    expect(world.announced.at(-1)).toEqual([1])
    expect(world.tasks.map(({ partition }) => partition)).toEqual([1])
  })

  it('lets a successor wait until the task before it has ended, whose late end pauses nothing of it', async () => {
    const world = withPast(createStageWorld())
    await world.stage.start()
    world.group.assign([0])
    await settle()
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    world.step = async (event) => (event.startsWith('restore log') ? gate : Promise.resolve())
    const late = world.group.fetch('log', 0)
    await settle()
    world.step = async () => Promise.resolve()
    world.group.assign([0])
    await settle()
    expect(world.tasks).toHaveLength(1)
    expect(world.group.isPaused('log', 0)).toBe(true)
    open()
    await late
    await settle()
    expect(world.tasks).toHaveLength(2)
    expect(world.group.isPaused('log', 0)).toBe(false)
    await readAll(world)
    expect(world.announced.at(-1)).toEqual([0])
  })

  it('makes an error of a task that left none of the stage', async () => {
    const world = withPast(createStageWorld())
    await startWith(world, [0, 1])
    world.group.logs.append('in', 1, ['i4'])
    let fail = (): void => undefined
    world.step = async () =>
      new Promise((_, reject) => (fail = () => reject(new Error('the store is closed'))))
    const late = world.group.fetch('in', 1)
    await settle()
    world.group.assign([0])
    fail()
    await late
    expect(world.failures).toEqual([])
    expect(world.group.isPaused('in', 1)).toBe(false)
  })
})

describe('a member that was out of the group', () => {
  it('begins anew with all of them, and restores what others wrote meanwhile', async () => {
    const world = withPast(createStageWorld())
    await startWith(world, [0, 1])
    world.group.logs.append('log', 0, ['written by another member'])
    world.group.listener().suspended()
    world.group.listener().lost()
    world.group.assign([0, 1])
    expect(world.announced.at(-1)).toEqual([])
    await settle()
    await readAll(world)
    expect(world.tasks).toHaveLength(4)
    expect(eventsOf(world, 0).filter((event) => event.startsWith('restore '))).toEqual(['restore log 2'])
    expect(world.announced.at(-1)).toEqual([0, 1])
  })
})
