import { beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createSerial } from '../../../src/domain/serial.ts'
import { settle } from '../../support/manual-clock.ts'
import { batch, createRunnerWorld, type RunnerWorld } from './runner-world.ts'

let world: RunnerWorld

beforeEach(() => {
  world = createRunnerWorld()
})

describe('restoring', () => {
  it('puts the past of every topic into the task, then processes what follows', async () => {
    await world.start({ log: [0, 2], in: [0, 1] })
    expect(await world.runner.take(batch('log', [0, 1]))).toBe(2)
    expect(world.runner.state()).toBe('restoring')
    expect(await world.runner.take(batch('in', [0]))).toBe(1)
    expect(world.runner.state()).toBe('running')
    expect(await world.runner.take(batch('in', [1, 2]))).toBe(3)
    expect(world.events).toEqual([
      'restore log0 log1',
      'log restored',
      'restore in0',
      'in restored',
      'restored',
      'running',
      'process in1 in2',
    ])
  })

  it('takes nothing before its ranges are known, and nothing of another topic before all is restored', async () => {
    expect(await world.runner.take(batch('log', [0]))).toBeNull()
    await world.start({ log: [0, 2], in: [0, 1] })
    expect(await world.runner.take(batch('side', [0]))).toBeNull()
    await world.runner.take(batch('log', [0]))
    expect(await world.runner.take(batch('side', [0]))).toBeNull()
    expect(world.events).toEqual(['restore log0'])
  })

  it('leaves what lies beyond the range of a batch to be processed later', async () => {
    await world.start({ in: [0, 3] })
    expect(await world.runner.take(batch('in', [1, 2, 3, 4]))).toBe(3)
    expect(await world.runner.take(batch('in', [3, 4]))).toBe(5)
    expect(world.events.slice(1)).toEqual([
      'restore in1 in2',
      'in restored',
      'restored',
      'running',
      'process in3 in4',
    ])
  })

  it('ends at the range although its last records are gone', async () => {
    await world.start({ log: [0, 10], in: [0, 1] })
    expect(await world.runner.take(batch('log', [2, 4], 7))).toBe(7)
    expect(world.events).not.toContain('log restored')
    expect(await world.runner.take(batch('log', [12]))).toBe(10)
    expect(world.events).toEqual(['restore log2 log4', 'log restored'])
  })

  it('ends with a batch without records that reaches the range', async () => {
    await world.start({ log: [0, 3] })
    await world.runner.take(batch('log', [0, 1]))
    expect(await world.runner.take(batch('log', [], 3))).toBe(3)
    expect(world.runner.state()).toBe('running')
  })

  it('runs at once with no range, and tells of every topic with a past that it is restored', async () => {
    await world.start({})
    expect(world.runner.state()).toBe('running')
    expect(world.events).toEqual(['log restored', 'in restored', 'restored', 'running'])
    expect(world.runner.topicsToRestore()).toEqual([])
  })

  it('tells the topics and the number of records that are left', async () => {
    await world.start({ log: [10, 20], in: [0, 5] })
    expect(world.runner.topicsToRestore()).toEqual(['log', 'in'])
    expect(world.runner.remainingRestore()).toBe(15)
    await world.runner.take(batch('log', [10, 13]))
    expect(world.runner.remainingRestore()).toBe(11)
    await world.runner.take(batch('in', [4]))
    expect(world.runner.topicsToRestore()).toEqual(['log'])
    expect(world.runner.remainingRestore()).toBe(6)
  })

  it('takes a large batch in parts, each with its own place: decoded it is many times as large', async () => {
    const offsets = Array.from({ length: 1200 }, (_, offset) => offset)
    await world.start({ log: [0, 1300], in: [0, 1] })
    world.fails = (event) => (event.startsWith('restore log1000 ') ? new Error('no') : null)
    await expect(world.runner.take(batch('log', offsets))).rejects.toThrow('no')
    const parts = world.events.filter((event) => !event.endsWith('...')).map((event) => event.split(' '))
    expect(parts.map(([, ...names]) => [names[0], names.length])).toEqual([
      ['log0', 500],
      ['log500', 500],
    ])
    expect((await world.stored()).offsets.get('log')).toBe(1000)
  })

  it('takes turns with other tasks, a part of a batch each: together they would hold too much at once', async () => {
    const turn = createSerial()
    const worlds = [createRunnerWorld(undefined, turn), createRunnerWorld(undefined, turn)]
    for (const each of worlds) await each.start({ log: [0, 600], in: [0, 1] })
    const offsets = Array.from({ length: 600 }, (_, offset) => offset)
    const open = worlds[0]?.hold()
    const taken = worlds.map(async ({ runner }) => runner.take(batch('log', offsets)))
    await settle()
    const parts = () =>
      worlds.map(({ events }) => events.filter((event) => event.startsWith('restore ')).length)
    expect(parts()).toEqual([1, 0])
    open?.()
    await Promise.all(taken)
    expect(parts()).toEqual([2, 2])
  })

  it('lets the turn pass on where it fails', async () => {
    const turn = createSerial()
    const [failing, other] = [createRunnerWorld(undefined, turn), createRunnerWorld(undefined, turn)]
    for (const each of [failing, other]) await each.start({ log: [0, 1] })
    failing.fails = () => new Error('no')
    await expect(failing.runner.take(batch('log', [0]))).rejects.toThrow('no')
    expect(await other.runner.take(batch('log', [0]))).toBe(1)
  })

  it.each(['restore log0', 'restored'])('is not done where %s fails', async (step) => {
    await world.start({ log: [0, 1] })
    world.fails = (event) => (event === step ? new Error('registry') : null)
    await expect(world.runner.take(batch('log', [0]))).rejects.toThrow('registry')
    expect(world.runner.state()).toBe('restoring')
    expect(world.events).not.toContain('running')
    world.fails = () => null
    expect(await world.runner.take(batch('side', [0]))).toBeNull()
  })

  it('prepares once', async () => {
    await world.start({})
    await world.runner.prepare({
      ranges: new Map([['log', { startOffset: 0, untilOffset: 5 }]]),
      mirrorFrom: 5,
      positions: new Map(),
      done: new Map(),
      ends: new Map(),
    })
    expect(world.runner.state()).toBe('running')
    expect(world.runner.topicsToRestore()).toEqual([])
  })
})

describe('processing', () => {
  beforeEach(async () => {
    await world.start({})
    world.events.length = 0
  })

  it('runs one batch at a time, whichever topic it is of', async () => {
    const open = world.hold()
    const taken = [
      world.runner.take(batch('in', [0])),
      world.runner.take(batch('side', [0])),
      world.runner.tick(),
    ]
    await settle()
    expect(world.events).toEqual(['process in0 ...'])
    open()
    await Promise.all(taken)
    expect(world.events).toEqual(['process in0', 'process side0', 'tick'])
  })

  it('brings it up to date once everything that was there when it began is done, once', async () => {
    world = createRunnerWorld()
    await world.start({}, 0, { in: 3 })
    expect(world.runner.isUpToDate()).toBe(false)
    await world.runner.take(batch('side', [0, 1, 2, 3]))
    await world.runner.take(batch('in', [0, 1]))
    expect(world.events).not.toContain('up to date')
    await world.runner.take(batch('in', [2, 3]))
    expect(world.runner.isUpToDate()).toBe(true)
    await world.runner.take(batch('in', [4]))
    expect(world.events.filter((event) => event === 'up to date')).toHaveLength(1)
  })

  it('skips records it has processed, whole batches of them without a call', async () => {
    await world.runner.take(batch('in', [0, 1, 2]))
    expect(await world.runner.take(batch('in', [1, 2, 3]))).toBe(4)
    expect(await world.runner.take(batch('in', [0, 1]))).toBe(4)
    expect(world.events).toEqual(['process in0 in1 in2', 'process in3'])
    expect([...world.runner.positions()]).toEqual([['in', 4]])
  })

  it('moves past offsets that hold no records', async () => {
    expect(await world.runner.take(batch('in', [3], 9))).toBe(9)
    expect(await world.runner.take(batch('in', [], 12))).toBe(12)
    expect(world.runner.positions().get('in')).toBe(12)
    expect(world.events).toEqual(['process in3'])
  })

  it('moves no position where it fails, and goes on with the next', async () => {
    world.fails = (event) => (event === 'process in5' ? new Error('no') : null)
    await expect(world.runner.take(batch('in', [5]))).rejects.toThrow('no')
    expect(world.runner.positions().size).toBe(0)
    world.fails = () => null
    expect(await world.runner.take(batch('in', [5]))).toBe(6)
  })

  it('knows a position only once everything before it is durable', async () => {
    const open = world.hold()
    const taken = world.runner.take(batch('in', [0]))
    await settle()
    expect(world.runner.positions().size).toBe(0)
    open()
    await taken
    expect(world.runner.positions().get('in')).toBe(1)
  })

  it('refuses a log that ends before what it has read: its records would be taken for duplicates', async () => {
    await world.runner.take(batch('in', [40]))
    const recreated = { ...batch('in', [0]), endOffset: 1 }
    await expect(world.runner.take(recreated)).rejects.toThrow(
      'the log ends at offset 1, but everything before 41 was read already',
    )
  })
})

it('keeps positions contiguous and growing under any redelivery, and stores them with what they belong to', async () => {
  const delivery = fc.record({ topic: fc.constantFrom('in', 'side'), from: fc.nat(20), count: fc.nat(6) })
  await fc.assert(
    fc.asyncProperty(fc.array(delivery, { maxLength: 30 }), async (deliveries) => {
      const one = createRunnerWorld()
      await one.start({})
      const reached: Record<string, number> = { in: 0, side: 0 }
      for (const { topic, from, count } of deliveries) {
        // A consumer never reads beyond what it was told to read next.
        const start = Math.min(from, reached[topic] ?? 0)
        const offsets = Array.from({ length: count }, (_, index) => start + index)
        const next = await one.runner.take(batch(topic, offsets, start + count))
        expect(next).toBeGreaterThanOrEqual(reached[topic] ?? 0)
        reached[topic] = next ?? 0
        expect(one.runner.positions().get(topic)).toBe(next)
      }
      const seen = one.events
        .filter((event) => event.startsWith('process'))
        .flatMap((event) => event.split(' ').slice(1))
      const { offsets } = await one.stored()
      for (const topic of ['in', 'side']) {
        const end = reached[topic] ?? 0
        expect(seen.filter((name) => name.startsWith(topic))).toEqual(
          Array.from({ length: end }, (_, offset) => `${topic}${offset}`),
        )
        expect(offsets.get(topic) ?? 0).toBe(end)
      }
    }),
  )
})
