import { hasChecksum } from './checksum.ts'

const BLOCK_BYTES = 32_768
const HEADER_BYTES = 7
const FULL = 1
const FIRST = 2
const LAST = 4

/** What a file in LevelDB's log format holds: a write-ahead log (a record for each batch) or a manifest. */
export interface LogContent {
  /** The records up to the first one that is not whole. */
  readonly records: readonly Buffer[]
  /**
   * `torn`: the last record is not whole, as when the process or the machine died in it; LevelDB drops it. `damaged`: a
   * record before the last one is not what was written; LevelDB drops it as well, with those after it in its block, and
   * goes on behind them without a word.
   */
  readonly end: 'whole' | 'torn' | 'damaged'
}

interface Fragment {
  readonly type: number
  readonly data: Buffer
  readonly end: number
}

/**
 * Reads a file in LevelDB's log format. Every batch is synced before the next one is written, so a crash leaves nothing
 * after a record that is not whole; where another record begins after it, the file was damaged.
 */
export function readLog(bytes: Buffer): LogContent {
  const records: Buffer[] = []
  let parts: Buffer[] = []
  let offset = 0
  while (offset < bytes.length) {
    const left = BLOCK_BYTES - (offset % BLOCK_BYTES)
    if (left < HEADER_BYTES) {
      offset += left
      continue
    }
    const fragment = fragmentAt(bytes, offset)
    if (fragment === undefined || beginsRecord(fragment) !== (parts.length === 0)) {
      return { records, end: recordBeginsAfter(bytes, offset) ? 'damaged' : 'torn' }
    }
    parts.push(fragment.data)
    offset = fragment.end
    if (fragment.type === FULL || fragment.type === LAST) {
      records.push(Buffer.concat(parts))
      parts = []
    }
  }
  return { records, end: parts.length === 0 ? 'whole' : 'torn' }
}

function beginsRecord({ type }: Fragment): boolean {
  return type === FULL || type === FIRST
}

function fragmentAt(bytes: Buffer, offset: number): Fragment | undefined {
  const limit = Math.min(bytes.length, offset - (offset % BLOCK_BYTES) + BLOCK_BYTES)
  if (offset + HEADER_BYTES > limit) return undefined
  const type = bytes.readUInt8(offset + 6)
  const end = offset + HEADER_BYTES + bytes.readUInt16LE(offset + 4)
  if (type < FULL || type > LAST || end > limit || !hasChecksum(bytes, offset + 6, end, offset))
    return undefined
  return { type, data: bytes.subarray(offset + HEADER_BYTES, end), end }
}

// The length of a fragment may be what is damaged, so the next one may begin at any byte. One that goes on with a record is
// no proof: after a power failure the blocks of the last batch can be there in part, and in any order.
function recordBeginsAfter(bytes: Buffer, from: number): boolean {
  let offset = from
  while (offset < bytes.length) {
    const fragment = fragmentAt(bytes, offset)
    if (fragment !== undefined && beginsRecord(fragment)) return true
    offset = fragment?.end ?? offset + 1
  }
  return false
}
