import { describe, expect, it } from '@jest/globals'
import { StoreUnavailable } from '../../../src/runtime/state-store.ts'
import { readPositions } from '../../../src/runtime/task-state.ts'
import { settle } from '../../support/manual-clock.ts'
import {
  createGate,
  createStageWorld,
  eventsOf,
  keepUnusedStoresMs,
  readAll,
  startWith,
  type StageWorld,
} from './stage-world.ts'

async function usedAtMs(world: StageWorld, partition: number): Promise<number | null> {
  return (await readPositions(await world.stores.peek(partition))).usedAtMs
}

const minuteMs = 60_000

describe('every minute', () => {
  it('the stores of tasks that run are noted to be in use, and those of others are not', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 1, ['l0'])
    await world.stage.start()
    world.group.assign([0, 1])
    await settle()
    const beganMs = world.clock.nowMs()
    await world.clock.advance(minuteMs - 1)
    expect(await usedAtMs(world, 0)).toBe(beganMs)
    await world.clock.advance(1)
    expect([await usedAtMs(world, 0), await usedAtMs(world, 1)]).toEqual([beganMs + minuteMs, beganMs])
    await world.clock.advance(minuteMs)
    expect(await usedAtMs(world, 0)).toBe(beganMs + 2 * minuteMs)
  })

  it('the stores that were out of use for long are deleted, and it is said which', async () => {
    const world = createStageWorld()
    await startWith(world, [0])
    world.stores.unused = [1, 5]
    await world.clock.advance(3 * minuteMs)
    const sweep = `sweep ${keepUnusedStoresMs}`
    expect(world.stores.calls.filter((call) => call.startsWith('sweep'))).toEqual([sweep, sweep, sweep])
    expect(world.infos.filter((fields) => 'partitions' in fields)).toEqual([
      { stage: 'deliver', partitions: [0] },
      { stage: 'deliver', partitions: [1, 5] },
    ])
  })

  it('a store that cannot be written ends its task, which begins anew, and no other', async () => {
    const world = createStageWorld()
    await startWith(world, [0, 1])
    world.stores.faults.batch = new StoreUnavailable('full')
    await world.clock.advance(minuteMs)
    expect(world.measured.filter((line) => line.startsWith('restarted'))).toHaveLength(2)
    expect(world.failures).toEqual([])
  })

  it('stores that cannot be deleted are left to the next time: no task needs that they are gone', async () => {
    const world = createStageWorld()
    await startWith(world, [0])
    world.stores.faults.sweep = new StoreUnavailable('access is denied')
    await world.clock.advance(minuteMs)
    expect(world.failures).toEqual([])
    world.stores.faults.sweep = null
    await world.clock.advance(minuteMs)
    expect(world.stores.calls.at(-1)).toBe(`sweep ${keepUnusedStoresMs}`)
  })
})

describe('a store', () => {
  it('is closed when its partition leaves', async () => {
    const world = createStageWorld()
    await startWith(world, [0, 1])
    world.group.assign([1])
    await settle()
    expect(world.stores.calls).toEqual(['open 0', 'open 1', 'close 0'])
  })

  it('is closed before it is opened again, where its partition stays and its task does not', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 0, ['l0', 'l1', 'l2', 'l3'])
    await world.stage.start()
    world.group.assign([0])
    await settle()
    await world.group.fetch('log', 0)
    world.group.assign([0])
    await settle()
    expect(world.stores.calls.slice(0, 3)).toEqual(['open 0', 'close 0', 'open 0'])
  })

  it('that is still being opened keeps a successor waiting, which then has it alone', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 0, ['l0'])
    const gate = createGate()
    world.stores.faults.openHeldBy = gate.opened
    await world.stage.start()
    world.group.assign([0])
    await settle()
    world.group.assign([0])
    await settle()
    expect(world.stores.calls).toEqual([])
    gate.open()
    await settle()
    expect(world.stores.calls).toEqual(['open 0', 'close 0', 'open 0'])
    await readAll(world)
    expect(world.tasks).toHaveLength(1)
    expect(eventsOf(world, 0)).toContain('restored')
    expect(world.failures).toEqual([])
  })

  it('that is still being opened when its partition leaves is closed, and nothing begins', async () => {
    const world = createStageWorld()
    const gate = createGate()
    world.stores.faults.openHeldBy = gate.opened
    await world.stage.start()
    world.group.assign([0])
    await settle()
    world.group.assign([])
    world.group.calls.length = 0
    gate.open()
    await settle()
    expect(world.stores.calls).toEqual(['open 0', 'close 0'])
    expect([world.tasks, world.group.calls, world.failures]).toEqual([[], [], []])
    expect(world.measured.filter((line) => line.startsWith('restarted'))).toEqual([])
  })

  it("that is not closed yet lets what Kafka says meanwhile wait: only then it is anybody's", async () => {
    const world = createStageWorld()
    await startWith(world, [0])
    const gate = createGate()
    world.step = async () => gate.opened
    world.group.logs.append('in', 0, ['i0'])
    const late = world.group.fetch('in', 0)
    await settle()
    world.group.listener().lost()
    world.group.logs.faults.error = new Error('no broker')
    world.group.assign([0])
    await settle()
    gate.open()
    await late
    await settle()
    expect(world.failures.map(({ message }) => message)).toEqual(['deliver[0]: no broker'])
  })

  it('that cannot be closed when its partition leaves is told of, and ends nothing', async () => {
    const world = createStageWorld()
    await startWith(world, [0, 1])
    world.stores.faults.close = new StoreUnavailable('device fails')
    world.group.assign([1])
    await settle()
    expect(world.warnings).toEqual([{ stage: 'deliver', partition: 0, error: 'device fails' }])
    expect(world.failures).toEqual([])
  })
})

describe('a task that comes back while its predecessor still writes', () => {
  it('asks Kafka how far the changelog goes once that has ended', async () => {
    const world = createStageWorld()
    await startWith(world, [0, 1])
    world.group.logs.append('in', 0, ['i0'])
    const gate = createGate()
    world.step = async (event) => (event.startsWith('process') ? gate.opened : Promise.resolve())
    const fetched = world.group.fetch('in', 0)
    await settle()
    world.group.assign([1])
    world.group.assign([0, 1])
    await settle()
    const late = world.group.logs.append('log', 0, ['late']) - 1
    gate.open()
    await fetched
    world.step = async () => Promise.resolve()
    await readAll(world)
    expect(
      eventsOf(world, 0)
        .filter((event) => event.startsWith('restore log'))
        .at(-1),
    ).toMatch(new RegExp(`\\b${late}$`))
    expect(world.failures).toEqual([])
  })

  it('leaves a line in the log where that fails for another reason than its end', async () => {
    const world = createStageWorld()
    await startWith(world, [0, 1])
    world.group.logs.append('in', 0, ['i0'])
    const gate = createGate()
    world.step = async (event) => {
      if (!event.startsWith('process')) return
      await gate.opened
      throw new Error('a mistake')
    }
    const fetched = world.group.fetch('in', 0)
    await settle()
    world.group.assign([1])
    gate.open()
    await fetched
    await settle()
    expect(world.warnings).toContainEqual({ stage: 'deliver', partition: 0, error: 'a mistake' })
    expect(world.failures).toEqual([])
  })
})
