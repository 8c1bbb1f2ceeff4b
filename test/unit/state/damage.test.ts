import { beforeAll, describe, expect, it } from '@jest/globals'
import { ClassicLevel } from 'classic-level'
import fc from 'fast-check'
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { openLevelStore } from '../../../src/state/level-store.ts'
import { copyDamaged, filesOf, whatIsIn, writeHistory, type History } from './damaged-store.ts'
import { createPlaces } from './places.ts'

const newPlace = createPlaces()
let history: History
let tables: readonly string[]
let log: string
let manifest: string

beforeAll(async () => {
  history = await writeHistory(newPlace())
  tables = filesOf(history.place, /\.ldb$/)
  log = String(filesOf(history.place, /\.log$/).at(-1))
  manifest = String(filesOf(history.place, /^MANIFEST/).at(-1))
})

async function afterChange(file: string, change: (bytes: Buffer) => Buffer): Promise<number | 'corrupt'> {
  const place = newPlace()
  copyDamaged(history.place, place, file, change)
  const found = await whatIsIn(place, history)
  rmSync(place, { recursive: true })
  return found
}

/** What is found after one change at a time, at places in the files that are drawn by lot. */
async function expectAfter(
  files: readonly string[],
  change: (bytes: Buffer, at: number, bit: number) => Buffer,
  rounds: number,
  expected: readonly (number | 'corrupt')[],
): Promise<Map<number | 'corrupt', number>> {
  const found = new Map<number | 'corrupt', number>()
  // Not biased to the beginning of a file, as numbers of fast-check are.
  const place = fc.tuple(fc.constantFrom(...files), fc.noBias(fc.nat(999_999)))
  await fc.assert(
    fc.asyncProperty(place, fc.nat(7), async ([file, millionths], bit) => {
      const outcome = await afterChange(file, (bytes) =>
        change(bytes, Math.floor((millionths / 1_000_000) * bytes.length), bit),
      )
      found.set(outcome, (found.get(outcome) ?? 0) + 1)
      expect(expected).toContain(outcome)
    }),
    { numRuns: rounds },
  )
  return found
}

function flip(bytes: Buffer, at: number, bit: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
  return bytes
}

const zero = (bytes: Buffer, at: number): Buffer => bytes.fill(0, at, Math.min(at + 512, bytes.length))
const cut = (bytes: Buffer, at: number): Buffer => bytes.subarray(0, at)

describe('LevelDB alone', () => {
  it('opens a damaged log, drops batches from its middle and keeps those after them', async () => {
    const place = newPlace()
    copyDamaged(history.place, place, log, (bytes) => flip(bytes, 5000, 0))
    const level = new ClassicLevel<string, Buffer>(place, { valueEncoding: 'buffer' })
    await level.open()
    const last = [...(history.contents.at(-1) ?? [])]
    const values = await level.getMany(last.map(([key]) => key))
    await level.close()
    const lost = last.filter(([, text], index) => values[index]?.subarray(4).toString() !== text)
    const newest = `${history.contents.length - 2} `
    expect(lost.length).toBeGreaterThan(0)
    expect(lost.filter(([, text]) => text.startsWith(newest))).toEqual([])
  })
})

describe('a damaged store', () => {
  it('is as it was, unchanged', async () => {
    expect(tables.length).toBeGreaterThan(3)
    expect(await afterChange(log, (bytes) => bytes)).toBe(0)
  })

  it('says so for nearly every bit of its tables, and is never wrong', async () => {
    // A few bytes of a table mean nothing.
    const found = await expectAfter(tables, flip, 40, ['corrupt', 0])
    expect(found.get('corrupt')).toBeGreaterThan(35)
  })

  it('says so for every bit of its log, but for the last batch: that may be missing', async () => {
    const found = await expectAfter([log], flip, 40, ['corrupt', 0, 1])
    expect(found.get('corrupt')).toBeGreaterThan(30)
  })

  it.each([
    { name: 'its manifest', pattern: /^MANIFEST/ },
    { name: 'its pointer to the manifest', pattern: /^CURRENT$/ },
  ])('says so for the bits of $name', async ({ pattern }) => {
    const found = await expectAfter(filesOf(history.place, pattern), flip, 20, ['corrupt', 0])
    expect(found.get('corrupt')).toBeGreaterThan(15)
  })

  it('says so for a run of zeros, but where it ends the log: two batches can be missing', async () => {
    await expectAfter([...tables, log, manifest], zero, 30, ['corrupt', 0, 1, 2])
  })

  it('says so for a table or manifest that ends early', async () => {
    await expectAfter([...tables, manifest], cut, 20, ['corrupt'])
  })

  it('is as after some batch for a log that ends early, as a crash leaves it', async () => {
    const found = await expectAfter([log], cut, 20, [...history.contents.keys()])
    expect(found.size).toBeGreaterThan(3)
  })

  it('says so for each file that is missing', async () => {
    for (const file of [...tables, log, manifest, 'CURRENT']) {
      const place = newPlace()
      cpSync(history.place, place, { recursive: true })
      rmSync(path.join(place, file))
      expect([file, await whatIsIn(place, history)]).toEqual([file, 'corrupt'])
    }
  })

  it('says so for a log that ends early where another one goes on', async () => {
    const next = String(Number.parseInt(log, 10) + 1).padStart(6, '0')
    for (const [bytes, expected] of [
      [Buffer.alloc(0), 1], // a process that ended right after it began the log
      [readFileSync(path.join(history.place, log)), 'corrupt'],
    ] as const) {
      const place = newPlace()
      copyDamaged(history.place, place, log, (all) => all.subarray(0, -1))
      writeFileSync(path.join(place, `${next}.log`), bytes)
      expect(await whatIsIn(place, history)).toBe(expected)
    }
  })

  it.each(['LOCK', 'LOG'])('does not mind what is in %s', async (file) => {
    expect(await afterChange(file, () => Buffer.from('anything'))).toBe(0)
  })

  it('does not mind what a crash leaves: tables that nothing names, and a beginning of a batch', async () => {
    const place = newPlace()
    cpSync(history.place, place, { recursive: true })
    writeFileSync(path.join(place, '000099.ldb'), 'half a table')
    writeFileSync(path.join(place, '000099.dbtmp'), '')
    appendFileSync(path.join(place, log), readFileSync(path.join(place, log)).subarray(0, 1000))
    expect(await whatIsIn(place, history)).toBe(0)
  })

  it.each([0, 255])('does not mind what a power failure leaves behind its log: bytes of %i', async (byte) => {
    expect(await afterChange(log, (bytes) => Buffer.concat([bytes, Buffer.alloc(50_000, byte)]))).toBe(0)
  })
})

describe('a store that is damaged while it is open', () => {
  it('gives no value that was not written', async () => {
    const place = newPlace()
    const value = Buffer.from(Array.from({ length: 64 }, (_, index) => (index * 151) % 256))
    const first = await openLevelStore(place)
    await first.batch([
      { key: 'damaged@example.com', value },
      { key: 'whole@example.com', value: Buffer.from('whole') },
    ])
    await first.close()
    // Opening makes a table of the log.
    const store = await openLevelStore(place)
    const [table = ''] = filesOf(place, /\.ldb$/)
    const bytes = readFileSync(path.join(place, table))
    writeFileSync(path.join(place, table), flip(bytes, bytes.indexOf(value) + 10, 3))
    const reads = [
      async () => store.get('damaged@example.com'),
      async () => store.getMany(['damaged@example.com']),
      async () => store.range({ gte: 'a', lt: 'z' })[Symbol.asyncIterator]().next(),
    ]
    for (const read of reads) {
      await expect(read()).rejects.toThrow(/is damaged: a value does not match its checksum/)
      await expect(read()).rejects.not.toThrow(/example.com/)
    }
    expect(Buffer.from((await store.get('whole@example.com')) ?? []).toString()).toBe('whole')
    await store.close()
    await expect(openLevelStore(place)).rejects.toThrow(`${table} does not match its checksums`)
  })
})
