import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createDirtySet, type DirtySet } from '../../../src/deliver/dirty-set.ts'
import { createTurns, type Turns } from '../../../src/deliver/turns.ts'
import { type Urgency, urgencies } from '../../../src/domain/urgency.ts'

interface Partition {
  readonly name: string
  readonly dirty: DirtySet
}

function partition(name: string, contacts: number, urgency: Urgency = 'attribute'): Partition {
  const dirty = createDirtySet()
  for (let contact = 0; contact < contacts; contact += 1)
    dirty.mark(`${name}${contact}@x.com`, contact, urgency)
  return { name, dirty }
}

/** Takes as many, and says whose they were. */
function names(turns: Turns<Partition>, count: number): string {
  return Array.from({ length: count }, () => turns.take(1000)?.task.name ?? '-').join('')
}

describe('turns', () => {
  it('go round the partitions, so that a large one starves none', () => {
    const turns = createTurns<Partition>()
    turns.replace([partition('a', 100), partition('b', 3), partition('c', 2)])
    expect(names(turns, 8)).toBe('abcabcab')
    expect(names(turns, 3)).toBe('aaa')
  })

  it('hand out every contact of a partition in the order of the marks', () => {
    const turns = createTurns<Partition>()
    turns.replace([partition('a', 3)])
    const emails = Array.from({ length: 4 }, () => turns.take(1000)?.taken.email)
    expect(emails).toEqual(['a0@x.com', 'a1@x.com', 'a2@x.com', undefined])
  })

  it('go by urgency first, as if all partitions were one', () => {
    const turns = createTurns<Partition>()
    turns.replace([partition('a', 3, 'backfill'), partition('b', 1, 'attribute'), partition('c', 3, 'exit')])
    expect(names(turns, 8)).toBe('cccbaaa-')
  })

  it('go round for each urgency by itself: with many exits a partition does not give up its backfill', () => {
    const turns = createTurns<Partition>()
    const both = partition('a', 2000, 'exit')
    for (let contact = 0; contact < 100; contact += 1) both.dirty.mark(`old${contact}@x.com`, 0, 'backfill')
    turns.replace([both, partition('b', 100, 'backfill')])
    const backfilled = Array.from({ length: 640 }, () => turns.take(1000))
      .filter((turn) => turn?.taken.urgency === 'backfill')
      .map((turn) => turn?.task.name ?? '-')
    expect(backfilled.join('')).toMatch(/^(ab){20}$|^(ba){20}$/)
  })

  it('are due when the first of the partitions is', () => {
    const turns = createTurns<Partition>()
    const early = partition('a', 0)
    const late = partition('b', 0)
    turns.replace([late, early, partition('c', 0)])
    expect(turns.dueInMs(0)).toBeUndefined()
    late.dirty.markHeld('b@x.com', 0, 500, 'exit')
    early.dirty.markHeld('a@x.com', 0, 200, 'attribute')
    expect(turns.dueInMs(50)).toBe(150)
    expect(turns.dueInMs(250)).toBe(0)
    expect(turns.take(250)?.task.name).toBe('a')
    expect(turns.dueInMs(250)).toBe(250)
  })

  it('forget the partitions that are replaced', () => {
    const turns = createTurns<Partition>()
    turns.replace([partition('a', 5)])
    turns.replace([])
    expect(turns.take(1000)).toBeUndefined()
    expect(turns.dueInMs(1000)).toBeUndefined()
    turns.replace([partition('b', 1)])
    expect(turns.take(1000)?.task.name).toBe('b')
  })
})

describe('whatever is ready in whatever partition', () => {
  const backlog = fc.array(fc.constantFrom(...urgencies), { maxLength: 30 })

  it('is handed out, once, and of two partitions with one urgency each gets every other turn of it', () => {
    fc.assert(
      fc.property(fc.array(backlog, { minLength: 1, maxLength: 4 }), (backlogs) => {
        const turns = createTurns<Partition>()
        const partitions = backlogs.map((marks, index) => {
          const name = String(index)
          const dirty = createDirtySet()
          for (const [at, urgency] of marks.entries()) dirty.mark(`${name}/${at}`, 0, urgency)
          return { name, dirty }
        })
        turns.replace(partitions)
        const taken: { readonly name: string; readonly email: string; readonly urgency: Urgency }[] = []
        for (let turn = turns.take(1000); turn !== undefined; turn = turns.take(1000))
          taken.push({ name: turn.task.name, ...turn.taken })
        const all = backlogs.flatMap((marks, index) => marks.map((_, at) => `${index}/${at}`))
        expect(taken.map(({ email }) => email).sort()).toEqual(all.sort())
        for (const urgency of urgencies) {
          const left = new Map(
            partitions.map(({ name }, index) => [name, count(backlogs[index] ?? [], urgency)]),
          )
          for (const [at, { name }] of taken.filter((one) => one.urgency === urgency).entries()) {
            const before = taken.filter((one) => one.urgency === urgency).slice(0, at)
            // Since its last turn every other partition that still had one had one.
            const since = before.slice(before.findLastIndex((one) => one.name === name) + 1)
            const starved = [...left].filter(([other, contacts]) => {
              return other !== name && contacts > 0 && !since.some((one) => one.name === other)
            })
            expect(before.some((one) => one.name === name) ? starved : []).toEqual([])
            left.set(name, (left.get(name) ?? 0) - 1)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})

function count(marks: readonly Urgency[], urgency: Urgency): number {
  return marks.filter((mark) => mark === urgency).length
}
