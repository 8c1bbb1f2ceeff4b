import { describe, expect, it } from '@jest/globals'
import { createFlushWorld } from './flush-world.ts'

/** A partition with so many exits and so large a backfill, of which all but every tenth contact need no request. */
function createBacklog(exits: number, backfill: number) {
  const world = createFlushWorld()
  const task = world.partition('a')
  const nowMs = world.clock.monotonicMs()
  for (let contact = 0; contact < exits; contact += 1) task.dirty.mark(`exit${contact}`, nowMs, 'exit')
  for (let contact = 0; contact < backfill; contact += 1)
    task.dirty.mark(`backfill${contact}`, nowMs, 'backfill')
  const requests: string[] = []
  world.answerAll(({ email, urgency }) => {
    if (urgency === 'backfill' && !email.endsWith('0')) return { type: 'avoided' }
    requests.push(urgency)
    return { type: 'settled' }
  })
  world.assign([task])
  return { world, task, requests }
}

describe('a backfill of which most contacts need no request', () => {
  it('gets five percent of the requests beside exits that need all, and holds none of them up', async () => {
    const { world, requests } = createBacklog(2000, 2000)
    await world.clock.advance(100_000)
    expect(requests.length).toBeGreaterThan(940)
    const backfilled = requests.filter((urgency) => urgency === 'backfill').length
    expect(backfilled / requests.length).toBeGreaterThan(0.05)
    expect(backfilled / requests.length).toBeLessThan(0.1)
  })

  it('is over at once where nothing else waits', async () => {
    const { world, task, requests } = createBacklog(0, 40)
    await world.clock.advance(1000)
    expect(task.dirty.size()).toBe(0)
    expect(requests).toHaveLength(4)
  })
})
