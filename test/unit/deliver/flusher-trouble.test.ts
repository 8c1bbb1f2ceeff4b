import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { SendResult } from '../../../src/deliver/send-result.ts'
import { settle } from '../../support/manual-clock.ts'
import { createFlushWorld, failed, type FlushWorld } from './flush-world.ts'

async function withContacts(count: number): Promise<FlushWorld> {
  const world = createFlushWorld()
  world.assign([world.partition('a', count)])
  await world.clock.advance(0)
  return world
}

/** Most requests under way at once from now on, with every send ended as `answer` says after 250 ms. */
async function mostAtOnce(world: FlushWorld, durationMs: number, answer: () => SendResult): Promise<number> {
  let most = 0
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs += 10) {
    await world.clock.advance(10)
    most = Math.max(most, world.underWay.size)
    for (const send of world.underWay) {
      if (world.clock.monotonicMs() - send.atMs >= 250) await send.finish(answer())
    }
  }
  return most
}

describe('trouble of Zendesk as a whole', () => {
  it('pauses everything for as long as a 429 asks, and costs no contact an attempt', async () => {
    const world = await withContacts(20)
    await world.clock.advance(200)
    await world.sends[0]?.finish({ type: 'throttled', retryAfterMs: 7000 })
    const before = world.sends.length
    await world.clock.advance(6999)
    expect(world.sends).toHaveLength(before)
    await world.clock.advance(2)
    expect(world.sends).toHaveLength(before + 1)
    expect(world.sends.map(({ attempt }) => attempt)).toEqual(world.sends.map(() => 0))
  })

  it('is probed with one request at a time until one succeeds', async () => {
    const world = await withContacts(1000)
    await world.clock.advance(200)
    await world.sends[0]?.finish({ type: 'throttled', retryAfterMs: null })
    const probing = await mostAtOnce(world, 20_000, () => ({ type: 'throttled', retryAfterMs: null }))
    const recovered = await mostAtOnce(world, 60_000, () => ({ type: 'settled' }))
    expect({ probing, recovered }).toEqual({ probing: 1, recovered: 3 })
  })

  it('is probed with one request at a time by sends that began before it and were held up', async () => {
    const world = createFlushWorld({ maxConcurrentRequests: 8 })
    let prepared = (): void => undefined
    world.askToGo()
    world.assign([world.partition('a', 100)])
    await world.clock.advance(150)
    world.askToGo(new Promise((resolve) => (prepared = resolve)))
    await world.clock.advance(2000)
    await world.sends[0]?.finish({ type: 'throttled', retryAfterMs: null })
    await world.clock.advance(5000)
    expect(world.underWay.size).toBe(0)
    prepared()
    await settle()
    await world.clock.advance(5000)
    expect(world.underWay.size).toBe(1)
  })

  it('is probed with another contact than the one that failed last, however urgent that is', async () => {
    const world = createFlushWorld()
    const partition = world.partition('a')
    world.answerAll(() => failed(false))
    world.assign([partition])
    partition.dirty.mark('exit@x.com', world.clock.monotonicMs(), 'exit')
    world.flusher.wake()
    await world.clock.advance(10 * 60_000)
    expect(world.sends.length).toBeGreaterThan(8)
    const before = world.sends.length
    partition.dirty.mark('entry@x.com', world.clock.monotonicMs(), 'entry')
    world.flusher.wake()
    await world.clock.advance(3 * 60_000)
    expect(world.sends.slice(before, before + 2).map(({ email }) => email)).toContain('entry@x.com')
  })

  it('grows the pauses between probes up to a minute', async () => {
    const world = await withContacts(1000)
    world.random = 0.999
    world.answerAll(() => ({ type: 'throttled', retryAfterMs: null }))
    await world.clock.advance(30 * 60_000)
    const gaps = world.sends.slice(1).map(({ atMs }, index) => atMs - (world.sends[index]?.atMs ?? 0))
    expect(gaps.slice(0, 3).map((gapMs) => Math.round(gapMs / 1000))).toEqual([1, 2, 4])
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_200)
    expect(world.sends.length).toBeGreaterThan(30)
  })

  it('an outage pauses after five failures of whatever contacts', async () => {
    const world = await withContacts(1000)
    world.answerAll(() => failed(false))
    await world.clock.advance(900)
    expect(world.sends).toHaveLength(5)
  })

  it('a contact that fails alone pauses nobody', async () => {
    const world = await withContacts(100)
    world.answerAll(({ email }) => (email === 'a3@x.com' ? failed(false) : { type: 'settled' }))
    await world.clock.advance(30_000)
    expect(new Set(world.sends.map(({ email }) => email)).size).toBe(100)
  })

  it('a refused token is told once, nothing but probes is sent, and its return is told once', async () => {
    const world = await withContacts(200)
    world.answerAll(() => ({ type: 'unauthorised' }))
    await world.clock.advance(60_000)
    expect(world.authorisations).toEqual([false])
    expect(world.flusher.isAuthorised()).toBe(false)
    expect(world.sends.length).toBeLessThan(12)
    world.answerAll(() => ({ type: 'settled' }))
    await world.clock.advance(120_000)
    expect(world.authorisations).toEqual([false, true])
    expect(world.flusher.isAuthorised()).toBe(true)
    expect(new Set(world.sends.map(({ email }) => email)).size).toBe(200)
  })

  it('needs no more than a timer for each pause', async () => {
    const world = await withContacts(50)
    world.answerAll(() => ({ type: 'unauthorised' }))
    await world.clock.advance(10 * 60_000)
    expect(world.clock.timersSet()).toBeLessThan(3 * world.sends.length + 5)
  })
})

describe('a contact that failed', () => {
  const options = { initialMs: 1000, maxMs: 20_000, ambiguousHoldMs: 30_000 }
  const random = fc.double({ min: 0, max: 0.999, noNaN: true })

  /** Time from the end of each failed send of a contact to its next send. */
  async function rests(randomness: number, ambiguous: boolean, count: number): Promise<number[]> {
    const world = createFlushWorld(options)
    world.random = randomness
    world.assign([world.partition('a', 1)])
    const found: number[] = []
    await world.clock.advance(1000)
    for (let attempt = 0; attempt < count; attempt += 1) {
      const endedMs = world.clock.monotonicMs()
      await world.sends[attempt]?.finish(failed(ambiguous))
      while (world.sends.length === attempt + 1) await world.clock.advance(10)
      found.push((world.sends[attempt + 1]?.atMs ?? 0) - endedMs)
    }
    expect(world.sends.map((send) => send.attempt)).toEqual(world.sends.map((_, index) => index))
    return found
  }

  it('rests twice as long each time, by half to all of it, up to the longest rest', async () => {
    await fc.assert(
      fc.asyncProperty(random, async (randomness) => {
        const found = await rests(randomness, false, 4)
        found.forEach((restMs, attempt) => {
          const backoffMs = 1000 * 2 ** attempt
          expect(restMs).toBeGreaterThanOrEqual(backoffMs * (0.5 + randomness / 2) - 1)
          expect(restMs).toBeLessThanOrEqual(backoffMs + 1)
        })
      }),
      { numRuns: 5 },
    )
  })

  it('rests at least as long as a write in doubt may still be carried out', async () => {
    const [first = 0] = await rests(0, true, 1)
    expect(first).toBeGreaterThanOrEqual(30_000)
    expect(first).toBeLessThan(30_200)
  })

  it('is bounded by the longest rest', async () => {
    const world = createFlushWorld({ ...options, maxMs: 2000 })
    world.random = 0.999
    const task = world.partition('a', 1)
    world.assign([task])
    await world.clock.advance(1000)
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await world.sends[attempt]?.finish(failed(false))
      expect(task.dirty.dueInMs(world.clock.monotonicMs())).toBeLessThanOrEqual(2000)
      await world.clock.advance(2001)
    }
    expect(world.sends).toHaveLength(5)
  })

  it('does not keep the others', async () => {
    const world = createFlushWorld(options)
    world.answerAll(({ email }) => (email === 'a0@x.com' ? failed(true) : { type: 'settled' }))
    world.assign([world.partition('a', 10)])
    await world.clock.advance(2000)
    expect(world.sends).toHaveLength(10)
  })
})
