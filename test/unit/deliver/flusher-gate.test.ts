import { describe, expect, it } from '@jest/globals'
import { createDirtySet } from '../../../src/deliver/dirty-set.ts'
import { createFlusher } from '../../../src/deliver/flusher.ts'
import type { Urgency } from '../../../src/domain/urgency.ts'
import { createManualClock, settle } from '../../support/manual-clock.ts'

/** A flusher whose sends wait for Kafka, as long as the test says, before they ask whether their request may leave. */
function createStalledWorld(contacts: number, urgency: Urgency = 'attribute') {
  const clock = createManualClock()
  const dirty = createDirtySet()
  for (let contact = 0; contact < contacts; contact += 1)
    dirty.mark(`${contact}@x.com`, clock.monotonicMs(), urgency)
  let answer = (): void => undefined
  const kafka = new Promise<void>((resolve) => (answer = resolve))
  const world = {
    clock,
    dirty,
    requestsAtMs: [] as number[],
    sent: [] as string[],
    holdsLease: true,
    preparing: 0,
    answer,
  }
  const flusher = createFlusher(
    {
      monotonicMs: () => clock.monotonicMs(),
      random: () => 0.5,
      setTimer: (delayMs, then) => clock.setTimer(delayMs, then),
      holdsLease: () => world.holdsLease,
      authorisationChanged: () => undefined,
    },
    {
      requestsPerSecond: 9.5,
      maxConcurrentRequests: 16,
      ambiguousHoldMs: 1000,
      localAttempts: 5,
      maxAttempts: 30,
      initialMs: 100,
      maxMs: 1000,
    },
  )
  const task = {
    dirty,
    send: async (
      taken: Parameters<typeof dirty.settle>[0],
      mayGo: () => Promise<boolean>,
    ): Promise<{ type: 'settled' | 'avoided' }> => {
      world.preparing += 1
      await kafka
      if (!(await mayGo())) {
        dirty.release(taken)
        return { type: 'avoided' }
      }
      world.requestsAtMs.push(clock.monotonicMs())
      world.sent.push(taken.email)
      dirty.settle(taken)
      return { type: 'settled' }
    },
    retry: async () => Promise.resolve(),
    failed(error: unknown) {
      throw error
    },
  }
  flusher.begin(10, clock.monotonicMs())
  flusher.assign([task])
  return { world, flusher }
}

describe('sends that Kafka held up', () => {
  it('leave in turn once it answers, ten in any sliding second, and all of them', async () => {
    const { world } = createStalledWorld(40)
    await world.clock.advance(5000)
    expect(world.preparing).toBe(16)
    expect(world.requestsAtMs).toEqual([])
    world.answer()
    await settle()
    await world.clock.advance(8000)
    const times = world.requestsAtMs
    expect(times).toHaveLength(40)
    for (const from of times)
      expect(times.filter((to) => to >= from && to < from + 1000).length).toBeLessThanOrEqual(10)
  })

  it('leave before those that begin later, in a backfill too, and no turn is lost', async () => {
    const { world } = createStalledWorld(400, 'backfill')
    await world.clock.advance(2000)
    const heldUp = world.preparing
    world.answer()
    await settle()
    await world.clock.advance(20_000)
    expect(
      world.sent
        .slice(0, heldUp)
        .map((email) => Number.parseInt(email))
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: heldUp }, (_, contact) => contact))
    expect(world.sent.length / 20).toBeCloseTo(9.5, 0)
    // What is urgent waits for one that has begun, and perhaps for a turn of the backfill.
    const before = world.sent.length
    world.dirty.mark('urgent@x.com', world.clock.monotonicMs(), 'attribute')
    await world.clock.advance(1000)
    expect(world.sent.slice(before, before + 3)).toContain('urgent@x.com')
  })

  it.each([
    ['the lease ran out', ({ world }: ReturnType<typeof createStalledWorld>) => (world.holdsLease = false)],
    ['the assignment is in doubt', ({ flusher }: ReturnType<typeof createStalledWorld>) => flusher.suspend()],
    ['the process stops', ({ flusher }: ReturnType<typeof createStalledWorld>) => void flusher.stop()],
  ])('do not leave where %s meanwhile, and stay dirty', async (_why, change) => {
    const stalled = createStalledWorld(40)
    await stalled.world.clock.advance(2000)
    change(stalled)
    stalled.world.answer()
    await settle()
    await stalled.world.clock.advance(5000)
    expect(stalled.world.requestsAtMs).toEqual([])
    expect(stalled.world.dirty.size()).toBe(40)
  })
})
