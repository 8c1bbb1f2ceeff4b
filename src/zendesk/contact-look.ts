import type { WriteOutcome } from '../deliver/contact-writer.ts'
import type { ReadFields } from '../domain/plan.ts'
import {
  addressOf,
  addressParts,
  customFieldName,
  type FieldValue,
  type FieldValues,
  tagsField,
} from '../domain/sell-fields.ts'
import { isJsonObject, ownMember } from '../domain/json.ts'
import { readErrors, readJson, readRecordId, readRecordTags } from './answer-body.ts'
import { classifyNotFound } from './classify.ts'
import type { IdentityStep } from './contact-identity.ts'
import type { Exchange } from './exchange.ts'
import { classifyRead } from './sell-reads.ts'
import { lookRequest } from './sell-request.ts'

/** The request that reads fields of a contact, and what its exchange means. It changes nothing, so it is never ambiguous. */
export function lookStep(look: ReadFields): IdentityStep {
  return {
    request: lookRequest(look.contactId),
    judge: (exchange, nowMs) => judgeLook(look, exchange, nowMs),
  }
}

function judgeLook(look: ReadFields, exchange: Exchange, nowMs: number): WriteOutcome {
  if (exchange.type === 'answered' && exchange.status === 404) {
    const outcome = classifyNotFound(exchange, readErrors(readJson(exchange.body)))
    return outcome.type === 'ambiguous' ? { type: 'unreachable', reason: outcome.reason } : outcome
  }
  const read = classifyRead(exchange, nowMs)
  // Without the scope to read there is nothing to see; it must not stop everything.
  if (read.type === 'unauthorised' && read.code === 'insufficient_scope')
    return { type: 'looked', fields: {} }
  if (read.type === 'unclear') return { type: 'unreachable', reason: read.reason }
  if (read.type !== 'read') return read
  const contactId = readRecordId(read.json)
  if (contactId === undefined) return { type: 'unreachable', reason: 'unreadable_answer' }
  // As after a write by id: another contact's record means that this one was merged into it.
  if (contactId !== look.contactId) return { type: 'missing' }
  return { type: 'looked', fields: readFields(read.json, look.names) }
}

/** What the record of an envelope holds in the fields `names`; `null` for what is absent or no value of one field. No tags are a list too. */
export function readFields(json: unknown, names: readonly string[]): FieldValues {
  const record = memberOf(json, 'data')
  return Object.fromEntries(
    names.map((name) => [name, name === tagsField ? (readRecordTags(json) ?? null) : valueIn(record, name)]),
  )
}

function valueIn(record: unknown, name: string): FieldValue {
  const custom = customFieldName(name)
  if (custom !== undefined) return fieldValue(memberOf(memberOf(record, 'custom_fields'), custom))
  const address = addressOf(name)
  if (address === undefined) return fieldValue(memberOf(record, name))
  return fieldValue(memberOf(memberOf(record, address), name.slice(address.length + 1)))
}

function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? ownMember(value, name) : undefined
}

/** In the form in which we write it, which digests are of: the parts of an address in their order, and none that is empty. */
function fieldValue(value: unknown): FieldValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string')
  const parts = addressParts.flatMap((part) => {
    const text = memberOf(value, part)
    return typeof text === 'string' ? [[part, text] as const] : []
  })
  return parts.length === 0 ? null : Object.fromEntries(parts)
}
