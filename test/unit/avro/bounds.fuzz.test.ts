import assert from 'node:assert/strict'
import { describe, expect, it } from '@jest/globals'
import avro from 'avsc'
import type { Resolver, Schema, Type } from 'avsc'
import fc from 'fast-check'
import { MAX_VALUES_BASE, MAX_VALUES_PER_BYTE } from '../../../src/avro/bounds.ts'
import { compileSchema } from '../../../src/avro/compiled-schema.ts'
import { sample } from './schema-arbitraries.ts'
import type { Sample } from './schema-arbitraries.ts'

// The fixed seeds make a regression show on every run; the last run takes a new seed, which fast-check prints on failure.
const runs = [{ seed: 1 }, { seed: 2 }, { seed: 3 }, {}]

/** What avsc itself writes, by types of its own. */
function encode({ schema, wrapped }: Sample): Buffer {
  return avro.Type.forSchema(schema as Schema).toBuffer(wrapped)
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return 1
  return Object.values(value).reduce<number>((sum, part) => sum + countValues(part), 1)
}

const hugeVarint = fc.constantFrom(
  [0x80, 0x90, 0xbc, 0xfd, 0x02],
  [0x80, 0x9c, 0x9c, 0x39],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
)

type Mutation = (bytes: Buffer) => Buffer
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat({ max: 7 })).map(([place, bit]): Mutation => (bytes) => {
    const flipped = Buffer.from(bytes)
    if (flipped.length > 0)
      flipped.writeUInt8(flipped.readUInt8(place % bytes.length) ^ (1 << bit), place % bytes.length)
    return flipped
  }),
  fc.nat().map(
    (place): Mutation =>
      (bytes) =>
        bytes.subarray(0, place % (bytes.length + 1)),
  ),
  fc
    .tuple(
      fc.nat(),
      fc.oneof(hugeVarint, fc.array(fc.nat({ max: 255 }), { maxLength: 9 })),
      fc.nat({ max: 3 }),
    )
    .map(([place, inserted, replaced]): Mutation => (bytes) => {
      const at = place % (bytes.length + 1)
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(inserted), bytes.subarray(at + replaced)])
    }),
)

/** Whatever the bytes: the bounds give a verdict, and what they accept is read by avsc to the last byte and is small. */
function expectHarmless(schema: unknown, bytes: Buffer): void {
  const { type, bounds } = compileSchema(JSON.stringify(schema))
  if (bounds(bytes, 0) !== undefined) return
  const read = readWhole(type, bytes)
  expect(countValues(read)).toBeLessThanOrEqual(MAX_VALUES_BASE + MAX_VALUES_PER_BYTE * bytes.length + 1)
}

/** As `expectHarmless`, when avsc is to skip the value because the reader's schema lacks it. */
function expectHarmlessToSkip(schema: unknown, bytes: Buffer): void {
  const last = { name: 'last', type: 'int' }
  const writer = compileSchema(JSON.stringify(recordOf([{ name: 'skipped', type: schema }, last])))
  const reader = compileSchema(JSON.stringify(recordOf([last])))
  const followed = Buffer.concat([bytes, Buffer.from([14])])
  if (writer.bounds(followed, 0) !== undefined) return
  const { last: expected } = readWhole(writer.type, followed) as { last: number }
  assert.deepEqual(readWhole(reader.type, followed, reader.type.createResolver(writer.type)), {
    last: expected,
  })
}

/** Reads a value that has to end where the bytes end. */
function readWhole(type: Type, bytes: Buffer, resolver?: Resolver): unknown {
  const read: { value: unknown; offset: number } = type.decode(bytes, 0, resolver)
  assert.equal(read.offset, bytes.length)
  return read.value
}

function recordOf(fields: readonly object[]): object {
  return { type: 'record', name: 'whole', fields }
}

describe.each(runs)('fuzzed with %j', (run) => {
  it('accepts what avsc writes, and decodes it to the plain value', () => {
    fc.assert(
      fc.property(sample, (made) => {
        const bytes = encode(made)
        const { type, bounds } = compileSchema(JSON.stringify(made.schema))
        expect(bounds(bytes, 0)).toBeUndefined()
        const { value } = type.decode(bytes, 0) as { value: unknown }
        assert.deepStrictEqual(value, made.plain)
      }),
      { ...run, numRuns: 2000 },
    )
  })

  it.each([
    ['read', expectHarmless],
    ['skip', expectHarmlessToSkip],
  ])('accepts no mutation of it that avsc would stumble over to %s', (_what, expectTo) => {
    fc.assert(
      fc.property(sample, fc.array(mutation, { minLength: 1, maxLength: 4 }), (made, mutations) => {
        const mutated = mutations.reduce((bytes, mutate) => mutate(bytes), encode(made))
        expectTo(made.schema, mutated)
      }),
      { ...run, numRuns: 3000 },
    )
  })

  it('accepts no random bytes that avsc would stumble over', () => {
    fc.assert(
      fc.property(sample, fc.uint8Array({ maxLength: 300 }), ({ schema }, bytes) => {
        expectHarmless(schema, Buffer.from(bytes))
      }),
      { ...run, numRuns: 2000 },
    )
  })
})
