import { describe, expect, it } from '@jest/globals'
import { createDirtySet, type DirtySet, type TakenContact } from '../../../src/deliver/dirty-set.ts'
import type { Urgency } from '../../../src/domain/urgency.ts'

describe('the urgency of a contact', () => {
  it('decides who is handed out, arrival only among equals', () => {
    const set = createDirtySet()
    const marks: readonly [string, Urgency][] = [
      ['f', 'backfill'],
      ['e', 'retry'],
      ['d1', 'attribute'],
      ['d2', 'attribute'],
      ['c', 'entry'],
      ['b', 'exit'],
      ['a', 'erasure'],
    ]
    for (const [at, [name, urgency]] of marks.entries()) set.mark(name, at, urgency)
    expect(marks.map(() => taken(set, 10).email)).toEqual(['a', 'b', 'c', 'd1', 'd2', 'e', 'f'])
  })

  it('is what the last mark says: an exit that is taken back is none', () => {
    const set = createDirtySet()
    set.mark('a@x.com', 0, 'exit')
    set.mark('b@x.com', 1, 'attribute')
    set.mark('a@x.com', 2, 'attribute')
    set.mark('c@x.com', 3, 'entry')
    expect([taken(set, 4), taken(set, 4), taken(set, 4)].map(({ email }) => email)).toEqual([
      'c@x.com',
      'a@x.com',
      'b@x.com',
    ])
  })

  it.each<[Urgency, Urgency]>([
    ['erasure', 'erasure'],
    ['exit', 'exit'],
    ['entry', 'retry'],
    ['attribute', 'retry'],
    ['retry', 'retry'],
    ['backfill', 'retry'],
  ])('that was %s is %s after an attempt that failed', (before, after) => {
    const set = createDirtySet()
    set.mark('a@x.com', 0, before)
    set.hold(taken(set, 1), 2, true)
    expect(taken(set, 2).urgency).toBe(after)
  })

  it('rises with a change after a failure, while it goes on to rest', () => {
    const set = createDirtySet()
    set.mark('a@x.com', 0, 'attribute')
    set.hold(taken(set, 1), 50, true)
    set.mark('a@x.com', 2, 'exit')
    expect(set.take(49)).toBeUndefined()
    expect(taken(set, 50).urgency).toBe('exit')
  })
})

function taken(set: DirtySet, nowMs: number): TakenContact {
  const contact = set.take(nowMs)
  if (contact === undefined) throw new Error(`nothing was due at ${nowMs}`)
  return contact
}
