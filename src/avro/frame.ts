const MAGIC = 0
const HEADER_BYTES = 5

/** Where a framed value's Avro bytes start. */
export const PAYLOAD_START = HEADER_BYTES

/** The schema id of a value in the registry's wire format (0, the id in 4 bytes, Avro), or why it is not in it. */
export function readSchemaId(bytes: Uint8Array): number | string {
  if (bytes.length < HEADER_BYTES) return `${bytes.length} bytes, a framed value has at least ${HEADER_BYTES}`
  if (bytes[0] !== MAGIC) return `first byte is ${bytes[0] ?? ''}, a framed value starts with 0`
  const id = new DataView(bytes.buffer, bytes.byteOffset).getInt32(1)
  return id >= 0 ? id : `schema id ${id} is negative`
}

/** A value in the registry's wire format. */
export function frame(schemaId: number, payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_BYTES + payload.length)
  framed.writeUInt8(MAGIC, 0)
  framed.writeInt32BE(schemaId, 1)
  framed.set(payload, HEADER_BYTES)
  return framed
}
