import type { OutputRecord } from '../domain/record.ts'

/** Room for what a record has beside its key, value and headers, and for the length of each of those. */
const overheadBytes = 64

/** What a record takes in a batch at most, uncompressed, in bytes. */
export function recordBytes({ key, value, headers }: OutputRecord): number {
  const entries = Object.entries(headers ?? {})
  const headerBytes = entries.reduce(
    (sum, [name, header]) => sum + bytesOf(name) + bytesOf(header) + overheadBytes,
    0,
  )
  return bytesOf(key) + bytesOf(value) + headerBytes + overheadBytes
}

function bytesOf(content: Uint8Array | string | null): number {
  return content === null ? 0 : Buffer.byteLength(content)
}
