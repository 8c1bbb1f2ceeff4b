import type { SourceRecord } from '../../domain/record.ts'
import { partHeader } from '../../kafka/letter-parts.ts'

/** Puts letters together whose value came in parts, because no topic would have taken it whole. */
export interface PartJoiner {
  /** A whole record: `record` itself, or the last part with the values of all; `null` while parts are missing. */
  add(record: SourceRecord): SourceRecord | null
  /** Letters of which parts are missing. */
  incomplete(): number
}

/** A joiner that has seen nothing. */
export function createPartJoiner(): PartJoiner {
  const waiting = new Map<string, Map<number, Uint8Array>>()
  return {
    add(record) {
      const { [partHeader]: header, ...headers } = record.headers
      const match = header === undefined ? null : /^(\d+) of (\d+)$/.exec(utf8.decode(header))
      if (match === null) return record
      // All headers of the parts are the same but for the number of the part.
      const key = JSON.stringify([headers, record.key].map((part) => textOf(part)))
      const parts = waiting.get(key) ?? new Map<number, Uint8Array>()
      waiting.set(key, parts.set(Number(match[1]), record.value ?? new Uint8Array()))
      if (parts.size < Number(match[2])) return null
      waiting.delete(key)
      const values = [...parts].sort(([a], [b]) => a - b).map(([, value]) => value)
      return { ...record, headers, value: Buffer.concat(values) }
    },
    incomplete: () => waiting.size,
  }
}

const utf8 = new TextDecoder()

function textOf(part: Uint8Array | null | Readonly<Record<string, Uint8Array>>): unknown {
  if (part === null || part instanceof Uint8Array) return part && Buffer.from(part).toString('base64')
  return Object.entries(part).map(([name, bytes]) => [name, textOf(bytes)])
}
