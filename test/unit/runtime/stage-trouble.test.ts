import { describe, expect, it } from '@jest/globals'
import { settle } from '../../support/manual-clock.ts'
import { createStageWorld, Outage, readAll, stallRetryMs, startWith, type StageWorld } from './stage-world.ts'

async function running(): Promise<StageWorld> {
  const world = createStageWorld()
  await startWith(world, [0, 1])
  for (const partition of [0, 1]) {
    world.group.logs.append('in', partition, ['i0', 'i1'])
    world.group.logs.append('side', partition, ['s0'])
  }
  return world
}

describe('something outside that is down', () => {
  it('pauses just the partition whose records need it, and tries again after a while', async () => {
    const world = await running()
    world.step = async (event, partition) => {
      if (event === 'process in 0 1' && partition === 0) throw new Outage('registry')
      return Promise.resolve()
    }
    await world.group.fetch('in', 0)
    expect(world.group.isPaused('in', 0)).toBe(true)
    expect(world.group.isPaused('side', 0)).toBe(false)
    await readAll(world)
    expect(world.tasks[1]?.events).toContain('process in 0 1')
    expect(world.tasks[0]?.events).toContain('process side 0')
    expect(world.tasks[0]?.events).not.toContain('process in 0 1')
    world.step = async () => Promise.resolve()
    await world.clock.advance(stallRetryMs - 1)
    expect(world.group.isPaused('in', 0)).toBe(true)
    await world.clock.advance(1)
    await readAll(world)
    expect(world.tasks[0]?.events).toContain('process in 0 1')
    expect(world.failures).toEqual([])
    expect(world.warnings).toEqual([
      {
        stage: 'deliver',
        topic: 'in',
        partition: 0,
        retryInMs: stallRetryMs,
        error: 'in[0] from offset 0: registry',
      },
    ])
  })

  it('resumes nothing of a partition that left or was restored anew since', async () => {
    const world = await running()
    world.step = async () => Promise.reject(new Outage('registry'))
    await world.group.fetch('in', 0)
    world.group.listener().lost()
    world.group.logs.faults.heldBy = new Promise(() => undefined)
    world.group.assign([0])
    await world.clock.advance(2 * stallRetryMs)
    expect(world.group.isPaused('in', 0)).toBe(true)
  })

  it('while restoring delays the restore, and only that: the task begins anew after a while', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 0, ['l0'])
    await world.stage.start()
    world.group.assign([0])
    world.step = async (event) =>
      event === 'restored' ? Promise.reject(new Outage('registry')) : Promise.resolve()
    await settle()
    await world.group.pollAll()
    expect(world.stage.isRestored()).toBe(false)
    world.step = async () => Promise.resolve()
    await world.clock.advance(stallRetryMs)
    await readAll(world)
    expect(world.tasks.map(({ events }) => events)).toEqual([
      ['restore log 0', 'close'],
      ['restored', 'tick'],
    ])
    expect(world.group.isPaused('log', 0)).toBe(true)
    expect(world.announced.at(-1)).toEqual([0])
  })

  it('keeps no timer after a stop', async () => {
    const world = await running()
    world.step = async () => Promise.reject(new Outage('registry'))
    await world.group.poll()
    await world.stage.stop()
    expect(world.clock.pendingTimers()).toBe(0)
  })
})

describe('an error that nobody expects', () => {
  it('ends the stage and names topic, partition and offset', async () => {
    const world = await running()
    const cause = new Error('the disk is full')
    world.step = async (event) => (event === 'process in 0 1' ? Promise.reject(cause) : Promise.resolve())
    await world.group.fetch('in', 1)
    expect(world.failures.map(({ message }) => message)).toEqual(['in[1] from offset 0: the disk is full'])
    expect(world.failures[0]?.cause).toBe(cause)
  })

  it('is met once: its records are not fetched again and again until the process ends', async () => {
    const world = await running()
    world.step = async () => Promise.reject(new Error('the disk is full'))
    await world.group.pollAll()
    expect(world.failures).toHaveLength(4)
  })

  it('in a tick ends the stage', async () => {
    const world = await running()
    world.step = async (event) => (event === 'tick' ? Promise.reject(new Error('no')) : Promise.resolve())
    await world.clock.advance(1000)
    expect(world.failures.map(({ message }) => message)).toEqual(['deliver[0]: no', 'deliver[1]: no'])
  })

  it('beside the steps of a task ends the stage', async () => {
    const world = await running()
    world.tasks[1]?.ports.failed(new Error('no'))
    expect(world.failures.map(({ message }) => message)).toEqual(['deliver[1]: no'])
  })

  it.each(['restore log 0', 'restored'])('while %s ends the stage', async (step) => {
    const world = createStageWorld()
    world.group.logs.append('log', 0, ['l0'])
    world.step = async (event) => (event === step ? Promise.reject(new Error('no')) : Promise.resolve())
    await world.stage.start()
    world.group.assign([0])
    await settle()
    await world.group.fetch('log', 0)
    expect(world.failures.map(({ message }) => message)).toEqual(['log[0] from offset 0: no'])
    expect(world.measured).not.toContain('running 0')
  })

  it('once there is nothing to restore ends the stage, too', async () => {
    const world = createStageWorld()
    world.step = async (event) => (event === 'restored' ? Promise.reject(new Error('no')) : Promise.resolve())
    await world.stage.start()
    world.group.assign([0])
    await settle()
    expect(world.failures.map(({ message }) => message)).toEqual(['deliver[0]: no'])
  })

  it("is nobody's, if it is of a task that is not here any more: another owner meets it, too, or it is none", async () => {
    const world = await running()
    const ports = world.tasks[0]?.ports
    world.group.assign([1])
    ports?.failed(new Error('no'))
    expect(world.failures).toEqual([])
    expect(world.measured.filter((line) => line.startsWith('restarted'))).toEqual([])
  })

  it('of the consumer ends the stage', async () => {
    const world = await running()
    world.group.listener().crashed(new Error('not authorised'))
    expect(world.failures.map(({ message }) => message)).toEqual([
      'deliver: the consumer ended: not authorised',
    ])
  })
})

describe('a batch that cannot be taken', () => {
  it('is not fetched over and over: of a partition without a task', async () => {
    const world = await running()
    await world.stage.stop()
    const batch = world.group.logs.read('in', 0, 0, 3)
    if (batch === null) throw new Error('nothing to read')
    expect(await world.group.listener().batch(batch)).toBeNull()
    expect(world.group.isPaused('in', 0)).toBe(true)
    expect(await world.group.listener().batch({ ...batch, partition: 9 })).toBeNull()
    expect(world.group.calls.at(-1)).toBe('pause in/9')
  })

  it('is not fetched over and over: of an input that waits for its restore', async () => {
    const world = createStageWorld()
    world.group.logs.append('log', 0, ['l0', 'l1', 'l2', 'l3', 'l4'])
    world.group.logs.append('in', 0, ['i0', 'i1', 'i2', 'i3', 'i4'])
    world.group.logs.setCommitted('in', 0, 1)
    await world.stage.start()
    world.group.assign([0])
    await settle()
    // All of its past is restored; what follows has to wait for the changelog.
    await world.group.fetch('in', 0)
    await world.group.fetch('in', 0)
    expect(world.group.isPaused('in', 0)).toBe(true)
    await readAll(world)
    expect(world.tasks[0]?.events.filter((event) => event.startsWith('process'))).toEqual([
      'process in 1 2 3',
      'process in 4',
    ])
  })
})

describe('progress', () => {
  it('is told by batches and by fetches without any, and by nothing else', async () => {
    const world = await running()
    const startMs = world.clock.monotonicMs()
    expect(world.stage.lastProgressMs()).toBe(startMs)
    await world.clock.advance(5000)
    world.group.listener().alive(0)
    world.group.listener().suspended()
    expect(world.stage.lastProgressMs()).toBe(startMs)
    world.group.listener().polled()
    expect(world.stage.lastProgressMs()).toBe(startMs + 5000)
    await world.clock.advance(5000)
    await world.group.fetch('in', 0)
    expect(world.stage.lastProgressMs()).toBe(startMs + 10_000)
  })
})
