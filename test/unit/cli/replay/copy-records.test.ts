import { describe, expect, it } from '@jest/globals'
import { createCopier } from '../../../../src/cli/replay/copy-records.ts'
import type { OutputRecord, SourceRecord } from '../../../../src/domain/record.ts'

const recordAt = (offset: number): SourceRecord => {
  return { topic: 'profiles', partition: 2, offset, timestampMs: 0, key: null, value: null, headers: {} }
}
const records = (count: number): readonly SourceRecord[] =>
  Array.from({ length: count }, (_, index) => recordAt(10 + 2 * index))

/** Time that passes while it is paused, and a stage that reads `stageRate` copies per second. */
function createWorld(stageRate = Infinity) {
  let nowMs = 0
  const produced: { readonly atMs: number; readonly records: readonly OutputRecord[] }[] = []
  const committed: number[] = []
  const total = () => produced.reduce((sum, { records }) => sum + records.length, 0)
  let mostAhead = 0
  const ports = {
    select: async (part: readonly SourceRecord[]) =>
      Promise.resolve(
        part.map((record): OutputRecord => ({ topic: 'replay', key: record.key, value: record.value })),
      ),
    produce: async (copies: readonly OutputRecord[]) => {
      produced.push({ atMs: nowMs, records: copies })
      return Promise.resolve()
    },
    commit: async (partition: number, offset: number) => {
      expect(partition).toBe(2)
      committed.push(offset)
      return Promise.resolve()
    },
    backlog: async (): Promise<number | null> => {
      const backlog = Math.max(0, total() - stageRate * (nowMs / 1000))
      mostAhead = Math.max(mostAhead, backlog)
      return Promise.resolve(Number.isNaN(backlog) ? 0 : backlog)
    },
    monotonicMs: () => nowMs,
    pause: async (delayMs: number) => {
      nowMs += delayMs
      return Promise.resolve()
    },
  }
  return { ports, produced, committed, total, nowMs: () => nowMs, mostAhead: () => mostAhead }
}

const never = new AbortController().signal

describe('copying', () => {
  it.each([1, 10, 1000, 5000])('takes %d records per second and not more', async (rate) => {
    const world = createWorld()
    const copy = createCopier(world.ports, { rate, maxBacklog: 1e9 }, never)
    const count = rate * 20
    expect(await copy(records(count))).toStrictEqual({ read: count, copied: count })
    expect(world.nowMs()).toBeGreaterThanOrEqual(19_000)
    expect(world.nowMs()).toBeLessThan(21_000)
    const largest = Math.max(...world.produced.map((part) => part.records.length))
    expect(largest).toBeLessThanOrEqual(Math.ceil(rate / 4))
  })

  it('commits what was acknowledged, after each part, up to the offset after its last record', async () => {
    const world = createWorld()
    const copy = createCopier(world.ports, { rate: 8, maxBacklog: 1e9 }, never)
    await copy(records(5))
    expect(world.committed).toStrictEqual([13, 17, 19])
    expect(world.produced.map((part) => part.records.length)).toStrictEqual([2, 2, 1])
  })

  it('waits for a stage that is slower', async () => {
    const world = createWorld(50)
    const copy = createCopier(world.ports, { rate: 1000, maxBacklog: 500 }, never)
    await copy(records(10_000))
    expect(world.mostAhead()).toBeLessThan(500 + 2 * 1000)
    expect(world.nowMs()).toBeGreaterThan((10_000 - 2500) * 20)
  })

  it('waits while nobody knows how far the stage is', async () => {
    const world = createWorld()
    const unknown = [null, null, 0]
    const backlog = async () => Promise.resolve(unknown.length > 0 ? (unknown.shift() ?? null) : 0)
    const copy = createCopier({ ...world.ports, backlog }, { rate: 1000, maxBacklog: 500 }, never)
    await copy(records(1))
    expect(world.nowMs()).toBe(2000)
    expect(world.total()).toBe(1)
  })

  it('does not commit what was not acknowledged', async () => {
    const world = createWorld()
    const produce = async (): Promise<void> => Promise.reject(new Error('Kafka is away'))
    const copy = createCopier({ ...world.ports, produce }, { rate: 10, maxBacklog: 10 }, never)
    await expect(copy(records(1))).rejects.toThrow('Kafka is away')
    expect(world.committed).toStrictEqual([])
  })

  it('ends at the next part where it is aborted, with all of the parts before it committed', async () => {
    const world = createWorld()
    const abort = new AbortController()
    const produce = async (copies: readonly OutputRecord[]) => {
      if (world.total() >= 100) abort.abort()
      return world.ports.produce(copies)
    }
    const copy = createCopier({ ...world.ports, produce }, { rate: 100, maxBacklog: 1e9 }, abort.signal)
    expect(await copy(records(1000))).toStrictEqual({ read: 125, copied: 125 })
    expect(world.committed.at(-1)).toBe(10 + 2 * 124 + 1)
  })
})
