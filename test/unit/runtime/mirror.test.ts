import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createMirror } from '../../../src/runtime/mirror.ts'

describe('the mirror of a changelog', () => {
  it('ends where it began while nothing is written', () => {
    expect(createMirror(7).offset()).toBe(7)
  })

  it('follows what is written one after the other', () => {
    const mirror = createMirror(7)
    const write = mirror.begin()
    mirror.logged(9)
    expect(mirror.offset()).toBe(7)
    expect(mirror.offset(write)).toBe(9)
    mirror.stored(write)
    expect(mirror.offset()).toBe(9)
  })

  it('waits for a write that began earlier, whose record may lie below', () => {
    const mirror = createMirror(0)
    const early = mirror.begin()
    const late = mirror.begin()
    mirror.logged(2)
    expect(mirror.offset(late)).toBe(0)
    mirror.stored(late)
    expect(mirror.offset()).toBe(0)
    expect(mirror.offset(early)).toBe(2)
  })

  it('goes as far as the end that a write found when it began, for that one lies behind it', () => {
    const mirror = createMirror(0)
    const first = mirror.begin()
    mirror.logged(5)
    mirror.begin()
    mirror.stored(first)
    expect(mirror.offset()).toBe(5)
  })

  it('stays where it is for a write that never gets there', () => {
    const mirror = createMirror(3)
    mirror.begin()
    const other = mirror.begin()
    mirror.logged(40)
    mirror.stored(other)
    expect(mirror.offset()).toBe(3)
  })

  it('does not go back where acknowledgements come out of order', () => {
    const mirror = createMirror(0)
    const writes = [mirror.begin(), mirror.begin()]
    mirror.logged(9)
    mirror.logged(4)
    for (const write of writes) mirror.stored(write)
    expect(mirror.offset()).toBe(9)
  })
})

/** A write, as the changelog and the store see it. */
interface Write {
  readonly name: number
  readonly records: number
  appendedAt: number | null
  isLogged: boolean
  isStored: boolean
}

/**
 * Writes at whatever pace: each begins, is appended by the broker, is acknowledged, and is stored, in this order; how
 * the steps of several follow each other is drawn. `choices` draw from what can happen next.
 */
function run(startOffset: number, choices: readonly number[], limit: number) {
  const mirror = createMirror(startOffset)
  const writes: Write[] = []
  let endOffset = startOffset

  function begin(records: number): void {
    writes.push({ name: mirror.begin(), records, appendedAt: null, isLogged: false, isStored: false })
  }

  function advance(write: Write): void {
    if (write.appendedAt === null) {
      write.appendedAt = endOffset
      endOffset += write.records
    } else if (!write.isLogged) {
      write.isLogged = true
      mirror.logged(write.appendedAt + write.records)
    } else {
      write.isStored = true
      mirror.stored(write.name)
    }
  }

  /** The lowest offset that is appended and, but for that of `sparing`, not stored. */
  function firstMissing(sparing?: Write): number {
    const missing = writes.filter((write) => !write.isStored && write !== sparing)
    return Math.min(endOffset, ...missing.map(({ appendedAt }) => appendedAt ?? Infinity))
  }

  function expectNothingMissing(): void {
    expect(mirror.offset()).toBeLessThanOrEqual(firstMissing())
    // What a batch says that stores this write, were it stored now.
    for (const write of writes.filter(({ isLogged, isStored }) => isLogged && !isStored))
      expect(mirror.offset(write.name)).toBeLessThanOrEqual(firstMissing(write))
  }

  for (const choice of choices) {
    const open = writes.filter(({ isStored }) => !isStored)
    const write = open[choice % (open.length + (writes.length < limit ? 1 : 0))]
    if (write === undefined) begin(1 + (choice % 3))
    else advance(write)
    expectNothingMissing()
  }
  return {
    mirror,
    end: () => endOffset,
    finish: () => {
      for (const write of writes) while (!write.isStored) advance(write)
    },
  }
}

describe('whatever order writes are appended, acknowledged and stored in', () => {
  const choices = fc.array(fc.nat(1000), { maxLength: 60 })

  it('the mirror never reaches past a record that is in the changelog and not in the store', () => {
    fc.assert(
      fc.property(fc.nat(20), choices, (startOffset, drawn) => {
        expect(run(startOffset, drawn, 8).mirror.offset()).toBeGreaterThanOrEqual(startOffset)
      }),
      { numRuns: 1000 },
    )
  })

  it('the mirror reaches the end once all of them are stored', () => {
    fc.assert(
      fc.property(fc.nat(20), choices, (startOffset, drawn) => {
        const { mirror, finish, end } = run(startOffset, drawn, 8)
        finish()
        expect(mirror.offset()).toBe(end())
      }),
    )
  })
})
