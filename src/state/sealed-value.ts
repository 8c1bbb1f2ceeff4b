import { crc32 } from 'node:zlib'

const CHECKSUM_BYTES = 4

/** The value with a checksum (CRC-32) over key and value before it. */
export function seal(key: string, value: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(CHECKSUM_BYTES + value.length)
  sealed.writeUInt32LE(crc32(value, crc32(key)))
  sealed.set(value, CHECKSUM_BYTES)
  return sealed
}

/** The value that was sealed under this key, as a view; `undefined` if key and value are not those that were sealed. */
export function unseal(key: string, sealed: Buffer): Uint8Array | undefined {
  if (sealed.length < CHECKSUM_BYTES) return undefined
  // No Buffer: its `slice` and `toString` are not those of the type that callers see.
  const value = new Uint8Array(
    sealed.buffer,
    sealed.byteOffset + CHECKSUM_BYTES,
    sealed.length - CHECKSUM_BYTES,
  )
  return crc32(value, crc32(key)) === sealed.readUInt32LE() ? value : undefined
}
