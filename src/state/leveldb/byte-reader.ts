/** Reads numbers and byte strings one after another. Past the end it reads zeros: who minds looks at {@link atEnd}. */
export interface ByteReader {
  /** A number of seven bits a byte, the lowest first; exact up to 2^53. */
  varint(): number
  skip(length: number): void
  atEnd(): boolean
}

/** Reads `bytes` from the first one on. */
export function createByteReader(bytes: Uint8Array): ByteReader {
  let position = 0
  return {
    varint() {
      let value = 0
      for (let factor = 1; ; factor *= 128) {
        const byte = bytes[position] ?? 0
        position += 1
        value += (byte & 0x7f) * factor
        if (byte < 0x80) return value
      }
    },
    skip: (length) => (position += length),
    atEnd: () => position >= bytes.length,
  }
}
