import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import { MAX_EMPTY_ITEMS, MAX_LEVELS } from '../../../src/avro/bounds.ts'
import { compileSchema } from '../../../src/avro/compiled-schema.ts'

const tagged = {
  type: 'record',
  name: 'Tagged',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
}
/** An id of one letter, then an array that declares this many items and ends: 7 and 6 bytes. */
const declares400Million = Buffer.from('02788090bcfd02', 'hex')
const declares60Million = Buffer.from('0278809c9c39', 'hex')

/** Avro's form of a long. */
function long(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes = []
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

function check(schema: unknown, bytes: readonly number[]): string | undefined {
  return compileSchema(JSON.stringify(schema)).bounds(Buffer.from(bytes), 0)
}

const array = (items: unknown): object => ({ type: 'array', items })
const map = (values: unknown): object => ({ type: 'map', values })
const record = (name: string, ...types: unknown[]): object => ({
  type: 'record',
  name,
  fields: types.map((type, i) => ({ name: `f${i}`, type })),
})

describe('a few bytes that declare millions of items', () => {
  it.each([
    ['400 million', declares400Million],
    ['60 million', declares60Million],
  ])('end the process when avsc reads them: %s', async (_count, bytes) => {
    // With the heap of a small container; with the default one it takes seconds and gigabytes, and the same end.
    const script = `
      import avro from 'avsc'
      avro.Type.forSchema(JSON.parse(process.argv[1])).fromBuffer(Buffer.from(process.argv[2], 'hex'))`
    const flags = ['--max-old-space-size=64', '--input-type=module', '-e', script]
    const child = spawn(process.execPath, [...flags, JSON.stringify(tagged), bytes.toString('hex')], {
      cwd: new URL('../../..', import.meta.url),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let output = ''
    child.stderr.on('data', (chunk) => (output += String(chunk)))
    await once(child, 'close')
    expect(child.signalCode).toBe('SIGABRT')
    expect(output).toMatch(/FATAL ERROR: .*heap out of memory/)
  })

  it.each([
    ['400 million', declares400Million, 'tags: declares 400000000 items in 0 bytes at byte 7'],
    ['60 million', declares60Million, 'tags: declares 60000000 items in 0 bytes at byte 6'],
  ])('are refused within a millisecond: %s', (_count, bytes, problem) => {
    const { bounds } = compileSchema(JSON.stringify(tagged))
    const durations = Array.from({ length: 20 }, () => {
      const start = performance.now()
      expect(bounds(bytes, 0)).toBe(problem)
      return performance.now() - start
    })
    expect(Math.min(...durations)).toBeLessThan(1)
  })
})

describe('the bounds', () => {
  const tree = {
    type: 'record',
    name: 'Tree',
    fields: [
      { name: 'next', type: ['null', 'Tree'] },
      { name: 'children', type: array('Tree') },
    ],
  }
  // Each level holds two of the level below: 2^40 empty records, in no bytes.
  const doubled = Array.from({ length: 40 }, (_, i) => i).reduce<unknown>(
    (inner, i) => record(`R${i}`, inner, i === 0 ? 'null' : `R${i - 1}`),
    'null',
  )

  it.each([
    ['a boolean', 'boolean', [1]],
    ['the least int', 'int', long(-(2 ** 31))],
    ['the greatest int', 'int', long(2 ** 31 - 1)],
    ['an int with needless bytes', 'int', [0x82, 0x80, 0x00]],
    ['the least long', 'long', long(-(2n ** 63n))],
    ['the greatest long', 'long', long(2n ** 63n - 1n)],
    ['a string up to the end', 'string', [...long(2), 65, 66]],
    ['a string of invalid UTF-8', 'string', [...long(2), 0xff, 0xc0]],
    ['no bytes for null', 'null', []],
    ['the last branch of a union', ['null', 'string'], [2, 0]],
    [
      'an array in blocks with and without lengths',
      array('int'),
      [...long(-2), ...long(2), 2, 4, ...long(1), 6, 0],
    ],
    ['a map in a block with a length', map('int'), [...long(-1), ...long(3), 2, 65, 2, 0]],
    ['the smallest entries of a map', map('null'), [...long(3), 0, 0, 0, 0]],
    ['the smallest records', array(record('R', 'boolean', ['null', 'int'])), [...long(2), 1, 0, 0, 0, 0]],
    ['as many nulls as allowed', array('null'), [...long(MAX_EMPTY_ITEMS), 0]],
    ['a tree with a child and a next', tree, [2, 0, 0, 2, 0, 0, 0]],
  ])('accept %s', (_what, schema, bytes) => {
    expect(check(schema, bytes)).toBeUndefined()
  })

  it.each([
    ['no boolean', 'boolean', [], 'ends before a boolean at byte 0'],
    ['a boolean of 2', 'boolean', [2], 'boolean is neither 0 nor 1 at byte 0'],
    ['an int past 32 bits', 'int', long(2 ** 31), 'number exceeds 32 bits at byte 0'],
    ['an int that goes on', 'int', [0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 'number exceeds 32 bits at byte 0'],
    ['an int that ends early', 'int', [0x80], 'ends within a number at byte 1'],
    ['a long past 64 bits', 'long', [...Array<number>(9).fill(0x80), 2], 'number exceeds 64 bits at byte 0'],
    ['a long that goes on', 'long', Array<number>(50).fill(0x80), 'number exceeds 64 bits at byte 0'],
    ['half a float', 'float', [0, 0], 'needs 4 bytes of 2 left at byte 0'],
    ['half a double', 'double', [0, 0, 0, 0], 'needs 8 bytes of 4 left at byte 0'],
    ['a short fixed', { type: 'fixed', name: 'F', size: 3 }, [1, 2], 'needs 3 bytes of 2 left at byte 0'],
    ['a string longer than the rest', 'string', [...long(3), 65, 66], 'declares 3 bytes of 2 left at byte 0'],
    ['a string of negative length', 'string', long(-1), 'negative length at byte 0'],
    ['bytes of 2^63 - 1', 'bytes', long(2n ** 63n - 1n), /declares 9223372036854776000 bytes of 0 left/],
    [
      'a symbol past the last',
      { type: 'enum', name: 'E', symbols: ['A'] },
      [2],
      'no such symbol of the enum at byte 0',
    ],
    [
      'a negative symbol',
      { type: 'enum', name: 'E', symbols: ['A'] },
      [1],
      'no such symbol of the enum at byte 0',
    ],
    ['a branch past the last', ['null', 'string'], [4], 'no such branch of the union at byte 0'],
    ['a negative branch', ['null', 'string'], [1], 'no such branch of the union at byte 0'],
    ['a huge branch', ['null', 'string'], long(2n ** 62n), 'no such branch of the union at byte 0'],
    ['an array without an end', array('int'), [2, 2], 'ends within a number at byte 2'],
    [
      'items that need more bytes',
      array('double'),
      [...long(2), ...Array<number>(15).fill(0)],
      /declares 2 items in 15 b/,
    ],
    ['the least count', array('int'), [...long(-(2n ** 63n)), 0], /^declares 9223372036854776000 items/],
    [
      'a block of wrong length',
      array('int'),
      [...long(-1), ...long(2), 2, 0],
      'length of a block is wrong at byte 1',
    ],
    [
      'a block of negative length',
      map('int'),
      [...long(-1), ...long(-9), 0, 2, 0],
      /length of a block is wrong/,
    ],
    [
      'an item that is wrong',
      array('boolean'),
      [...long(2), 1, 7, 0],
      '[]: boolean is neither 0 nor 1 at byte 2',
    ],
    [
      'a map value that is wrong',
      map(array('boolean')),
      [2, 2, 65, 2, 7, 0, 0],
      /^\*\.\[\]: boolean is neither/,
    ],
    [
      'too many nulls',
      array('null'),
      [...long(MAX_EMPTY_ITEMS + 1), 0],
      'declares 1001 items in 1 bytes at byte 2',
    ],
    ['too many empty records', array(record('E')), [...long(10 ** 9), 0], /declares 1000000000 items/],
    [
      'nulls in many blocks',
      array('null'),
      [...Array<number[]>(50).fill(long(1000)).flat(), 0],
      /too many values/,
    ],
    [
      'wide records in no bytes',
      array(record('W', ...Array<string>(50).fill('null'))),
      long(999),
      /too many values/,
    ],
    ['records doubled forty times', doubled, [], /too many values for so few bytes/],
    ['a record within itself', record('Self', 'Self'), [], /^f0\.f0\..*over 128 levels/],
    ['deep nesting', tree, Array<number>(200).fill(2), /over 128 levels at byte 128/],
    ['a value and more', 'int', [2, 2, 2], '2 bytes follow the value at byte 1'],
  ])('refuse %s', (_what, schema, bytes, problem) => {
    expect(check(schema, bytes)).toMatch(problem)
  })

  it('allow a chain of records up to the greatest depth', () => {
    const chain = (depth: number): number[] => [
      ...Array<number>(depth - 1).fill(2),
      0,
      ...Array<number>(depth).fill(0),
    ]
    expect(check(tree, chain(MAX_LEVELS - 1))).toBeUndefined()
    expect(check(tree, chain(MAX_LEVELS + 1))).toMatch(/over 128 levels/)
  })

  it('quote no value in their reasons', () => {
    const bytes = [
      ...long(4),
      ...Buffer.from('Jane'),
      ...long(1),
      ...long(40),
      ...Buffer.from('jane@doe.com'),
    ]
    expect(check(tagged, bytes)).toBe('tags.[]: declares 40 bytes of 12 left at byte 6')
  })
})
