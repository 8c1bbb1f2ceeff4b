// CRC-32C, four bytes a step: table k has the checksum of each byte with k zero bytes after it. Node has CRC-32 alone, and
// byte by byte takes twice as long, which every restart would wait for.
const tables = new Int32Array(4 * 256)
for (let byte = 0; byte < 256; byte += 1) {
  let crc = byte
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  tables[byte] = crc
}
for (let index = 256; index < tables.length; index += 1) {
  const before = tables[index - 256] ?? 0
  tables[index] = (before >>> 8) ^ lookUp(0, before)
}

function lookUp(table: number, crc: number): number {
  return tables[table * 256 + (crc & 0xff)] ?? 0
}

/** The checksum (CRC-32C) of the bytes from `start` to before `end`, unsigned. About 500 MB/s. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  let index = start
  for (; index + 4 <= end; index += 4) {
    crc ^=
      (bytes[index] ?? 0) |
      ((bytes[index + 1] ?? 0) << 8) |
      ((bytes[index + 2] ?? 0) << 16) |
      ((bytes[index + 3] ?? 0) << 24)
    crc = lookUp(3, crc) ^ lookUp(2, crc >>> 8) ^ lookUp(1, crc >>> 16) ^ lookUp(0, crc >>> 24)
  }
  for (; index < end; index += 1) crc = lookUp(0, crc ^ (bytes[index] ?? 0)) ^ (crc >>> 8)
  return ~crc >>> 0
}

/**
 * Whether the bytes from `start` to before `end` have the checksum that LevelDB stored for them at `storedAt`. It stores it
 * rotated and shifted: the checksum of bytes that hold their own checksum would say little.
 */
export function hasChecksum(bytes: Buffer, start: number, end: number, storedAt: number): boolean {
  const crc = crc32c(bytes, start, end)
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
  return bytes.readUInt32LE(storedAt) === masked
}
