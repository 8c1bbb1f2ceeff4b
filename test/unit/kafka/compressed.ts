import kafkajs from 'kafkajs'

/** A codec, as kafkajs asks for one. */
export interface Codec {
  readonly compress: (encoder: { readonly buffer: Buffer }) => Promise<Buffer>
  readonly decompress: (compressed: Buffer) => Promise<Buffer>
}

/** Kafka's compressions. */
export type Name = 'gzip' | 'snappy' | 'lz4' | 'zstd'
/** All of them. */
export const names: readonly Name[] = ['gzip', 'snappy', 'lz4', 'zstd']
/** Those that kafkajs has, by Kafka's numbers. */
export const codecs = kafkajs.CompressionCodecs as Record<number, () => Codec>
/** Kafka's number. */
export const numberOf = (name: Name): number => 1 + names.indexOf(name)
/** What kafkajs reads and writes with. */
export const codec = (name: Name): Codec => {
  const create = codecs[numberOf(name)]
  if (create === undefined) throw new Error('no such codec')
  return create()
}

/** Bytes from hexadecimal digits. */
export const hex = (text: string): Buffer => Buffer.from(text, 'hex')
/** What all fixtures hold. */
export const original = Array.from({ length: 20 }, (_, index) => `{"person":"p${index}"}`).join(',')

/**
 * `original`, compressed by other implementations. Those of Kafka's Java client: `Compression.gzip().build()
 * .wrapForOutput(out, 2)` and so on, of kafka-clients 4.3.1 with snappy-java 1.1.10.7, lz4-java 1.10.2 and zstd-jni
 * 1.5.6-10. The others: `Snappy.compress` of snappy-java (Google's library in C++); `lz4.frame.compress` of Python's lz4
 * 4.4.5, 4 MB blocks, with checksums of blocks and content and the content's size; `ZstdCompressor(write_checksum=True,
 * level=19).compress` of Python's zstandard 0.25.0 (libzstd 1.5.7), which declares the content's size.
 */
export const fixtures: readonly { readonly name: Name; readonly by: string; readonly compressed: Buffer }[] =
  [
    {
      name: 'gzip',
      by: "Kafka's Java client",
      compressed: hex(
        '1f8b08000000000000ff65ce291280301000c1bfac46301ce1f80f96a4884cf17790d420db758b725c359fb147e9e3eedac7c8833cca933c' +
          'cb495ee455defcf9053dc4457cc449bcc44dfcc451dee9039f9a8f0349010000',
      ),
    },
    {
      name: 'snappy',
      by: "Kafka's Java client",
      compressed: hex(
        '82534e4150505900000000010000000100000073c9023c7b22706572736f6e223a227030227d2c2e100000313a100000323a100000333a10' +
          '0000343a100000353a100000363a100000373a100000383a100000393a1000003142a1003ea20000313ea30000313ea40000313ea5000031' +
          '3ea60000313ea70000313ea80000313ea9000c3139227d',
      ),
    },
    {
      name: 'snappy',
      by: 'snappy-java, without a frame',
      compressed: hex(
        'c9023c7b22706572736f6e223a227030227d2c2e100000313a100000323a100000333a100000343a100000353a100000363a100000373a10' +
          '0000383a100000393a1000003142a1003ea20000313ea30000313ea40000313ea50000313ea60000313ea70000313ea80000313ea9000c31' +
          '39227d',
      ),
    },
    {
      name: 'lz4',
      by: "Kafka's Java client",
      compressed: hex(
        '04224d1860408261000000f8017b22706572736f6e223a227030227d2c10001b3110001b3210001b3310001b3410001b3510001b3610001b' +
          '3710001b3810001b3910001d31a1000ca2001c31a3001c31a4001c31a5001c31a6001c31a7001c31a8001b31a90050703139227d00000000',
      ),
    },
    {
      name: 'lz4',
      by: 'liblz4, with all that a frame may have',
      compressed: hex(
        '04224d187c4049010000000000002f61000000f8017b22706572736f6e223a227030227d2c10001b3110001b3210001b3310001b3410001b' +
          '3510001b3610001b3710001b3810001b3910001d31a1000ca2001c31a3001c31a4001c31a5001c31a6001c31a7001c31a8001b31a9005070' +
          '3139227d3a8dae7a000000009b7b13b9',
      ),
    },
    {
      name: 'zstd',
      by: "Kafka's Java client",
      compressed: hex(
        '28b52ffd0058b4020054027b22706572736f6e223a227030227d2c31323334353637383931313131313131313139227d13002c436465c8a9' +
          '0c6129430465c89d0c612643a4640890cc7ca063a013d01de818e80474073a063a01dd35dc5c02010000',
      ),
    },
    {
      name: 'zstd',
      by: 'libzstd, with a checksum and the size',
      compressed: hex(
        '28b52ffd644900fd010054027b22706572736f6e223a227030227d2c31323334353637383931313233343536373839227d13a810f8fa6fb0' +
          '636b10de118a3dab256d9030c8dd0d20290b7c0aa4',
      ),
    },
  ]
