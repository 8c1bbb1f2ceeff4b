import { afterEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { gzipSync } from 'node:zlib'
import { createKafkaClient } from '../../../src/kafka/client.ts'
import { readAllCompressions } from '../../../src/kafka/compression.ts'
import { createLocalKafka } from '../../support/local-kafka.ts'
import { until } from '../../support/until.ts'
import {
  codec,
  type Codec,
  codecs,
  fixtures,
  hex,
  type Name,
  names,
  numberOf,
  original,
} from './compressed.ts'
import { consume, stopAll } from './consumers.ts'

/** What Java's framing of snappy begins with. */
const xerial = '82534e41505059000000000100000001'
const empty = Buffer.alloc(0)
const [, xerialSnappy = empty, rawSnappy = empty, , , streamedZstd = empty] = fixtures.map(
  ({ compressed }) => compressed,
)

/** What kafkajs decompresses with, where at most `maxBytes` are taken. */
function reader(name: Name, maxBytes?: number): Codec['decompress'] {
  readAllCompressions(maxBytes)
  return codec(name).decompress
}

/** What a rejection says; fails where there is none. */
async function refusal(reading: Promise<Buffer>): Promise<string> {
  const error = await reading.then(
    ({ length }) => new Error(`${length} bytes came`),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(kafkajs.KafkaJSNonRetriableError)
  return (error as Error).message
}

describe('a batch', () => {
  it.each(fixtures)('is read that was compressed with $name by $by', async ({ name, compressed }) => {
    expect((await reader(name)(compressed)).toString()).toBe(original)
  })

  const lengthOfRaw = hex('00000073')
  it.each([
    {
      name: 'snappy' as const,
      what: 'several blocks',
      compressed: Buffer.concat([xerialSnappy, lengthOfRaw, rawSnappy]),
    },
    {
      name: 'zstd' as const,
      what: 'several frames',
      compressed: Buffer.concat([streamedZstd, streamedZstd]),
    },
    {
      name: 'gzip' as const,
      what: 'several members',
      compressed: Buffer.concat([gzipSync(original), gzipSync(original)]),
    },
  ])('is read whole where $name has $what', async ({ name, compressed }) => {
    expect((await reader(name)(compressed)).toString()).toBe(original + original)
  })

  it.each(names)('is read with %s by every client', (name) => {
    const unread = async (): Promise<Buffer> => Promise.reject(new Error('not registered'))
    readAllCompressions()
    const { compress } = codec(name)
    codecs[numberOf(name)] = () => ({ compress, decompress: unread })
    createKafkaClient(
      { clientId: 'c', brokers: ['b:1'], connectionTimeoutMs: 1, requestTimeoutMs: 1, tls: null, sasl: null },
      () => () => undefined,
    )
    expect(codec(name).decompress).not.toBe(unread)
  })

  it.each(['snappy', 'lz4', 'zstd'] as const)('is not written with %s, and that is said', async (name) => {
    readAllCompressions()
    const written = codec(name).compress({ buffer: Buffer.from(original) })
    expect(await refusal(written)).toBe(`records are not written with ${name}: it is only read`)
  })

  it('is written with gzip, as before', async () => {
    readAllCompressions()
    readAllCompressions()
    const { compress, decompress } = codec('gzip')
    const compressed = await compress({ buffer: Buffer.from(original) })
    expect(compressed.length).toBeLessThan(original.length)
    expect((await decompress(compressed)).toString()).toBe(original)
  })
})

describe('a batch that cannot be decompressed', () => {
  it.each(fixtures)('is refused wherever $name by $by was cut', async ({ name, compressed }) => {
    const read = reader(name)
    for (let length = 0; length < compressed.length; length += 1) {
      expect(await refusal(read(compressed.subarray(0, length)))).toMatch(
        `a batch cannot be decompressed with ${name}: `,
      )
    }
  })

  it.each([
    {
      name: 'snappy',
      flaw: 'a block of negative length',
      bytes: `${xerial}fffffffc`,
      says: 'it is cut short',
    },
    {
      name: 'snappy',
      flaw: 'a block without its end',
      bytes: `${xerial}0000000301`,
      says: 'it is cut short',
    },
    { name: 'snappy', flaw: 'a size without end', bytes: 'ffffffffffff', says: 'its size is corrupt' },
    // The package snappyjs, in JavaScript, never returns from this one.
    { name: 'snappy', flaw: 'a literal of negative length', bytes: '04fcfaffffff', says: 'corrupt input' },
    { name: 'lz4', flaw: "a block's magic number", bytes: '02214c18', says: 'it is not a frame' },
    // The package fzstd, in JavaScript, moves its window of 8 MiB for every byte: an hour for a batch of 10 MB.
    { name: 'zstd', flaw: 'no end', bytes: `28b52ffd0068${'0a000041'.repeat(1e6)}`, says: 'it is corrupt' },
  ] as const)('is refused where $name has $flaw', async ({ name, bytes, says }) => {
    expect(await refusal(reader(name)(hex(bytes)))).toContain(says)
  })

  type Damage = typeof damage extends fc.Arbitrary<infer Value> ? Value : never
  const damage = fc.record({
    fixture: fc.constantFrom(...fixtures),
    bytes: fc.array(fc.tuple(fc.nat(1000), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    cutTo: fc.option(fc.nat(400), { nil: 1000 }),
    tail: fc.uint8Array({ maxLength: 8 }),
  })

  /** Of what came of a damaged batch: whether it was refused as it should be, or the bytes that it gave. */
  async function outcomeOf({ fixture, bytes, cutTo, tail }: Damage): Promise<'refused' | 'crashed' | number> {
    const damaged = Buffer.concat([fixture.compressed.subarray(0, cutTo), tail])
    for (const [at, byte] of bytes) damaged[at % damaged.length] = byte
    return codec(fixture.name)
      .decompress(damaged)
      .then(
        ({ length }) => length,
        (error: unknown) => (error instanceof kafkajs.KafkaJSNonRetriableError ? 'refused' : 'crashed'),
      )
  }

  it('is refused, or read as something else of bounded size: it ends nothing and holds nothing up', async () => {
    const maxBytes = 65_536
    readAllCompressions(maxBytes)
    let refused = 0
    await fc.assert(
      fc.asyncProperty(damage, async (given) => {
        const outcome = await outcomeOf(given)
        if (outcome === 'refused') refused += 1
        return outcome === 'refused' || (outcome !== 'crashed' && outcome <= maxBytes)
      }),
      { numRuns: 3000 },
    )
    expect(refused).toBeGreaterThan(1000)
  })
})

describe('a batch that expands', () => {
  it.each([
    { name: 'gzip', by: "Kafka's Java client", leastBound: original.length },
    { name: 'snappy', by: "Kafka's Java client", leastBound: original.length },
    { name: 'zstd', by: "Kafka's Java client", leastBound: original.length },
    // Its only block of 97 bytes may have 255 times as many.
    { name: 'lz4', by: "Kafka's Java client", leastBound: 97 * 255 },
  ])('to as many bytes as $name may have is read, and none beyond', async ({ name, by, leastBound }) => {
    const fixture = fixtures.find((other) => other.name === name && other.by === by)
    if (fixture === undefined) throw new Error('no such fixture')
    const { compressed } = fixture
    expect((await reader(fixture.name, leastBound)(compressed)).toString()).toBe(original)
    expect(await refusal(reader(fixture.name, leastBound - 1)(compressed))).toContain(
      `it may expand to more than ${leastBound - 1} bytes`,
    )
  })

  const repeated = (count: number, bytes: Buffer): Buffer => Buffer.concat(Array<Buffer>(count).fill(bytes))
  /** 64 KiB of zeros as a block: a literal, a match over 65530 bytes and five literals. */
  const lz4Block = Buffer.concat([hex('0b0100001f000100'), Buffer.alloc(256, 0xff), hex('e7500000000000')])
  it.each([
    { name: 'gzip', gib: 1, bomb: () => repeated(16, gzipSync(Buffer.alloc(64 * 1024 * 1024))) },
    { name: 'snappy', gib: 4, bomb: () => hex('ffffffff0f00') },
    {
      name: 'snappy',
      gib: 8,
      bomb: () => Buffer.concat([hex(xerial), repeated(2, hex('00000006ffffffff0f00'))]),
    },
    {
      name: 'lz4',
      gib: 1,
      bomb: () => Buffer.concat([hex('04224d18604082'), repeated(16_384, lz4Block), Buffer.alloc(4)]),
    },
    {
      name: 'zstd',
      gib: 1,
      bomb: () => Buffer.concat([hex('28b52ffd0058'), repeated(8191, hex('02001000')), hex('03001000')]),
    },
  ] as const)('with $name to $gib GiB is refused, and takes no such memory', async ({ name, bomb }) => {
    const batch = bomb()
    const beforeBytes = process.resourceUsage().maxRSS * 1024
    expect(await refusal(reader(name)(batch))).toContain('it may expand to more than 134217728 bytes')
    expect(process.resourceUsage().maxRSS * 1024 - beforeBytes).toBeLessThan(512 * 1024 * 1024)
  })

  it('is read up to 128 MiB: the bombs are refused for their size, not for their shape', async () => {
    const zeros = async (name: Name, batch: Buffer): Promise<number> => (await reader(name)(batch)).length
    const lz4 = Buffer.concat([hex('04224d18604082'), repeated(2048, lz4Block), Buffer.alloc(4)])
    const zstd = Buffer.concat([hex('28b52ffd0058'), repeated(1023, hex('02001000')), hex('03001000')])
    expect([await zeros('lz4', lz4), await zeros('zstd', zstd)]).toEqual([134_217_728, 134_217_728])
  })
})

describe('fetching a batch that cannot be decompressed', () => {
  afterEach(stopAll)

  it('ends the consumer, and tells why', async () => {
    const local = createLocalKafka({ a: 1, b: 1 })
    const failure = await reader('zstd')(Buffer.from('no zstd')).catch((error: unknown) => error)
    local.fetchFailures.push(failure as Error)
    const { listener } = await consume(local)
    await until('it has ended', () => listener.crashes.length > 0)
    expect(listener.crashes.map(String)).toEqual([
      expect.stringContaining('a batch cannot be decompressed with zstd: it is corrupt'),
    ])
  })

  it('closes a hole of kafkajs: with a plain error it fetches the batch again and again', async () => {
    const local = createLocalKafka({ a: 1, b: 1 })
    const failures = Array.from({ length: 20 }, () => new Error('invalid zstd data'))
    local.fetchFailures.push(...failures)
    const { listener } = await consume(local)
    await until('all fetches have failed', () => local.fetchFailures.length === 0)
    expect(listener.crashes).toEqual([])
  })
})
