import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { OutputRecord } from '../../../src/domain/record.ts'
import { letterParts, partHeader, withLetterParts } from '../../../src/kafka/letter-parts.ts'
import { recordBytes } from '../../../src/kafka/record-size.ts'

const headers = { 'zendesk-activation.source-offset': '7', raw: Uint8Array.of(1) }
const letter = (bytes: number): OutputRecord => ({
  topic: 'za.dead-letter',
  key: 'k',
  value: Uint8Array.from({ length: bytes }, (_, at) => at % 251),
  headers,
})

describe('a dead letter', () => {
  it('that fits is left as it is', () => {
    const fitting = letter(2000)
    expect(letterParts(fitting, 4000)).toEqual([fitting])
  })

  it('that is too large comes in parts that fit, with all of its value in order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 50_000 }),
        fc.integer({ min: 4000, max: 20_000 }),
        (bytes, max) => {
          const whole = letter(bytes)
          const parts = letterParts(whole, max)
          for (const part of parts) {
            expect(recordBytes(part)).toBeLessThanOrEqual(max)
            expect(part).toMatchObject({ topic: whole.topic, key: whole.key, headers })
          }
          expect(Buffer.concat(parts.map(({ value }) => value ?? new Uint8Array()))).toEqual(
            Buffer.from(whole.value ?? []),
          )
          const count = parts.length
          expect(parts.map((part) => part.headers?.[partHeader])).toEqual(
            parts.map((_, index) => (count === 1 ? undefined : `${index + 1} of ${count}`)),
          )
        },
      ),
    )
  })

  it('of nothing, or whose headers alone are too large, is left as it is', () => {
    const empty = { ...letter(0), value: null }
    expect(letterParts(empty, 100)).toEqual([empty])
    const crowded = { ...letter(9000), headers: { large: new Uint8Array(5000) } }
    expect(letterParts(crowded, 6000)).toEqual([crowded])
  })
})

describe('producing', () => {
  it('takes apart what goes to the dead-letter topic, and nothing else', async () => {
    const calls: (readonly OutputRecord[])[] = []
    const produce = withLetterParts(
      async (records) => {
        calls.push(records)
        return Promise.resolve([])
      },
      'za.dead-letter',
      4000,
    )
    const other = { ...letter(9000), topic: 'za.persons' }
    await produce([other, letter(9000)], () => true)
    expect(calls[0]).toEqual([other])
    // Each in a batch of its own: two together would be more than the topic takes.
    expect(calls.slice(1).map((part) => part.map(({ headers: of }) => of?.[partHeader]))).toEqual([
      ['1 of 4'],
      ['2 of 4'],
      ['3 of 4'],
      ['4 of 4'],
    ])
  })
})
