import kafkajs from 'kafkajs'
import {
  type Decompress,
  decompressGzip,
  decompressLz4,
  decompressSnappy,
  decompressZstd,
} from './decompress.ts'

/** What kafkajs asks of a codec. */
interface Codec {
  readonly compress: (encoder: { readonly buffer: Buffer }) => Promise<Buffer>
  readonly decompress: (compressed: Buffer) => Promise<Buffer>
}

/** Most bytes of a batch when it is decompressed. A batch that producers make has about a megabyte compressed. */
const maxBatchBytes = 128 * 1024 * 1024

/**
 * Makes kafkajs read batches in all of Kafka's compressions: alone it reads gzip, and that without a bound, so that a
 * small batch could take all memory. Nothing more than gzip is written. A batch that cannot be decompressed, or not to
 * `maxBytes` at most, ends its consumer with an error that names the compression: kafkajs repeats, without end, after
 * most others. Holds for all clients of the process; may be called again.
 */
export function readAllCompressions(maxBytes: number = maxBatchBytes): void {
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs
  const { compress } = codecs[types.GZIP]() as Codec
  const gzip = { ...createCodec('gzip', decompressGzip, maxBytes), compress }
  const snappy = createCodec('snappy', decompressSnappy, maxBytes)
  const lz4 = createCodec('lz4', decompressLz4, maxBytes)
  const zstd = createCodec('zstd', decompressZstd, maxBytes)
  codecs[types.GZIP] = () => gzip
  codecs[types.Snappy] = () => snappy
  codecs[types.LZ4] = () => lz4
  codecs[types.ZSTD] = () => zstd
}

function createCodec(name: string, decompress: Decompress, maxBytes: number): Codec {
  return {
    compress: async () =>
      Promise.reject(
        new kafkajs.KafkaJSNonRetriableError(`records are not written with ${name}: it is only read`),
      ),
    decompress: async (compressed) => {
      try {
        const bytes = await decompress(compressed, maxBytes)
        // kafkajs hands over no batch without records; one that was cut may look like it.
        if (bytes.length === 0) throw new Error('it is empty')
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new kafkajs.KafkaJSNonRetriableError(`a batch cannot be decompressed with ${name}: ${reason}`)
      }
    },
  }
}
