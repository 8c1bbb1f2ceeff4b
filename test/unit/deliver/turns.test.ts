import { describe, expect, it } from '@jest/globals'
import { createDirtySet, type DirtySet } from '../../../src/deliver/dirty-set.ts'
import { createTurns } from '../../../src/deliver/turns.ts'

interface Partition {
  readonly name: string
  readonly dirty: DirtySet
}

function partition(name: string, contacts: number): Partition {
  const dirty = createDirtySet()
  for (let contact = 0; contact < contacts; contact += 1) dirty.mark(`${name}${contact}@x.com`, contact)
  return { name, dirty }
}

describe('turns', () => {
  it('go round the partitions, so that a large one starves none', () => {
    const turns = createTurns<Partition>()
    turns.replace([partition('a', 100), partition('b', 3), partition('c', 2)])
    const order = Array.from({ length: 8 }, () => turns.take(1000)?.task.name)
    expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b'])
    expect(Array.from({ length: 3 }, () => turns.take(1000)?.task.name)).toEqual(['a', 'a', 'a'])
  })

  it('hand out every contact of a partition in the order of the marks', () => {
    const turns = createTurns<Partition>()
    turns.replace([partition('a', 3)])
    const emails = Array.from({ length: 4 }, () => turns.take(1000)?.taken.email)
    expect(emails).toEqual(['a0@x.com', 'a1@x.com', 'a2@x.com', undefined])
  })

  it('are due when the first of the partitions is', () => {
    const turns = createTurns<Partition>()
    const early = partition('a', 0)
    const late = partition('b', 0)
    turns.replace([late, early, partition('c', 0)])
    expect(turns.dueInMs(0)).toBeUndefined()
    late.dirty.markHeld('b@x.com', 0, 500)
    early.dirty.markHeld('a@x.com', 0, 200)
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
  })
})
