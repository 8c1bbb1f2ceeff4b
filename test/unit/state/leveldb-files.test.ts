import { beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { openLevelStore } from '../../../src/state/level-store.ts'
import { crc32c } from '../../../src/state/leveldb/checksum.ts'
import { readLog } from '../../../src/state/leveldb/log-file.ts'
import { readManifest } from '../../../src/state/leveldb/manifest.ts'
import { decompress } from '../../../src/state/leveldb/snappy.ts'
import { isWholeTable } from '../../../src/state/leveldb/table-file.ts'
import { filesOf, writeHistory } from './damaged-store.ts'
import { createPlaces } from './places.ts'

const newPlace = createPlaces()
let tables: readonly Buffer[]
let log: Buffer
let manifest: Buffer

beforeAll(async () => {
  const { place } = await writeHistory(newPlace())
  const read = (pattern: RegExp): Buffer[] =>
    filesOf(place, pattern).map((name) => readFileSync(path.join(place, name)))
  tables = read(/\.ldb$/)
  log = read(/\.log$/).at(-1) ?? Buffer.alloc(0)
  manifest = read(/^MANIFEST/).at(-1) ?? Buffer.alloc(0)
})

/** What `look` says of the bytes with one of many bits flipped, and how often. */
function forManyBits<T>(bytes: Buffer, look: (flipped: Buffer, at: number) => T): Map<T, number> {
  const answers = new Map<T, number>()
  fc.assert(
    fc.property(fc.noBias(fc.nat(bytes.length - 1)), fc.nat(7), (at, bit) => {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at)
      const answer = look(flipped, at)
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }),
    { numRuns: 300 },
  )
  return answers
}

const textOf = (records: readonly Buffer[]): string => Buffer.concat(records).toString('latin1')

/** The log of a store with batches of one value each, of these lengths. */
async function logOf(...lengths: readonly number[]): Promise<Buffer> {
  const place = newPlace()
  const store = await openLevelStore(place)
  for (const length of lengths) await store.batch([{ key: 'a', value: Buffer.alloc(length, 'value') }])
  await store.close()
  return readFileSync(path.join(place, filesOf(place, /\.log$/)[0] ?? ''))
}

describe('the checksum', () => {
  it('is CRC-32C', () => {
    const text = Buffer.from('--123456789')
    expect(crc32c(text, 2, text.length)).toBe(0xe3069283)
  })

  it('is that of the same bytes one by one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(3), (bytes, start) => {
        let crc = -1
        for (const byte of bytes.subarray(start)) {
          crc ^= byte
          for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
        }
        expect(crc32c(bytes, start, bytes.length)).toBe(start > bytes.length ? 0 : ~crc >>> 0)
      }),
    )
  })
})

describe('a table', () => {
  it('of LevelDB is whole', () => {
    for (const table of tables) expect(isWholeTable(table)).toBe(true)
  })

  it('is not whole with any bit flipped but those that fill up its footer', () => {
    for (const table of tables) {
      const answers = forManyBits(table, (flipped, at) => {
        const fromEnd = table.length - at
        return isWholeTable(flipped) && !(fromEnd > 8 && fromEnd < 42) ? 'missed' : 'seen'
      })
      expect([...answers.keys()]).toEqual(['seen'])
    }
  })

  it('that is short of bytes, or has others, is not whole', () => {
    fc.assert(
      fc.property(fc.noBias(fc.nat((tables[0]?.length ?? 0) - 1)), (length) => {
        expect(isWholeTable(tables[0]?.subarray(0, length) ?? Buffer.alloc(0))).toBe(false)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(isWholeTable(Buffer.from(bytes))).toBe(false)
      }),
    )
  })
})

describe('a log', () => {
  it('of LevelDB is whole', () => {
    expect(readLog(log).end).toBe('whole')
    expect(readLog(log).records.length).toBeGreaterThan(5)
    expect(readLog(Buffer.alloc(0))).toEqual({ records: [], end: 'whole' })
  })

  it('is damaged with any bit flipped, or torn if that is in its last record', () => {
    const { records } = readLog(log)
    const answers = forManyBits(log, (flipped) => {
      const found = readLog(flipped)
      return found.end === 'damaged' ? 'damaged' : `${found.end} ${textOf(found.records)}`
    })
    expect(answers.get('damaged')).toBeGreaterThan(200)
    answers.delete('damaged')
    answers.delete(`torn ${textOf(records.slice(0, -1))}`)
    // Between two blocks can be bytes that nobody reads.
    answers.delete(`whole ${textOf(records)}`)
    expect(answers.size).toBe(0)
  })

  it('is torn where it ends early, and has the records before', () => {
    const { records } = readLog(log)
    fc.assert(
      fc.property(fc.noBias(fc.nat(log.length - 1)), (length) => {
        const found = readLog(log.subarray(0, length))
        expect(found.end).not.toBe('damaged')
        expect(textOf(found.records)).toBe(textOf(records.slice(0, found.records.length)))
      }),
    )
  })

  it.each([1, 2, 3])(
    'is torn without block %i of its last batch: a power failure takes any',
    async (block) => {
      const torn = await logOf(100, 140_000)
      expect(readLog(torn)).toMatchObject({ records: { length: 2 }, end: 'whole' })
      torn.fill(0, block * 32_768, (block + 1) * 32_768)
      expect(readLog(torn)).toMatchObject({ records: { length: 1 }, end: 'torn' })
    },
  )

  it.each([1, 2, 3])('is damaged without block %i of a batch that another one follows', async (block) => {
    const damaged = await logOf(100, 140_000, 100)
    expect(readLog(damaged)).toMatchObject({ records: { length: 3 }, end: 'whole' })
    damaged.fill(0, block * 32_768, (block + 1) * 32_768)
    expect(readLog(damaged).end).toBe('damaged')
  })
})

describe('a manifest', () => {
  it('names the tables that there are, with their sizes', () => {
    const sizes = readManifest(readLog(manifest).records)?.tables.values() ?? []
    expect([...sizes].sort()).toEqual(tables.map(({ length }) => length).sort())
  })

  it('with a field that no manifest has is none', () => {
    expect(readManifest([Buffer.from([8, 0])])).toBeUndefined()
  })
})

describe('compressed bytes', () => {
  const text = (from: number, length: number): Buffer =>
    Buffer.from(Array.from({ length }, (_, index) => (from + index) % 256))

  it.each([
    { name: 'nothing', bytes: [0], expected: Buffer.alloc(0) },
    { name: 'bytes as they are', bytes: [3, 2 << 2, 97, 98, 99], expected: Buffer.from('abc') },
    {
      name: 'many bytes as they are, their number in one byte',
      bytes: [0xc8, 1, 60 << 2, 199, ...text(0, 200)],
      expected: text(0, 200),
    },
    {
      name: 'many bytes as they are, their number in two bytes',
      bytes: [0xac, 2, 61 << 2, 43, 1, ...text(0, 300)],
      expected: text(0, 300),
    },
    {
      name: 'a repetition from close by that overlaps itself',
      bytes: [6, 1 << 2, 97, 98, 1 | (0 << 2), 2],
      expected: Buffer.from('ababab'),
    },
    {
      name: 'a repetition from up to 2 KiB before',
      bytes: [0xb0, 2, 61 << 2, 43, 1, ...text(0, 300), 1 | (0 << 2) | (1 << 5), 44],
      expected: Buffer.concat([text(0, 300), text(0, 4)]),
    },
    {
      name: 'a repetition from up to 64 KiB before',
      bytes: [0xb6, 2, 61 << 2, 43, 1, ...text(0, 300), 2 | (9 << 2), 44, 1],
      expected: Buffer.concat([text(0, 300), text(0, 10)]),
    },
    {
      name: 'a repetition from farther',
      bytes: [5, 0, 97, 3 | (3 << 2), 1, 0, 0, 0],
      expected: Buffer.from('aaaaa'),
    },
  ])('hold $name', ({ bytes, expected }) => {
    expect(decompress(Buffer.from(bytes))).toEqual(expected)
  })
})
