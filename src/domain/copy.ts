import type { Rewrite } from './ledger.ts'
import type { OutputRecord, SourceRecord } from './record.ts'

/**
 * Headers by which a copy of a record says what it is a copy of. Kafka's own time of the copy is that of the copying, or the
 * topic's retention would delete copies of old records at once.
 */
const headers = {
  topic: 'zendesk-activation.copy-of-topic',
  partition: 'zendesk-activation.copy-of-partition',
  offset: 'zendesk-activation.copy-of-offset',
  timestampMs: 'zendesk-activation.copy-of-timestamp',
} as const

/** The header of a contact's copy that says what is to be written again. */
const rewriteHeader = 'zendesk-activation.rewrite'

/** A verbatim copy of `record` for the same partition of `topic`, that says where it comes from. */
export function copyRecord(topic: string, record: SourceRecord): OutputRecord {
  const { partition, key, value } = record
  return {
    topic,
    partition,
    key,
    value,
    headers: {
      ...record.headers,
      [headers.topic]: record.topic,
      [headers.partition]: String(partition),
      [headers.offset]: String(record.offset),
      [headers.timestampMs]: String(record.timestampMs),
    },
  }
}

/** A copy of a contact's record for `topic`; `rewrite` as in {@link Rewrite}, or `null` where it is to be compared alone. */
export function copyContact(topic: string, record: SourceRecord, rewrite: Rewrite | null): OutputRecord {
  const copy = copyRecord(topic, record)
  if (rewrite === null) return copy
  return { ...copy, headers: { ...copy.headers, [rewriteHeader]: JSON.stringify(rewrite) } }
}

/** A record that is no copy but the wish alone: the contact of this e-mail is to be written again, as it is known. */
export function rewriteRecord(topic: string, email: string, rewrite: Rewrite): OutputRecord {
  return { topic, key: email, value: null, headers: { [rewriteHeader]: JSON.stringify(rewrite) } }
}

/**
 * The record that `copy` is a copy of, as it was read first: with its place and time, so that reading it again gives the
 * same event. `null` where the headers do not say so.
 */
export function originOf(copy: SourceRecord): SourceRecord | null {
  const { [headers.topic]: topic, [headers.partition]: partition, ...others } = copy.headers
  const { [headers.offset]: offsetText, [headers.timestampMs]: timestamp, ...own } = others
  const offset = wholeNumber(offsetText)
  const timestampMs = wholeNumber(timestamp)
  if (topic === undefined || wholeNumber(partition) !== copy.partition) return null
  if (offset === null || timestampMs === null) return null
  return { ...copy, topic: utf8.decode(topic), offset, timestampMs, headers: own }
}

/** What is to be written again according to the copy of a contact; `null` where nothing is. */
export function rewriteOf(copy: SourceRecord): Rewrite | null {
  const header = copy.headers[rewriteHeader]
  if (header === undefined) return null
  try {
    const value: unknown = JSON.parse(utf8.decode(header))
    if (value === 'all' || value === 'refused') return value
    return Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : null
  } catch {
    return null
  }
}

const utf8 = new TextDecoder()

function wholeNumber(header: Uint8Array | undefined): number | null {
  const text = header === undefined ? '' : utf8.decode(header)
  return /^-?\d{1,15}$/.test(text) ? Number(text) : null
}
