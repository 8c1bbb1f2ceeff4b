/** The content of a block that LevelDB compressed with Snappy. Its checksum must have been verified: nothing is checked. */
export function decompress(bytes: Buffer): Buffer {
  let length = 0
  let from = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.readUInt8(from)
    from += 1
    length |= (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  const output = Buffer.alloc(length)
  let to = 0
  while (from < bytes.length) {
    const tag = bytes.readUInt8(from)
    from += 1
    let size = (tag >>> 2) + 1
    if ((tag & 3) === 0) {
      const sizeBytes = Math.max(size - 60, 0)
      if (sizeBytes > 0) size = bytes.readUIntLE(from, sizeBytes) + 1
      from += sizeBytes
      bytes.copy(output, to, from, from + size)
      from += size
    } else {
      const short = (tag & 3) === 1
      const distanceBytes = short ? 1 : (tag & 3) === 2 ? 2 : 4
      const distance = bytes.readUIntLE(from, distanceBytes) + (short ? (tag >>> 5) << 8 : 0)
      if (short) size = ((tag >>> 2) & 7) + 4
      from += distanceBytes
      // Byte by byte: a copy may reach into what it writes, and so repeats it.
      for (let index = to; index < to + size; index += 1) output[index] = output[index - distance] ?? 0
    }
    to += size
  }
  return output
}
