import { clampEventTime, parseEventTime } from '../domain/event-time.ts'
import { isJsonObject, type Json, type JsonObject, toJson } from '../domain/json.ts'
import { parseMemberships } from '../domain/membership.ts'
import type { Getter } from '../domain/path.ts'
import type { PersonEvent } from '../domain/person.ts'
import type { DeadLetterReason, SourceRecord } from '../domain/record.ts'
import type { Version } from '../domain/version.ts'
import type { Decoded } from './ports.ts'

/** How to read one input topic. */
export interface InputRules {
  readonly kind: 'profiles' | 'memberships'
  /** Where the person key stands in the value, or `null` for the message key. */
  readonly personKey: Getter | null
  /** Where a profile's event time stands, or `null` for the record's own time. */
  readonly eventTime: Getter | null
  /** Where a membership record has its `segmentMembership`. */
  readonly memberships: Getter
}

/** What one input record says: an event of a person, and what of it cannot be used. Both may be there at once. */
export interface ReadRecord {
  readonly personKey: string | null
  readonly event: PersonEvent | null
  readonly deadLetter: DeadLetterReason | null
}

/**
 * Longest profile as JSON, in characters. Avro packs what JSON spells out: 1 MiB of it can unfold to a hundred times
 * that, which no topic would take.
 */
const maxProfileLength = 4 * 1024 * 1024
/** Below this many bytes of Avro no profile gets near {@link maxProfileLength}. */
const surelyShortBytes = 16 * 1024

const nothing: ReadRecord = { personKey: null, event: null, deadLetter: null }

/** What a record of the replay topic says that is no copy of an input's record. */
export const noCopy: ReadRecord = {
  ...nothing,
  deadLetter: {
    disposition: 'poison',
    stage: 'read',
    errorClass: 'no-copy',
    detail: 'the headers do not say of which input record this is a copy',
  },
}

/** Reads one input record into an event. Nothing of a bad record stops the process: it comes back as a dead letter. */
export async function readRecord(
  record: SourceRecord,
  rules: InputRules,
  decode: (bytes: Uint8Array) => Promise<Decoded>,
): Promise<ReadRecord> {
  if (record.value === null) return readTombstone(record, rules)
  const decoded = await decode(record.value)
  if (decoded.type === 'undecodable') return poison('decode', decoded.reason, decoded.detail)
  const value = toJson(decoded.value)
  if (value === undefined || !isJsonObject(value))
    return poison('read', 'not-a-record', 'the value is no Avro record')
  const personKey = readPersonKey(record, rules, value)
  if (personKey === null) return missingKey(rules)
  return rules.kind === 'profiles'
    ? readProfile(record, personKey, value, rules)
    : readMemberships(record, personKey, value, rules)
}

/** A profile's tombstone erases the person; a membership's says nothing, since missing is not exited. */
function readTombstone(record: SourceRecord, rules: InputRules): ReadRecord {
  if (rules.kind === 'memberships') return nothing
  if (rules.personKey !== null)
    return poison('read', 'no-person-key', 'a tombstone has no value to find the person key in')
  const personKey = keyText(record)
  if (personKey === null) return missingKey(rules)
  const erasedAtMs = clampEventTime(undefined, record.timestampMs)
  return { ...nothing, personKey, event: { type: 'erasure', erasedAtMs } }
}

function readProfile(
  record: SourceRecord,
  personKey: string,
  attributes: JsonObject,
  rules: InputRules,
): ReadRecord {
  const isLong =
    (record.value?.length ?? 0) > surelyShortBytes && JSON.stringify(attributes).length > maxProfileLength
  if (isLong) return poison('read', 'too-large', `the profile is over ${maxProfileLength} characters of JSON`)
  const version = versionOf(record, parseEventTime(rules.eventTime?.(attributes)))
  return { ...nothing, personKey, event: { type: 'profile', profile: { version, attributes } } }
}

function readMemberships(
  record: SourceRecord,
  personKey: string,
  value: JsonObject,
  rules: InputRules,
): ReadRecord {
  const segmentMembership = rules.memberships(value)
  if (segmentMembership === undefined) {
    return poison('read', 'no-memberships', 'there is no segmentMembership at the configured path')
  }
  const parsed = parseMemberships(segmentMembership, (timeMs) => versionOf(record, timeMs))
  const first = parsed.invalid[0]
  const deadLetter: DeadLetterReason | null =
    first === undefined
      ? null
      : {
          disposition: 'poison',
          stage: 'read',
          errorClass: 'invalid-membership',
          detail: `${first.place} ${first.reason}; ${parsed.invalid.length} invalid, ${parsed.memberships.length} used`,
        }
  return { personKey, event: { type: 'memberships', memberships: parsed.memberships }, deadLetter }
}

function versionOf(record: SourceRecord, eventTimeMs: number | undefined): Version {
  return { timeMs: clampEventTime(eventTimeMs, record.timestampMs), rank: 1, offset: record.offset }
}

function readPersonKey(record: SourceRecord, rules: InputRules, value: Json): string | null {
  if (rules.personKey === null) return keyText(record)
  const key = rules.personKey(value)
  return typeof key === 'string' && key !== '' ? key : null
}

/** The key as text. Keys that are no UTF-8, such as binary numbers, are spelled in hexadecimal: none equals another. */
function keyText({ key }: SourceRecord): string | null {
  if (key === null || key.length === 0) return null
  try {
    return utf8.decode(key)
  } catch {
    return `\u0000${[...key].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function missingKey(rules: InputRules): ReadRecord {
  return rules.personKey === null
    ? poison('read', 'null-key', 'the message has no key, which is the person key')
    : poison('read', 'no-person-key', 'there is no text at the configured personKey path')
}

function poison(stage: 'decode' | 'read', errorClass: string, detail: string): ReadRecord {
  return { ...nothing, deadLetter: { disposition: 'poison', stage, errorClass, detail } }
}
