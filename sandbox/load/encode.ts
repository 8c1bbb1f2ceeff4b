import avro from 'avsc'
import type { Conformed } from './conform.ts'

/** Turns a value that fits the schema into the bytes of a record. */
export type Encode = (value: Conformed) => Buffer

/**
 * Encodes in Confluent's wire format: a zero byte, the schema's id in the registry as four bytes, the Avro body.
 * `schemaText` is the text of an .avsc file.
 */
export function createEncode(schemaText: string, schemaId: number): Encode {
  const type = avro.Type.forSchema(JSON.parse(schemaText) as avro.Schema)
  const header = Buffer.alloc(5)
  header.writeUInt32BE(schemaId, 1)
  return (value) => Buffer.concat([header, type.toBuffer(value)])
}
