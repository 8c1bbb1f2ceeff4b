import { createHash } from 'node:crypto'
import type { DeadLetterReason, SourceRecord } from '../../domain/record.ts'
import { partHeader } from '../../kafka/letter-parts.ts'

/** A dead letter: what could not be used, byte for byte, and why. */
export interface Letter extends Omit<DeadLetterReason, 'disposition' | 'stage'> {
  /** Its place in the dead-letter topic; of one in parts, the place of the first. */
  readonly partition: number
  readonly offset: number
  readonly disposition: string
  readonly stage: string
  /** Epoch milliseconds. */
  readonly failedAtMs: number
  /** Where the record was read, or `null` for a contact that Zendesk refused or that failed too often. */
  readonly source: LetterSource | null
  /** Key, value and headers as they were. */
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, Uint8Array>>
  /** False where parts of the value are not there (any more). */
  readonly isWhole: boolean
}

/** Where a record was read. */
export interface LetterSource {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Epoch milliseconds; `null` in letters of releases that did not say. */
  readonly timestampMs: number | null
}

const prefix = 'zendesk-activation.'
const connectPrefix = '__connect.errors.'

/** Reads records of the dead-letter topic. Those that are no letter of ours are left out: anybody may write there. */
export function readLetter(record: SourceRecord): Letter | null {
  const header = (name: string): string | null => {
    const value = record.headers[prefix + name]
    return value === undefined ? null : utf8.decode(value)
  }
  const [disposition, errorClass, stage] = [header('disposition'), header('error-class'), header('stage')]
  const failedAtMs = Date.parse(header('failed-at') ?? '')
  if (disposition === null || errorClass === null || stage === null || Number.isNaN(failedAtMs)) return null
  const topic = header('source-topic')
  const timestamp = header('source-timestamp')
  return {
    partition: record.partition,
    offset: record.offset,
    disposition,
    errorClass,
    stage,
    detail: header('detail') ?? '',
    failedAtMs,
    source:
      topic === null
        ? null
        : {
            topic,
            partition: Number(header('source-partition')),
            offset: Number(header('source-offset')),
            timestampMs: timestamp === null ? null : Number(timestamp),
          },
    key: record.key,
    value: record.value,
    headers: Object.fromEntries(
      Object.entries(record.headers).filter(
        ([name]) => !name.startsWith(prefix) && !name.startsWith(connectPrefix),
      ),
    ),
    isWhole: record.headers[partHeader] === undefined,
  }
}

/**
 * What a letter is of: the same for every letter of one record, and of one content of a contact. Of a contact it is a digest, as
 * an e-mail address is to stand nowhere.
 */
export function subjectOf({ source, key, value }: Letter): string {
  if (source !== null) return `${source.topic}/${source.partition}/${source.offset}`
  const digest = createHash('sha256')
  for (const bytes of [key, value]) digest.update(bytes ?? '').update('\0')
  return digest.digest('base64url').slice(0, 22)
}

const utf8 = new TextDecoder()
