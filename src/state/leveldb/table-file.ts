import { createByteReader, type ByteReader } from './byte-reader.ts'
import { hasChecksum } from './checksum.ts'
import { decompress } from './snappy.ts'

const TRAILER_BYTES = 5
const FOOTER_BYTES = 48
const MAGIC = Buffer.from('57fb808b247547db', 'hex')
const SNAPPY = 1

interface Block {
  readonly offset: number
  readonly size: number
}

/**
 * Whether every byte of a LevelDB table is what was written: blocks without a gap, each with its checksum, and a footer that
 * leads to them. LevelDB never checks: a flipped bit in a key or a filter makes it miss an entry or find an older one.
 */
export function isWholeTable(bytes: Buffer): boolean {
  const footerAt = bytes.length - FOOTER_BYTES
  if (footerAt < 0 || !bytes.subarray(-MAGIC.length).equals(MAGIC)) return false
  const footer = createByteReader(bytes.subarray(footerAt))
  const meta = readHandle(footer)
  const index = readHandle(footer)
  if (endOf(meta) !== index.offset || endOf(index) !== footerAt) return false
  if (!isWhole(bytes, meta) || !isWhole(bytes, index)) return false
  let offset = 0
  for (const block of dataBlocks(contentOf(bytes, index))) {
    if (block.offset !== offset || !isWhole(bytes, block)) return false
    offset = endOf(block)
  }
  // Between the data and the description of the filter is the filter; a table without one ends its data there.
  return offset === meta.offset || isWhole(bytes, { offset, size: meta.offset - TRAILER_BYTES - offset })
}

function readHandle(reader: ByteReader): Block {
  const offset = reader.varint()
  return { offset, size: reader.varint() }
}

function endOf({ offset, size }: Block): number {
  return offset + size + TRAILER_BYTES
}

function isWhole(bytes: Buffer, block: Block): boolean {
  const typeAt = block.offset + block.size
  if (block.size < 0 || endOf(block) > bytes.length) return false
  return hasChecksum(bytes, block.offset, typeAt + 1, typeAt + 1)
}

function contentOf(bytes: Buffer, { offset, size }: Block): Buffer {
  const content = bytes.subarray(offset, offset + size)
  return bytes[offset + size] === SNAPPY ? decompress(content) : content
}

// An entry is the length shared with the key before, that of the rest of the key and of the value, then the two themselves;
// the value of an index is where a block of data is. At the end are the offsets of some entries, and their number.
function* dataBlocks(index: Buffer): Generator<Block> {
  const offsets = index.readUInt32LE(index.length - 4)
  const entries = createByteReader(index.subarray(0, index.length - 4 - 4 * offsets))
  while (!entries.atEnd()) {
    entries.varint()
    const keyLength = entries.varint()
    entries.varint()
    entries.skip(keyLength)
    yield readHandle(entries)
  }
}
