import type { DesiredContact } from './contact.ts'
import { type FieldValue, type FieldValues, listIn, tagsField } from './sell-fields.ts'
import { addOwn, ownTags } from './tags.ts'

/** A short digest of a text; equal exactly when the texts are equal, for all that matters. */
export type Digest = (text: string) => string

/** In place of a digest, and equal to none: a write of the field is under way, or was when its answer got lost. */
const inDoubt = ''

/** In place of a digest, and equal to none: somebody wants the field to be written again, whatever it holds. */
const forgotten = '?'

/** What was last written to one field. */
export interface WrittenField {
  /**
   * {@link Digest} of the value's JSON; {@link inDoubt} where nobody knows whether the last value sent was written;
   * {@link forgotten} where it is to be written once more.
   */
  readonly hash: string
  /** Event time of the claim that was written, in epoch milliseconds. */
  readonly timeMs: number
  /**
   * Digests of other values that were sent since, or before, by requests of which nobody knows how they ended: Sell may
   * carry one out yet. None where it is absent. Never that of the value written last, which may be written again without harm.
   */
  readonly doubts?: readonly string[]
  /**
   * Of the tags: digests of each that was written and may be there. What Sell holds beside them is of others. None where it
   * is absent.
   */
  readonly own?: readonly string[]
}

/** What was last written to one contact: the value of the `ledger` topic, whose key is the e-mail. */
export interface LedgerEntry {
  readonly email: string
  /** Sell's id of the contact, or `null` where it is not known (any more). */
  readonly contactId: number | null
  readonly fields: Readonly<Record<string, WrittenField>>
  /** Digest of the last write that Sell refused; the same write is not tried again. */
  readonly rejected: string | null
  /** Epoch milliseconds of what this entry records: that a write was about to be sent, or how it ended. */
  readonly writtenAtMs: number
  /** True from Sell's answer that the contact of a known id is gone to the next contact of the e-mail. Absent: false. */
  readonly deleted?: boolean
}

/** What a write sends, and the digest by which it is remembered where Sell refuses it. */
export interface WriteContent {
  readonly email: string
  readonly fields: FieldValues
  readonly digest: string
}

/** Most {@link WrittenField.doubts} of one field: the newest. Only a field that changes with every failed attempt has more. */
const mostDoubts = 8

/** True where a write was under way when this entry was recorded: nobody knows yet whether it was carried out. */
export function isInDoubt(ledger: LedgerEntry): boolean {
  return Object.values(ledger.fields).some(({ hash }) => hash === inDoubt)
}

/**
 * The ledger entry while `write` of `desired` is under way, to be durable before it is sent at `nowMs`. Without it, a
 * crash or a lost answer would leave a ledger that looks as if nothing had been sent: a contact that then changed back to
 * what the ledger holds, or was released before its id was known, would look done and stay wrong.
 */
export function recordAttempt(
  desired: DesiredContact,
  write: WriteContent,
  ledger: LedgerEntry | null,
  digest: Digest,
  nowMs: number,
): LedgerEntry {
  const known = ledger ?? { contactId: null, rejected: null }
  const fields: Record<string, WrittenField> = { ...ledger?.fields }
  for (const [name, value] of Object.entries(write.fields)) {
    const hash = hashOf(value, digest)
    const doubts = [...doubtsBeside(hash, ledger?.fields[name]), hash].slice(-mostDoubts)
    const timeMs = desired.fields[name]?.timeMs ?? 0
    fields[name] = { hash: inDoubt, timeMs, doubts, ...ownWith(ledger, name, value, digest) }
  }
  return { ...known, email: write.email, fields, writtenAtMs: nowMs }
}

/** The ledger entry after `write` of `desired` was acknowledged for `contactId` at `nowMs`. */
export function recordWrite(
  desired: DesiredContact,
  write: WriteContent,
  contactId: number,
  ledger: LedgerEntry | null,
  digest: Digest,
  nowMs: number,
): LedgerEntry {
  const fields: Record<string, WrittenField> = { ...ledger?.fields }
  for (const [name, value] of Object.entries(write.fields)) {
    const hash = hashOf(value, digest)
    const doubts = doubtsBeside(hash, ledger?.fields[name])
    const written = { hash, timeMs: desired.fields[name]?.timeMs ?? 0 }
    fields[name] =
      doubts.length === 0
        ? { ...written, ...ownWith(null, name, value, digest) }
        : { ...written, doubts, ...ownWith(ledger, name, value, digest) }
  }
  return { email: desired.email, contactId, fields, rejected: null, writtenAtMs: nowMs }
}

/** {@link WrittenField.own} once `value` may be there beside what the ledger knows of. */
function ownWith(
  ledger: LedgerEntry | null,
  name: string,
  value: FieldValue,
  digest: Digest,
): Pick<WrittenField, 'own'> {
  return name === tagsField ? { own: addOwn(ownIn(ledger), listIn(value), digest) } : {}
}

/** Digests of the tags of a contact that are ours. */
export function ownIn(ledger: LedgerEntry | null): readonly string[] {
  return ledger?.fields[tagsField]?.own ?? []
}

/** The ledger entry after Sell refused `write`: what was written stands, the refused write is remembered. */
export function recordRejection(write: WriteContent, ledger: LedgerEntry | null, nowMs: number): LedgerEntry {
  return {
    contactId: null,
    fields: {},
    writtenAtMs: nowMs,
    ...ledger,
    email: write.email,
    rejected: write.digest,
  }
}

/** The ledger entry after Sell said that the contact does not exist: its id and what it held are forgotten. */
export function recordMissing(ledger: LedgerEntry): LedgerEntry {
  const wasKnown = ledger.contactId !== null
  return { ...ledger, contactId: null, fields: {}, rejected: null, ...(wasKnown ? { deleted: true } : {}) }
}

/**
 * What is to be written again though it seems to be written: every field, the fields of these names, or a write that Sell
 * refused, which would not be tried again.
 */
export type Rewrite = 'all' | 'refused' | readonly string[]

/** The ledger entry that has `rewrite` written again. When each field was claimed stays known: nothing older is written for it. */
export function forget(ledger: LedgerEntry, rewrite: Rewrite): LedgerEntry {
  const names = rewrite === 'refused' ? [] : rewrite === 'all' ? Object.keys(ledger.fields) : rewrite
  const fields: Record<string, WrittenField> = { ...ledger.fields }
  for (const name of names) {
    const written = Object.hasOwn(fields, name) ? fields[name] : undefined
    // Of one in doubt nobody takes for granted what it holds anyway.
    if (written !== undefined && written.hash !== inDoubt) fields[name] = { ...written, hash: forgotten }
  }
  return { ...ledger, fields, rejected: null }
}

/** The ledger entry once it is known, at `nowMs`, that `contactId` is the contact of the e-mail; what it holds is not. */
export function recordFound(
  { email }: Pick<WriteContent, 'email'>,
  contactId: number,
  ledger: LedgerEntry | null,
  nowMs: number,
): LedgerEntry {
  const { fields, writtenAtMs } = ledger ?? { fields: {}, writtenAtMs: nowMs }
  return { email, contactId, fields, rejected: null, writtenAtMs }
}

/**
 * The ledger entry after the contact was read and held `found`. Where that is a value of a request whose end nobody knew, it
 * was carried out after what was written last, and is what was written last. No doubts are left, also of what was not read.
 */
export function recordLook(ledger: LedgerEntry, found: FieldValues, digest: Digest): LedgerEntry {
  const fields: Record<string, WrittenField> = {}
  for (const [name, { hash, timeMs, doubts = [], own = [] }] of Object.entries(ledger.fields)) {
    const value = found[name]
    const forms =
      value === undefined ? [] : name === tagsField ? [ownForm(value, own, digest)] : formsOf(value)
    const hashes = forms.map((form) => hashOf(form, digest))
    const written = { hash: hashes.find((candidate) => doubts.includes(candidate)) ?? hash, timeMs }
    fields[name] = own.length === 0 ? written : { ...written, own }
  }
  return { ...ledger, fields }
}

/** The value of which `found`, the tags of a contact, shows that it was written; nothing is written as `null`. */
function ownForm(found: FieldValue, own: readonly string[], digest: Digest): FieldValue {
  const tags = ownTags(listIn(found), own, digest)
  return tags.length === 0 ? null : tags
}

/** Values that Sell can mean by `found`: it gives the numbers of custom fields as texts (facts: types of custom fields). */
function formsOf(found: FieldValue): readonly FieldValue[] {
  const isNumeric = typeof found === 'string' && found.trim() !== '' && Number.isFinite(Number(found))
  return isNumeric ? [found, Number(found)] : [found]
}

/** True where a contact is to be read, some time after this entry was recorded, to know that it is as it says. */
export function awaitsLook({ contactId, rejected, fields }: LedgerEntry): boolean {
  return contactId !== null && rejected === null && Object.values(fields).some(isDoubted)
}

/** True where a request that may be carried out yet would leave another value than the one written last. */
export function isDoubted(written: WrittenField | undefined): boolean {
  return (written?.doubts ?? []).length > 0
}

function doubtsBeside(hash: string, written: WrittenField | undefined): string[] {
  return (written?.doubts ?? []).filter((doubt) => doubt !== hash)
}

/** What a ledger entry holds of a value. */
export function hashOf(value: FieldValue, digest: Digest): string {
  return digest(JSON.stringify(value))
}
