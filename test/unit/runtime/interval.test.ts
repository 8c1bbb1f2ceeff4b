import { describe, expect, it } from '@jest/globals'
import { every } from '../../../src/runtime/interval.ts'
import { createManualClock, settle } from '../../support/manual-clock.ts'

describe('a step that runs again and again', () => {
  it('runs an interval after the last run ended, so never twice at once', async () => {
    const clock = createManualClock()
    let runs = 0
    let end = (): void => undefined
    const cancel = every(
      clock,
      100,
      async () => {
        runs += 1
        await new Promise<void>((resolve) => (end = resolve))
      },
      () => undefined,
    )
    await clock.advance(1000)
    expect(runs).toBe(1)
    end()
    await settle()
    await clock.advance(99)
    expect(runs).toBe(1)
    await clock.advance(1)
    expect(runs).toBe(2)
    cancel()
  })

  it('is cancelled while it waits and while it runs', async () => {
    const clock = createManualClock()
    let runs = 0
    let end = (): void => undefined
    const start = () =>
      every(
        clock,
        100,
        async () => {
          runs += 1
          await new Promise<void>((resolve) => (end = resolve))
        },
        () => undefined,
      )
    start()()
    await clock.advance(1000)
    expect(runs).toBe(0)
    const cancel = start()
    await clock.advance(100)
    cancel()
    end()
    await clock.advance(1000)
    expect(runs).toBe(1)
    expect(clock.pendingTimers()).toBe(0)
  })

  it('is reported and not repeated when it fails', async () => {
    const clock = createManualClock()
    const failures: unknown[] = []
    every(
      clock,
      100,
      async () => Promise.reject(new Error('no')),
      (error) => failures.push(error),
    )
    await clock.advance(1000)
    expect(failures).toEqual([new Error('no')])
    expect(clock.pendingTimers()).toBe(0)
  })
})
