import { createByteReader, type ByteReader } from './byte-reader.ts'

/** Which files make up a LevelDB store. */
export interface Manifest {
  /** The size in bytes of each table, by its number. */
  readonly tables: ReadonlyMap<number, number>
  /** The number of the first write-ahead log that is not in the tables; 0 before there was one. */
  readonly firstLog: number
}

interface Draft {
  readonly tables: Map<number, number>
  firstLog: number
}

function skipBytes(reader: ByteReader): void {
  reader.skip(reader.varint())
}

// The fields of a manifest's record, by their tag. Each record changes what the ones before it said.
const fields = new Map<number, (reader: ByteReader, draft: Draft) => void>([
  [1, skipBytes], // the name of the key order
  [2, (reader, draft) => (draft.firstLog = reader.varint())],
  [3, (reader) => reader.varint()], // the next file number
  [4, (reader) => reader.varint()], // the last sequence number
  [5, skipCompactPointer],
  [6, (reader, draft) => (reader.varint(), draft.tables.delete(reader.varint()))],
  [7, readTable],
  [9, (reader) => reader.varint()], // a log of old versions of LevelDB
])

function skipCompactPointer(reader: ByteReader): void {
  reader.varint()
  skipBytes(reader)
}

function readTable(reader: ByteReader, draft: Draft): void {
  reader.varint()
  const number = reader.varint()
  draft.tables.set(number, reader.varint())
  skipBytes(reader)
  skipBytes(reader)
}

/** What the records of a manifest say together, or `undefined` where one has a field that no manifest has. */
export function readManifest(records: readonly Buffer[]): Manifest | undefined {
  const draft: Draft = { tables: new Map(), firstLog: 0 }
  for (const record of records) {
    const reader = createByteReader(record)
    while (!reader.atEnd()) {
      const read = fields.get(reader.varint())
      if (read === undefined) return undefined
      read(reader, draft)
    }
  }
  return draft
}
