import { beforeEach, describe, expect, it } from '@jest/globals'
import { createRestarts, type Restarts } from '../../../src/runtime/restarts.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'

const afterMs = 5000
let clock: ManualClock
let restarts: Restarts
let begun: number[]

beforeEach(() => {
  clock = createManualClock()
  begun = []
  restarts = createRestarts(clock, afterMs, (partition) => begun.push(partition))
})

/** Milliseconds until a partition that fails now begins anew. */
async function pauseOf(partition: number): Promise<number> {
  const failedMs = clock.monotonicMs()
  const before = begun.length
  restarts.add(partition)
  while (begun.length === before) await clock.advance(1000)
  return clock.monotonicMs() - failedMs
}

describe('a partition that fails again and again', () => {
  it('waits twice as long each time, a minute at most', async () => {
    const pauses = []
    for (let failure = 0; failure < 6; failure += 1) pauses.push(await pauseOf(3))
    expect(pauses).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000])
  })

  it('waits as at first once it has run, and another does not wait for its sake', async () => {
    await pauseOf(3)
    await pauseOf(3)
    expect(await pauseOf(4)).toBe(afterMs)
    restarts.ran(3)
    expect(await pauseOf(3)).toBe(afterMs)
  })
})

describe('restarts that are cancelled', () => {
  it('say for which partitions, and begin none', async () => {
    restarts.add(3)
    restarts.add(4)
    expect(restarts.isEmpty()).toBe(false)
    expect(restarts.cancel()).toEqual([3, 4])
    expect(restarts.isEmpty()).toBe(true)
    await clock.advance(10 * afterMs)
    expect(begun).toEqual([])
  })
})
