import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compareUtf8, sortUtf8 } from '../../../src/state/utf8-order.ts'

const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

// Few code points, from all that UTF-16 units order wrongly, so that strings share beginnings.
const point = fc.constantFrom('', 'a', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}')
const text = fc.oneof(
  fc.array(point, { maxLength: 4 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
  fc.string(),
)

describe('strings', () => {
  it('compare as their UTF-8 bytes do', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(compareBytes(a, b))
      }),
      { numRuns: 1000 },
    )
  })

  it('are sorted as their UTF-8 bytes are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(text), fc.array(fc.string())), (texts) => {
        expect(sortUtf8([...texts])).toEqual([...texts].sort(compareBytes))
      }),
    )
  })
})
