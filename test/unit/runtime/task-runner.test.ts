import { beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { SourceRecord } from '../../../src/domain/record.ts'
import type { RecordBatch, StageTask } from '../../../src/runtime/ports.ts'
import { createTaskRunner, type RestoreRange, type TaskRunner } from '../../../src/runtime/task-runner.ts'
import { settle } from '../../support/manual-clock.ts'

/** Records of `topic` at these offsets, as one batch. */
function batch(
  topic: string,
  offsets: readonly number[],
  nextOffset = (offsets.at(-1) ?? -1) + 1,
): RecordBatch {
  const records = offsets.map((offset): SourceRecord => ({
    topic,
    partition: 0,
    offset,
    timestampMs: 0,
    key: null,
    value: null,
    headers: {},
  }))
  return { topic, partition: 0, records, nextOffset, endOffset: 1000 }
}

function ranges(
  given: Readonly<Record<string, readonly [number, number]>>,
): ReadonlyMap<string, RestoreRange> {
  return new Map(
    Object.entries(given).map(([topic, [startOffset, untilOffset]]) => [topic, { startOffset, untilOffset }]),
  )
}

let events: string[]
let gate: Promise<void> | null
let fails: ((event: string) => Error | null) | null
let runner: TaskRunner

async function step(event: string): Promise<void> {
  events.push(`${event} ...`)
  await gate
  const error = fails?.(event) ?? null
  if (error !== null) throw error
  events.splice(events.indexOf(`${event} ...`), 1)
  events.push(event)
}

function names(records: readonly SourceRecord[]): string {
  return records.map(({ topic, offset }) => `${topic}${offset}`).join(' ')
}

beforeEach(() => {
  events = []
  gate = null
  fails = null
  const task: StageTask = {
    restore: async (records) => step(`restore ${names(records)}`.trim()),
    restored: async () => step('restored'),
    process: async (records) => step(`process ${names(records)}`),
    tick: async () => step('tick'),
    close: () => events.push('close'),
  }
  runner = createTaskRunner(7, task, {
    topicRestored: (topic) => events.push(`${topic} restored`),
    running: () => events.push('running'),
  })
})

describe('restoring', () => {
  it('puts the past of every topic into the task, then processes what follows', async () => {
    await runner.prepare(ranges({ log: [0, 2], in: [0, 1] }))
    expect(await runner.take(batch('log', [0, 1]))).toBe(2)
    expect(runner.state()).toBe('restoring')
    expect(await runner.take(batch('in', [0]))).toBe(1)
    expect(runner.state()).toBe('running')
    expect(await runner.take(batch('in', [1, 2]))).toBe(3)
    expect(events).toEqual([
      'restore log0 log1',
      'log restored',
      'restore in0',
      'restored',
      'in restored',
      'running',
      'process in1 in2',
    ])
  })

  it('takes nothing before its ranges are known, and nothing of another topic before all is restored', async () => {
    expect(await runner.take(batch('log', [0]))).toBeNull()
    await runner.prepare(ranges({ log: [0, 2] }))
    expect(await runner.take(batch('side', [0]))).toBeNull()
    await runner.take(batch('log', [0]))
    expect(await runner.take(batch('side', [0]))).toBeNull()
    expect(events).toEqual(['restore log0'])
  })

  it('leaves what lies beyond the range of a batch to be processed later', async () => {
    await runner.prepare(ranges({ in: [0, 3] }))
    expect(await runner.take(batch('in', [1, 2, 3, 4]))).toBe(3)
    expect(await runner.take(batch('in', [3, 4]))).toBe(5)
    expect(events).toEqual(['restore in1 in2', 'restored', 'in restored', 'running', 'process in3 in4'])
  })

  it('ends at the range although its last records are gone', async () => {
    await runner.prepare(ranges({ log: [0, 10] }))
    expect(await runner.take(batch('log', [2, 4], 7))).toBe(7)
    expect(runner.state()).toBe('restoring')
    expect(await runner.take(batch('log', [12]))).toBe(10)
    expect(events.slice(1)).toEqual(['restore', 'restored', 'log restored', 'running'])
  })

  it('ends with a batch without records that reaches the range', async () => {
    await runner.prepare(ranges({ log: [0, 3] }))
    await runner.take(batch('log', [0, 1]))
    expect(await runner.take(batch('log', [], 3))).toBe(3)
    expect(runner.state()).toBe('running')
  })

  it.each([
    { name: 'no range', given: {} },
    { name: 'empty ranges', given: { log: [0, 0], in: [5, 5] } as const },
    { name: 'a range that begins behind its end', given: { in: [9, 4] } as const },
  ])('runs at once with $name', async ({ given }) => {
    await runner.prepare(ranges(given))
    expect(runner.state()).toBe('running')
    expect(events.filter((event) => event === 'restored')).toHaveLength(1)
    expect(runner.topicsToRestore()).toEqual([])
  })

  it('tells the topics and the number of records that are left', async () => {
    await runner.prepare(ranges({ log: [10, 20], in: [0, 5], side: [3, 3] }))
    expect(runner.topicsToRestore()).toEqual(['log', 'in'])
    expect(runner.remainingRestore()).toBe(15)
    await runner.take(batch('log', [10, 13]))
    expect(runner.remainingRestore()).toBe(11)
    await runner.take(batch('in', [4]))
    expect(runner.topicsToRestore()).toEqual(['log'])
    expect(runner.remainingRestore()).toBe(6)
  })

  it('repeats a batch that failed, and is not done before it succeeded', async () => {
    await runner.prepare(ranges({ log: [0, 1] }))
    fails = (event) => (event === 'restored' ? new Error('registry') : null)
    await expect(runner.take(batch('log', [0]))).rejects.toThrow('registry')
    expect(runner.state()).toBe('restoring')
    expect(runner.topicsToRestore()).toEqual(['log'])
    fails = null
    expect(await runner.take(batch('log', [0]))).toBe(1)
    expect(runner.state()).toBe('running')
  })

  it('prepares once', async () => {
    await runner.prepare(ranges({}))
    await runner.prepare(ranges({ log: [0, 5] }))
    expect(runner.state()).toBe('running')
    expect(runner.topicsToRestore()).toEqual([])
  })
})

describe('processing', () => {
  beforeEach(async () => {
    await runner.prepare(ranges({}))
    events.length = 0
  })

  it('runs one batch at a time, whichever topic it is of', async () => {
    let open = (): void => undefined
    gate = new Promise((resolve) => (open = resolve))
    const taken = [runner.take(batch('in', [0])), runner.take(batch('side', [0])), runner.tick()]
    await settle()
    expect(events).toEqual(['process in0 ...'])
    open()
    await Promise.all(taken)
    expect(events).toEqual(['process in0', 'process side0', 'tick'])
  })

  it('skips records it has processed, whole batches of them without a call', async () => {
    await runner.take(batch('in', [0, 1, 2]))
    expect(await runner.take(batch('in', [1, 2, 3]))).toBe(4)
    expect(await runner.take(batch('in', [0, 1]))).toBe(4)
    expect(events).toEqual(['process in0 in1 in2', 'process in3'])
    expect([...runner.positions()]).toEqual([['in', 4]])
  })

  it('moves past offsets that hold no records', async () => {
    expect(await runner.take(batch('in', [3], 9))).toBe(9)
    expect(await runner.take(batch('in', [], 12))).toBe(12)
    expect(runner.positions().get('in')).toBe(12)
    expect(events).toEqual(['process in3'])
  })

  it('moves no position where it fails, and goes on with the next', async () => {
    fails = (event) => (event === 'process in5' ? new Error('no') : null)
    await expect(runner.take(batch('in', [5]))).rejects.toThrow('no')
    expect(runner.positions().size).toBe(0)
    fails = null
    expect(await runner.take(batch('in', [5]))).toBe(6)
  })

  it('knows a position only once everything before it is durable', async () => {
    let open = (): void => undefined
    gate = new Promise((resolve) => (open = resolve))
    const taken = runner.take(batch('in', [0]))
    await settle()
    expect(runner.positions().size).toBe(0)
    open()
    await taken
    expect(runner.positions().get('in')).toBe(1)
  })

  it('refuses a log that ends before what it has read: its records would be taken for duplicates', async () => {
    await runner.take(batch('in', [40]))
    const recreated = { ...batch('in', [0]), endOffset: 1 }
    await expect(runner.take(recreated)).rejects.toThrow(
      'the log ends at offset 1, but everything before 41 was read already',
    )
  })

  it('keeps positions contiguous and growing under any redelivery', async () => {
    const delivery = fc.record({ topic: fc.constantFrom('in', 'side'), from: fc.nat(20), count: fc.nat(6) })
    await fc.assert(
      fc.asyncProperty(fc.array(delivery, { maxLength: 30 }), async (deliveries) => {
        const seen: Record<string, number[]> = { in: [], side: [] }
        const one = createTaskRunner(
          0,
          {
            restore: async () => Promise.resolve(),
            restored: async () => Promise.resolve(),
            process: async (records) => {
              for (const { topic, offset } of records) seen[topic]?.push(offset)
              return Promise.resolve()
            },
            close: () => undefined,
          },
          { topicRestored: () => undefined, running: () => undefined },
        )
        await one.prepare(new Map())
        const reached: Record<string, number> = { in: 0, side: 0 }
        for (const { topic, from, count } of deliveries) {
          // A consumer never reads beyond what it was told to read next.
          const start = Math.min(from, reached[topic] ?? 0)
          const offsets = Array.from({ length: count }, (_, index) => start + index)
          const next = await one.take(batch(topic, offsets, start + count))
          expect(next).toBeGreaterThanOrEqual(reached[topic] ?? 0)
          reached[topic] = next ?? 0
          expect(one.positions().get(topic)).toBe(next)
        }
        for (const topic of ['in', 'side']) {
          expect(seen[topic]).toEqual(Array.from({ length: reached[topic] ?? 0 }, (_, offset) => offset))
        }
      }),
    )
  })
})

describe('closing', () => {
  it('waits for what runs, and takes nothing more', async () => {
    await runner.prepare(ranges({}))
    events.length = 0
    let open = (): void => undefined
    gate = new Promise((resolve) => (open = resolve))
    const running = runner.take(batch('in', [0]))
    const queued = runner.take(batch('side', [0]))
    await settle()
    let closed = false
    const closing = runner.close().then(() => (closed = true))
    await settle()
    expect(closed).toBe(false)
    open()
    await closing
    expect(await running).toBe(1)
    expect(await queued).toBeNull()
    expect(await runner.take(batch('in', [1]))).toBeNull()
    expect(events.filter((event) => event.startsWith('process'))).toEqual(['process in0'])
  })

  it('in the middle of the last restore neither runs nor tells that a topic is restored', async () => {
    await runner.prepare(ranges({ log: [0, 1] }))
    let open = (): void => undefined
    gate = new Promise((resolve) => (open = resolve))
    const taken = runner.take(batch('log', [0]))
    await settle()
    const closing = runner.close()
    open()
    await closing
    expect(await taken).toBeNull()
    expect(runner.state()).toBe('closed')
    expect(events).not.toContain('running')
    expect(events).not.toContain('log restored')
  })

  it('before it was prepared leaves it closed', async () => {
    await runner.close()
    await runner.prepare(ranges({}))
    expect(runner.state()).toBe('closed')
    expect(events).toEqual(['close'])
  })

  it('resolves although what ran failed', async () => {
    await runner.prepare(ranges({}))
    let open = (): void => undefined
    gate = new Promise((resolve) => (open = resolve))
    fails = () => new Error('no')
    const refused = expect(runner.take(batch('in', [0]))).rejects.toThrow('no')
    await settle()
    const closing = runner.close()
    open()
    await closing
    await refused
    expect(runner.state()).toBe('closed')
  })

  it('lets no tick through, and neither does restoring', async () => {
    await runner.prepare(ranges({ log: [0, 5] }))
    await runner.tick()
    await runner.close()
    await runner.tick()
    expect(events).toEqual(['close'])
  })
})
