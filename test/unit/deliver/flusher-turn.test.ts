import { describe, expect, it } from '@jest/globals'
import { createDirtySet } from '../../../src/deliver/dirty-set.ts'
import type { SendResult } from '../../../src/deliver/send-result.ts'
import { settle } from '../../support/manual-clock.ts'
import { createFlushWorld } from './flush-world.ts'

/** Contacts whose sends prepare something first, all at once when `ready` is called, and then wait for their turn. */
function createPreparing(contacts: number) {
  const world = createFlushWorld({ requestsPerSecond: 0.5 })
  const dirty = createDirtySet()
  for (let contact = 0; contact < contacts; contact += 1)
    dirty.mark(`${contact}@x.com`, world.clock.monotonicMs(), 'attribute')
  let ready = (): void => undefined
  const prepared = new Promise<void>((resolve) => (ready = resolve))
  const answers: ((result: SendResult) => void)[] = []
  const requestsAtMs: number[] = []
  world.assign([
    {
      dirty,
      async send(taken, mayGo) {
        await prepared
        if (!(await mayGo())) {
          dirty.release(taken)
          return { type: 'avoided' }
        }
        requestsAtMs.push(world.clock.monotonicMs())
        const result = await new Promise<SendResult>((resolve) => answers.push(resolve))
        if (result.type === 'settled') dirty.settle(taken)
        else dirty.release(taken)
        return result
      },
      retry: async () => Promise.resolve(),
      failed(error) {
        throw error
      },
    },
  ])
  return { ...world, dirty, ready: () => ready(), answers, requestsAtMs }
}

describe('a request that waits for its turn', () => {
  it('does not keep a stop, however long its turn is off', async () => {
    const { clock, flusher, ready, answers, requestsAtMs } = createPreparing(4)
    await clock.advance(9000)
    ready()
    await settle()
    expect(requestsAtMs).toHaveLength(1)
    const stopping = flusher.stop()
    answers[0]?.({ type: 'settled' })
    await stopping
    expect(requestsAtMs).toHaveLength(1)
    expect(clock.pendingTimers()).toBe(0)
  })

  it('is given up when the assignment is in doubt, and its contact is ready again', async () => {
    const { clock, flusher, ready, dirty, requestsAtMs } = createPreparing(4)
    await clock.advance(9000)
    ready()
    await settle()
    flusher.suspend()
    await settle()
    expect(dirty.dueInMs(clock.monotonicMs())).toBe(0)
    expect([0, 1, 2, 3].filter((contact) => dirty.isInFlight(`${contact}@x.com`))).toHaveLength(1)
    await clock.advance(60_000)
    expect(requestsAtMs).toHaveLength(1)
  })

  it('is given up when Zendesk throttles meanwhile: only probes are sent then', async () => {
    const { clock, ready, answers, dirty, requestsAtMs } = createPreparing(4)
    await clock.advance(9000)
    ready()
    await settle()
    answers[0]?.({ type: 'throttled', retryAfterMs: 30_000 })
    await clock.advance(29_000)
    expect(requestsAtMs).toHaveLength(1)
    expect(dirty.size()).toBe(4)
    await clock.advance(5000)
    expect(requestsAtMs).toHaveLength(2)
  })
})
