import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

// The packages are loaded when a topic needs them: two are native, and most topics need none.

/** Gives the decompressed bytes; rejects where there are more than `maxBytes`, before it has taken the memory for them. */
export type Decompress = (compressed: Buffer, maxBytes: number) => Promise<Uint8Array>

const gunzipWhole = promisify(gunzip)

/** Gzip, of one or several members. */
export const decompressGzip: Decompress = async (compressed, maxBytes) => {
  try {
    return await gunzipWhole(compressed, { maxOutputLength: maxBytes })
  } catch (error) {
    throw (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maxBytes) : error
  }
}

/** Snappy, as Java's clients frame it (facts: xerial's SnappyOutputStream) or, as others do, without a frame. */
export const decompressSnappy: Decompress = async (compressed, maxBytes) => {
  const { uncompressSync } = (await import('snappy')).default
  let size = 0
  for (const block of snappyBlocks(compressed)) size += declaredSize(block)
  if (size > maxBytes) throw tooLarge(maxBytes)
  const whole = Buffer.alloc(size)
  let end = 0
  for (const block of snappyBlocks(compressed)) end += (uncompressSync(block) as Buffer).copy(whole, end)
  return whole
}

const xerialMagic = Buffer.from('\x82SNAPPY\0', 'latin1')
const xerialHeaderBytes = xerialMagic.length + 8

/** No block of snappy begins with xerial's first bytes: after the length, a copy would refer to bytes before the first. */
function* snappyBlocks(compressed: Buffer): Generator<Buffer> {
  if (!compressed.subarray(0, xerialMagic.length).equals(xerialMagic)) {
    yield compressed
    return
  }
  let at = xerialHeaderBytes
  while (at < compressed.length) {
    const start = at + 4
    at = start + compressed.readInt32BE(at)
    if (at <= start || at > compressed.length) throw new Error('it is cut short')
    yield compressed.subarray(start, at)
  }
}

/** The decompressed size that a block of snappy begins with; the package holds the block to it. */
function declaredSize(block: Buffer): number {
  let size = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = block.readUInt8(index)
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return size
  }
  throw new Error('its size is corrupt')
}

/** LZ4's frame format. */
export const decompressLz4: Decompress = async (compressed, maxBytes) => {
  const { decompressFrame } = (await import('lz4-napi')).default
  const { end, mostBytes } = measureLz4Frame(compressed)
  if (mostBytes > maxBytes) throw tooLarge(maxBytes)
  return decompressFrame(compressed.subarray(0, end))
}

const lz4Magic = 0x184d2204
const lz4Flags = { dictionaryId: 0x01, contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10 }

/**
 * Where a frame ends and how many bytes it has at most, from the headers of its blocks: what a frame declares of its whole
 * size is optional and binds nobody. Producers fill all blocks but the last, so the number is right to a block.
 * (facts: LZ4 frame format 1.6.)
 */
function measureLz4Frame(frame: Buffer): { readonly end: number; readonly mostBytes: number } {
  if (frame.readUInt32LE(0) !== lz4Magic) throw new Error('it is not a frame')
  const flags = frame.readUInt8(4)
  const bytesIf = (flag: number, bytes: number): number => ((flags & flag) === 0 ? 0 : bytes)
  const blockSizeCode = (frame.readUInt8(5) >> 4) & 0x07
  const maxBlockBytes = 2 ** (8 + 2 * blockSizeCode)
  let at = 7 + bytesIf(lz4Flags.contentSize, 8) + bytesIf(lz4Flags.dictionaryId, 4)
  let mostBytes = 0
  for (;;) {
    const header = frame.readUInt32LE(at)
    at += 4
    if (header === 0) break
    const blockBytes = header & 0x7fff_ffff
    const isCompressed = header < 0x8000_0000
    // A byte of a compressed block stands for 255 bytes at most.
    mostBytes += isCompressed ? Math.min(maxBlockBytes, 255 * blockBytes) : blockBytes
    at += blockBytes + bytesIf(lz4Flags.blockChecksum, 4)
  }
  return { end: at + bytesIf(lz4Flags.contentChecksum, 4), mostBytes }
}

/**
 * Zstandard, of one or several frames. Frames of Kafka's producers do not say how large their content is. The package
 * stops where the room it was given is full, but says of a failure only that there are no bytes, which no batch has: it is
 * tried with more room until there is no more to be had.
 */
export const decompressZstd: Decompress = async (compressed, maxBytes) => {
  const { ZSTDDecoder } = await import('zstddec')
  const decoder = new ZSTDDecoder()
  await decoder.init()
  for (let room = Math.max(65_536, 8 * compressed.length); ; room *= 4) {
    const bytes = decoder.decode(compressed, Math.min(room, maxBytes))
    if (bytes.length > 0) return bytes
    if (room >= maxBytes) throw new Error(`it is corrupt, or ${tooLarge(maxBytes).message}`)
  }
}

function tooLarge(maxBytes: number): Error {
  return new Error(`it may expand to more than ${maxBytes} bytes`)
}
