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

/** Records in their order, in parts that hold at most `maxBytes` of each topic, but for a single record that is larger. */
export function partsOf(
  records: readonly OutputRecord[],
  maxBytes: number,
): readonly (readonly OutputRecord[])[] {
  const parts: OutputRecord[][] = []
  let bytes = new Map<string, number>()
  for (const record of records) {
    const size = (bytes.get(record.topic) ?? 0) + recordBytes(record)
    const isFirst = !bytes.has(record.topic)
    if (parts.length === 0 || (size > maxBytes && !isFirst)) {
      parts.push([])
      bytes = new Map()
    }
    bytes.set(record.topic, (bytes.get(record.topic) ?? 0) + recordBytes(record))
    parts.at(-1)?.push(record)
  }
  return parts
}

function bytesOf(content: Uint8Array | string | null): number {
  return content === null ? 0 : Buffer.byteLength(content)
}
