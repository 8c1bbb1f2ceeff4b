import { describe, expect, it } from '@jest/globals'
import { LeaseLost, type TaskFailureReason } from '../../../src/runtime/ports.ts'
import { StoreCorrupt, StoreUnavailable } from '../../../src/runtime/state-store.ts'
import { settle } from '../../support/manual-clock.ts'
import {
  commitIntervalMs,
  createGate,
  createStageWorld,
  eventsOf,
  Outage,
  readAll,
  stallRetryMs,
  startWith,
  type StageWorld,
} from './stage-world.ts'

/** Two partitions with four records each: the tasks run and have committed the first three. */
async function running(): Promise<StageWorld> {
  const world = createStageWorld()
  world.logs = true
  await startWith(world, [0, 1])
  for (const partition of [0, 1]) world.group.logs.append('in', partition, ['i0', 'i1', 'i2'])
  await readAll(world)
  await world.clock.advance(commitIntervalMs)
  for (const partition of [0, 1]) world.group.logs.append('in', partition, ['i3'])
  return world
}

/** Makes the next batch of partition 0 fail. */
async function failNext(world: StageWorld, error: Error): Promise<void> {
  world.step = async (event, partition) =>
    partition === 0 && event.startsWith('process') ? Promise.reject(error) : Promise.resolve()
  await world.group.fetch('in', 0)
  await settle()
  world.step = async () => Promise.resolve()
}

/** Lets time pass with heartbeats that are answered. */
async function pass(world: StageWorld, durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 1000) {
    world.group.listener().alive(0)
    await world.clock.advance(1000)
  }
}

const announced = (world: StageWorld): readonly number[] => [...(world.announced.at(-1) ?? [])].sort()
const steps = (events: readonly string[]): readonly string[] => events.filter((event) => event !== 'tick')

const reasons: readonly [Error, TaskFailureReason][] = [
  [new LeaseLost('too late'), 'lease_lost'],
  [new StoreUnavailable('full'), 'store_unavailable'],
  [new StoreCorrupt('damaged'), 'store_corrupt'],
]

describe('a task that fails', () => {
  it.each(reasons)('with %p begins anew in place, and the process goes on', async (error, reason) => {
    const world = await running()
    await failNext(world, error)
    expect(world.tasks[0]?.events.at(-1)).toBe('close')
    expect(world.stage.isRestored()).toBe(false)
    expect(world.announced.at(-1)).toEqual([1])
    await world.clock.advance(stallRetryMs - 1)
    await readAll(world)
    expect(world.tasks).toHaveLength(2)
    await world.clock.advance(1)
    await readAll(world)
    expect(world.tasks.map(({ partition }) => partition)).toEqual([0, 1, 0])
    expect(eventsOf(world, 0)).toContain('process in 3')
    expect(world.stage.isRestored()).toBe(true)
    expect(announced(world)).toEqual([0, 1])
    expect(world.failures).toEqual([])
    expect(world.measured.filter((line) => line.startsWith('restarted'))).toEqual([`restarted ${reason}`])
    expect(world.errors).toEqual([{ stage: 'deliver', partition: 0, reason, error: error.message }])
  })

  it('because something outside was down while it restored begins anew, and goes on where it was', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 0, ['l0', 'l1', 'l2', 'l3', 'l4'])
    world.step = async (event) =>
      event === 'restored' ? Promise.reject(new Outage('registry')) : Promise.resolve()
    await startWith(world, [0])
    world.step = async () => Promise.resolve()
    await world.clock.advance(stallRetryMs)
    await readAll(world)
    expect(world.tasks.map(({ events }) => steps(events))).toEqual([
      ['restore log 0 1 2', 'restore log 3 4', 'close'],
      ['restored'],
    ])
    expect(world.measured).toContain('restarted outage')
  })

  it('in a tick because something outside was down begins anew', async () => {
    const world = await running()
    world.step = async (event) => (event === 'tick' ? Promise.reject(new Outage('no')) : Promise.resolve())
    await world.clock.advance(1000)
    expect(world.tasks.map(({ events }) => events.at(-1))).toEqual(['close', 'close'])
    expect(world.failures).toEqual([])
  })

  it('beside its steps begins anew', async () => {
    const world = await running()
    world.tasks[0]?.ports.failed(new StoreUnavailable('full'))
    await world.clock.advance(stallRetryMs)
    await readAll(world)
    expect(world.tasks.map(({ partition }) => partition)).toEqual([0, 1, 0])
    expect(eventsOf(world, 0)).toContain('process in 3')
  })

  it('once it has a changelog that is ahead of its store restores that tail, and nothing else', async () => {
    const world = await running()
    world.stores.faults.batch = new StoreUnavailable('full')
    await world.group.fetch('in', 0)
    world.stores.faults.batch = null
    await world.clock.advance(stallRetryMs)
    await readAll(world)
    expect(steps(eventsOf(world, 0))).toEqual(['restore log 1', 'restored', 'process in 3'])
  })

  it('with a store that is corrupt begins with an empty one, and restores everything', async () => {
    const world = await running()
    await failNext(world, new StoreCorrupt('damaged'))
    world.stores.calls.length = 0
    await world.clock.advance(stallRetryMs)
    await readAll(world)
    expect(world.stores.calls).toEqual(['wipe 0', 'open 0'])
    expect(steps(eventsOf(world, 0))).toEqual([
      'restore in 0 1 2',
      'restore log 0',
      'restored',
      'process in 3',
    ])
    expect(world.measured.filter((line) => line.startsWith('lost'))).toEqual([])
  })

  it('with a corrupt store and nothing in its changelog reads its inputs again, and commits as far as it had', async () => {
    const world = createStageWorld()
    await startWith(world, [0])
    world.group.logs.append('side', 0, ['s0', 's1'])
    await readAll(world)
    await world.clock.advance(commitIntervalMs)
    expect(world.group.logs.committed('side', 0)).toBe(2)
    world.tasks[0]?.ports.failed(new StoreCorrupt('damaged'))
    await world.clock.advance(stallRetryMs)
    expect(world.group.logs.committed('side', 0)).toBe(0)
    await readAll(world)
    await world.clock.advance(commitIntervalMs)
    expect(world.group.logs.committed('side', 0)).toBe(2)
  })

  it('with a store that cannot be opened tries again and again, until it can', async () => {
    const world = createStageWorld()
    world.group.logs.append('in', 0, ['i0'])
    world.stores.faults.open = new StoreUnavailable('in use')
    await startWith(world, [0])
    await world.clock.advance((1 + 2 + 4) * stallRetryMs)
    expect(world.tasks).toEqual([])
    expect(world.measured.filter((line) => line.startsWith('restarted'))).toHaveLength(4)
    world.stores.faults.open = null
    await world.clock.advance(8 * stallRetryMs)
    await readAll(world)
    expect(eventsOf(world, 0)).toContain('process in 0')
    expect(world.failures).toEqual([])
  })

  it('with a store that is found corrupt when it is opened begins with an empty one', async () => {
    const world = createStageWorld()
    world.stores.faults.open = new StoreCorrupt('damaged')
    await startWith(world, [0])
    world.stores.faults.open = null
    await world.clock.advance(stallRetryMs)
    expect(world.stores.calls).toEqual(['wipe 0', 'open 0'])
    expect(world.announced.at(-1)).toEqual([0])
  })

  it('lets others go on meanwhile, which commit what they do', async () => {
    const world = await running()
    await failNext(world, new StoreUnavailable('full'))
    await world.group.fetch('in', 1)
    await world.clock.advance(commitIntervalMs)
    expect(world.tasks[1]?.events).toContain('process in 3')
    expect(world.group.logs.committed('in', 1)).toBe(4)
    expect(world.group.logs.committed('in', 0)).toBe(3)
  })

  it('is fetched nothing for until it begins anew', async () => {
    const world = await running()
    await failNext(world, new StoreUnavailable('full'))
    for (const topic of ['in', 'side', 'log']) expect(world.group.isPaused(topic, 0)).toBe(true)
  })

  it('twice begins anew once', async () => {
    const world = await running()
    const ports = world.tasks[0]?.ports
    await failNext(world, new StoreUnavailable('full'))
    ports?.failed(new StoreUnavailable('full'))
    await pass(world, 3 * stallRetryMs)
    await readAll(world)
    expect(world.tasks.map(({ partition }) => partition)).toEqual([0, 1, 0])
    expect(world.measured.filter((line) => line.startsWith('restarted'))).toHaveLength(1)
  })
})

describe('a task that is to begin anew', () => {
  it('does not, if the partition left meanwhile', async () => {
    const world = await running()
    await failNext(world, new StoreUnavailable('full'))
    world.group.assign([1])
    world.stores.calls.length = 0
    await world.clock.advance(3 * stallRetryMs)
    expect(world.tasks).toHaveLength(2)
    expect(world.stores.calls).toEqual([])
    expect(world.measured.filter((line) => /^(left|restoring|running) 0$/.test(line)).at(-1)).toBe('left 0')
    expect(world.stage.isRestored()).toBe(true)
  })

  it('does so at once and once with an assignment of the partition', async () => {
    const world = await running()
    await failNext(world, new StoreUnavailable('full'))
    world.group.assign([0, 1])
    await settle()
    expect(world.tasks.map(({ partition }) => partition)).toEqual([0, 1, 0])
    await readAll(world)
    await world.clock.advance(3 * stallRetryMs)
    expect(world.tasks).toHaveLength(3)
    expect(announced(world)).toEqual([0, 1])
    expect(world.stage.isRestored()).toBe(true)
  })

  it('does not, if the stage stops', async () => {
    const world = await running()
    await failNext(world, new StoreUnavailable('full'))
    await world.stage.stop()
    expect(world.clock.pendingTimers()).toBe(0)
    await world.clock.advance(3 * stallRetryMs)
    expect(world.tasks).toHaveLength(2)
  })

  it('waits until its store is closed, however long what ran before takes', async () => {
    const world = await running()
    const gate = createGate()
    world.step = async (event) => (event.startsWith('process') ? gate.opened : Promise.resolve())
    const late = world.group.fetch('in', 0)
    await settle()
    world.stores.calls.length = 0
    world.tasks[0]?.ports.failed(new StoreUnavailable('full'))
    await world.clock.advance(3 * stallRetryMs)
    expect(world.stores.calls).toEqual([])
    expect(world.tasks).toHaveLength(2)
    gate.open()
    await late
    await settle()
    expect(world.stores.calls).toEqual(['close 0', 'open 0'])
    expect(world.tasks).toHaveLength(3)
    expect(world.failures).toEqual([])
  })

  it('waits until its store is closed, also where it is to be wiped first', async () => {
    const world = await running()
    const gate = createGate()
    world.step = async (event) => (event.startsWith('process') ? gate.opened : Promise.resolve())
    const late = world.group.fetch('in', 0)
    await settle()
    world.tasks[0]?.ports.failed(new StoreCorrupt('damaged'))
    await world.clock.advance(stallRetryMs)
    expect(world.failures).toEqual([])
    gate.open()
    await late
    await settle()
    expect(world.tasks).toHaveLength(3)
  })
})
