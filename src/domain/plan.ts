import type { Claims, DesiredContact } from './contact.ts'
import { type Digest, hashOf, isDoubted, isInDoubt, type LedgerEntry } from './ledger.ts'
import { addressOf, customFieldName, type FieldValues, tagsField } from './sell-fields.ts'

/** The one request that makes Zendesk equal to what it should hold, or why none is needed. */
export type WritePlan =
  | { readonly type: 'none'; readonly reason: 'unchanged' | 'rejected' | 'no_contact' }
  /**
   * Create or update by e-mail: the contact's id is not known yet, or not any more. Without tags, since the contact that it
   * finds may have some of others.
   */
  | {
      readonly type: 'upsert'
      readonly email: string
      readonly fields: FieldValues
      readonly digest: string
      /** There was a contact, and somebody deleted it or merged it into another. */
      readonly deleted?: true
    }
  /**
   * Partial update by id: the changed fields alone, so that an agent's own edits survive. Of tags it has those that the
   * mapping makes; to be sent they have to be merged with those that are there.
   */
  | {
      readonly type: 'update'
      readonly email: string
      readonly contactId: number
      readonly fields: FieldValues
      readonly digest: string
    }
  /** Nothing is to be changed, but a request whose end nobody knew may have been carried out since: reads these fields. */
  | (ReadFields & {
      /** The entry that it was planned from. */
      readonly ledger: LedgerEntry
    })

/** Reads some fields of a contact. */
export interface ReadFields {
  readonly type: 'look'
  readonly email: string
  readonly contactId: number
  readonly names: readonly string[]
}

/** A plan that changes the contact. */
export type Write = Extract<WritePlan, { type: 'upsert' | 'update' }>

/** A plan to read the contact, since a request of which nobody knew the end may have been carried out. */
export type Look = Extract<WritePlan, { type: 'look' }>

/** What one request does. */
export type Send = Write | ReadFields

/** Compares what a contact should hold with what was last written. */
export function planWrite(desired: DesiredContact, ledger: LedgerEntry | null, digest: Digest): WritePlan {
  const contactId = ledger?.contactId ?? null
  if (contactId === null && desired.state === 'released' && (ledger === null || !isInDoubt(ledger)))
    return { type: 'none', reason: 'no_contact' }
  const names = namesToWrite(desired, ledger, digest)
  if (names.length === 0) return ledger === null ? unchanged : planLook(ledger)
  const fields = Object.fromEntries(names.map((name) => [name, desired.fields[name]?.value ?? null]))
  const writeDigest = digest(JSON.stringify([contactId, desired.email, fields]))
  if (writeDigest === ledger?.rejected) return { type: 'none', reason: 'rejected' }
  const write = { email: desired.email, fields, digest: writeDigest }
  if (contactId !== null) return { type: 'update', contactId, ...write }
  return { type: 'upsert', ...write, ...(ledger?.deleted === true ? { deleted: true } : {}) }
}

function planLook(ledger: LedgerEntry): WritePlan {
  const { email, contactId, fields } = ledger
  const names = Object.keys(fields).filter((name) => isDoubted(fields[name]))
  if (contactId === null || names.length === 0) return unchanged
  return { type: 'look', email, contactId, names: names.sort(), ledger }
}

const unchanged = { type: 'none', reason: 'unchanged' } as const

function namesToWrite(
  { state, fields }: DesiredContact,
  ledger: LedgerEntry | null,
  digest: Digest,
): readonly string[] {
  const isKnown = ledger !== null && ledger.contactId !== null
  const names = isKnown ? changedNames(fields, ledger, digest) : writableNames(fields, ledger)
  // Who left the e-mail has no more to say of it than that; and without a last name Sell updates a person but creates none
  // (facts: contact fields).
  if (state === 'released') return names.filter((name) => customFieldName(name) !== undefined)
  return isKnown ? names : names.filter((name) => name !== tagsField)
}

/** Claims older than what was written lost against it; the rest may be written. */
function writableNames(claims: Claims, ledger: LedgerEntry | null): string[] {
  return Object.keys(claims)
    .filter((name) => (claims[name]?.timeMs ?? 0) >= (ledger?.fields[name]?.timeMs ?? -Infinity))
    .sort()
}

/**
 * The names whose value is not the one last written. An address is sent whole when a part of it changed: whether Sell
 * merges or replaces one is not documented (facts: merge semantics).
 */
function changedNames(claims: Claims, ledger: LedgerEntry, digest: Digest): string[] {
  const writable = writableNames(claims, ledger)
  const changed = new Set(
    writable.filter((name) => hashOf(claims[name]?.value ?? null, digest) !== ledger.fields[name]?.hash),
  )
  const addresses = new Set([...changed].map(addressOf).filter((address) => address !== undefined))
  return writable.filter((name) => changed.has(name) || addresses.has(addressOf(name) ?? ''))
}
