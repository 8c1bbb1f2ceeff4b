import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createManualClock } from '../../support/manual-clock.ts'
import { createFlushWorld, failed, type FlushWorld } from './flush-world.ts'

/** Starts with one partition of `contacts` dirty contacts, all of the rate, and every send settled at once. */
function flowing(contacts: number): FlushWorld {
  const world = createFlushWorld()
  world.answerAll(() => ({ type: 'settled' }))
  world.assign([world.partition('a', contacts)])
  return world
}

describe('pacing', () => {
  it('sends a backlog at the configured rate, evenly', async () => {
    const world = flowing(1000)
    await world.clock.advance(20_000)
    expect(world.sends.length).toBeGreaterThanOrEqual(188)
    expect(world.sends.length).toBeLessThanOrEqual(190)
    const gaps = world.sends.slice(1).map(({ atMs }, index) => atMs - (world.sends[index]?.atMs ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(80)
  })

  it.each([
    { slots: 5, sends: 47 },
    { slots: 1, sends: 9 },
    { slots: 0, sends: 0 },
  ])('sends at its share of the rate: $sends in 10 s with $slots of 10 slots', async ({ slots, sends }) => {
    const world = createFlushWorld()
    world.answerAll(() => ({ type: 'settled' }))
    world.assign([world.partition('a', 1000)], slots)
    await world.clock.advance(10_000)
    expect(world.sends).toHaveLength(sends)
  })

  it('keeps to 10 in any sliding second while timers are late and sends take their time', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 250 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(delays, fc.integer({ min: 0, max: 400 }), async (late, takesMs) => {
        let timer = 0
        const world = createFlushWorld(
          {},
          createManualClock(() => late[timer++ % late.length] ?? 0),
        )
        world.assign([world.partition('a', 60)])
        for (let elapsedMs = 0; elapsedMs < 4000; elapsedMs += 50) {
          await world.clock.advance(50)
          for (const send of world.underWay) {
            if (world.clock.monotonicMs() - send.atMs >= takesMs) await send.finish({ type: 'settled' })
          }
        }
        const times = world.sends.map(({ atMs }) => atMs)
        const most = Math.max(
          ...times.map((from) => times.filter((to) => to >= from && to < from + 1000).length),
        )
        expect(most).toBeLessThanOrEqual(10)
        expect(times.length).toBeGreaterThan(8)
      }),
      { numRuns: 20 },
    )
  })

  it('takes no time for contacts that turn out to need no request', async () => {
    const world = createFlushWorld()
    world.answerAll(({ email }) => ({ type: email === 'a40@x.com' ? 'settled' : 'avoided' }))
    world.assign([world.partition('a', 50)])
    await world.clock.advance(400)
    expect(world.sends).toHaveLength(50)
  })

  it('has no more requests under way than configured', async () => {
    const world = createFlushWorld({ maxConcurrentRequests: 3 })
    world.assign([world.partition('a', 50)])
    await world.clock.advance(10_000)
    expect(world.underWay.size).toBe(3)
    await [...world.underWay][1]?.finish({ type: 'settled' })
    expect(world.sends).toHaveLength(4)
  })

  it('never sends a contact that is under way, and sends it again when it was marked meanwhile', async () => {
    const world = createFlushWorld()
    const task = world.partition('a', 1)
    world.assign([task])
    await world.clock.advance(1000)
    task.dirty.mark('a0@x.com', world.clock.monotonicMs(), 'attribute')
    world.flusher.wake()
    await world.clock.advance(5000)
    expect(world.sends).toHaveLength(1)
    await world.sends[0]?.finish({ type: 'settled' })
    expect(world.sends.map(({ email }) => email)).toEqual(['a0@x.com', 'a0@x.com'])
  })
})

describe('partitions', () => {
  it('take turns', async () => {
    const world = createFlushWorld()
    world.answerAll(() => ({ type: 'settled' }))
    world.assign([world.partition('a', 100), world.partition('b', 100), world.partition('c', 2)])
    await world.clock.advance(2000)
    expect(world.sends.map(({ partition }) => partition).join('')).toMatch(/^abcabcab(ab)+a?$/)
  })

  it('wait while suspended; what is under way ends, and the next assignment starts at an even pace', async () => {
    const world = createFlushWorld()
    const task = world.partition('a', 50)
    world.assign([task])
    await world.clock.advance(300)
    const before = world.sends.length
    world.flusher.suspend()
    world.flusher.wake()
    for (const send of world.underWay) await send.finish({ type: 'settled' })
    await world.clock.advance(60_000)
    expect(world.sends).toHaveLength(before)
    const assignedMs = world.clock.monotonicMs()
    world.assign([task])
    await world.clock.advance(1000)
    expect(world.sends.length).toBeGreaterThan(before)
    expect((world.sends[before]?.atMs ?? 0) - assignedMs).toBeGreaterThanOrEqual(1000 / 9.5)
  })

  it('that left are not sent from, and a late end of a send of theirs changes only their own contacts', async () => {
    const world = createFlushWorld()
    const left = world.partition('a', 5)
    const stays = world.partition('b', 5)
    world.assign([left])
    await world.clock.advance(200)
    world.assign([stays])
    await world.sends[0]?.finish(failed(false))
    world.answerAll(() => ({ type: 'settled' }))
    await world.clock.advance(10_000)
    expect(new Set(world.sends.slice(1).map(({ partition }) => partition))).toEqual(new Set(['b']))
    expect(stays.dirty.size()).toBe(0)
    expect(left.dirty.size()).toBe(5)
  })
})

describe('the lease', () => {
  it('lets nothing be sent while it is not held, and sends go on once it is', async () => {
    const world = createFlushWorld()
    world.answerAll(() => ({ type: 'settled' }))
    world.holdsLease = false
    world.assign([world.partition('a', 5)])
    await world.clock.advance(60_000)
    expect(world.sends).toHaveLength(0)
    world.holdsLease = true
    world.flusher.wake()
    await world.clock.advance(1000)
    expect(world.sends).toHaveLength(5)
  })

  it('is looked at before each send', async () => {
    const world = flowing(50)
    await world.clock.advance(1000)
    const before = world.sends.length
    world.holdsLease = false
    await world.clock.advance(10_000)
    expect(before).toBeGreaterThan(5)
    expect(world.sends).toHaveLength(before)
  })
})

describe('stopping', () => {
  it('resolves once nothing is under way, and sends nothing from then on', async () => {
    const world = createFlushWorld()
    const task = world.partition('a', 50)
    world.assign([task])
    await world.clock.advance(250)
    expect(world.underWay.size).toBe(2)
    let stopped = false
    const stopping = world.flusher.stop().then(() => (stopped = true))
    const [first, second] = [...world.underWay]
    await first?.finish({ type: 'settled' })
    await world.clock.advance(5000)
    expect(stopped).toBe(false)
    await second?.finish({ type: 'throttled', retryAfterMs: null })
    await stopping
    world.flusher.wake()
    world.assign([task])
    await world.clock.advance(60_000)
    expect(world.sends).toHaveLength(2)
    expect(world.clock.pendingTimers()).toBe(0)
  })

  it('resolves at once where nothing is under way', async () => {
    const world = createFlushWorld()
    await world.flusher.stop()
    expect(world.clock.pendingTimers()).toBe(0)
  })
})

describe('work of the flusher itself', () => {
  it.each([
    {
      name: 'nothing is dirty',
      prepare: (world: FlushWorld) => world.assign([world.partition('a')]),
      timers: 0,
    },
    {
      name: 'the lease is lost',
      prepare(world: FlushWorld) {
        world.holdsLease = false
        world.assign([world.partition('a', 9)])
      },
      timers: 0,
    },
    {
      name: 'it has no share',
      prepare: (world: FlushWorld) => world.assign([world.partition('a', 9)], 0),
      timers: 0,
    },
    {
      name: 'a contact is held for an hour',
      prepare(world: FlushWorld) {
        const task = world.partition('a')
        task.dirty.markHeld(
          'a@x.com',
          world.clock.monotonicMs(),
          world.clock.monotonicMs() + 3_600_000,
          'attribute',
        )
        world.assign([task])
      },
      timers: 1,
    },
    {
      name: 'all requests are under way',
      prepare: (world: FlushWorld) => world.assign([world.partition('a', 9)]),
      timers: 4,
    },
  ])('is no more than $timers timers in a minute while $name', async ({ prepare, timers }) => {
    const world = createFlushWorld()
    prepare(world)
    await world.clock.advance(60_000)
    expect(world.clock.timersSet()).toBeLessThanOrEqual(timers)
  })

  it('is two timers at most for each send of a backlog', async () => {
    const world = flowing(1000)
    await world.clock.advance(60_000)
    expect(world.sends.length).toBeGreaterThan(500)
    expect(world.clock.timersSet()).toBeLessThanOrEqual(2 * world.sends.length + 2)
  })

  it('leaves one timer at most, however often it is woken', async () => {
    const world = flowing(1000)
    for (let wake = 0; wake < 100; wake += 1) world.flusher.wake()
    expect(world.clock.pendingTimers()).toBe(1)
    await world.clock.advance(1000)
    expect(world.sends.length).toBeLessThanOrEqual(10)
  })
})

it('a send that ends in an error nobody expects is told to its partition alone, and frees its place', async () => {
  const world = createFlushWorld({ maxConcurrentRequests: 1 })
  world.assign([world.partition('a', 2), world.partition('b', 1)])
  await world.clock.advance(1000)
  await world.sends[0]?.break(new Error('broken'))
  await world.clock.advance(1000)
  expect(world.failures).toEqual([{ partition: 'a', error: new Error('broken') }])
  expect(world.sends.map(({ email }) => email)).toEqual(['a0@x.com', 'b0@x.com'])
})
