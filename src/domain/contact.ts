import {
  audienceField,
  type Audience,
  deriveStatuses,
  isActive,
  type StatusWords,
  wordOf,
} from './audience.ts'
import { chooseEmail } from './identity.ts'
import type { Mapper, UnusableField } from './mapping.ts'
import type { Person } from './person.ts'
import { type FieldValue, isSameValue } from './sell-fields.ts'

/** What one field of a contact should hold, and the event time of the component that says so. */
export interface FieldClaim {
  readonly value: FieldValue
  /** Epoch milliseconds. A claim never replaces one with a later time. */
  readonly timeMs: number
}

/** Contact fields by name: Sell attributes, `address.city`, `custom_fields.<name>`. */
export type Claims = Readonly<Record<string, FieldClaim>>

/** What one person makes of one e-mail's contact. */
export interface ContactDraft {
  /** Normalised: trimmed, lower-cased. */
  readonly email: string
  /** Key of the person whose record this is; two persons may share an e-mail. */
  readonly personKey: string
  /** `active`: create or update. `released`: the person left this e-mail; update it if it exists, never create it. */
  readonly state: 'active' | 'released'
  readonly fields: Claims
}

/** What Zendesk should hold for one e-mail: the value of the `contacts` topic, whose key is the e-mail. */
export interface DesiredContact extends ContactDraft {
  /** Grows with everything said of the person: of two records of one person, the one with the lower is out of date. */
  readonly revision: number
  readonly cause: ContactCause
}

/** The causes of contacts, the most urgent first. */
export const contactCauses = ['erasure', 'change', 'backfill'] as const

/**
 * Why a contact says something new. `erasure`: the person was erased. `change`: an event changed the person, or time ran
 * out for a membership. `backfill`: neither did, other rules make another contact of a person who is the same, or the event
 * was replayed. It says how urgent the contact is, and nothing of what it should hold.
 */
export type ContactCause = (typeof contactCauses)[number]

/** To be raised with every change that makes another contact of the same person by the same configuration. */
export const contactRulesVersion = 2

/** Everything that turns a person into a contact; fixed while the program runs. */
export interface ContactRules {
  readonly identityNamespace: string
  readonly map: Mapper
  readonly audiences: readonly Audience[]
  readonly statusWords: StatusWords
}

/** Why a person has no contact. Excluded is not failed: the data may still arrive. */
export type ExclusionReason = 'no_profile' | 'no_email' | 'no_last_name'

/** A person's contact, or why there is none. `unusable` lists the mapped values that their fields cannot hold. */
export type Derived =
  | { readonly type: 'contact'; readonly contact: ContactDraft; readonly unusable: readonly UnusableField[] }
  | { readonly type: 'excluded'; readonly reason: ExclusionReason }

/** Maps a person to the contact that Zendesk should hold at `nowMs`. */
export function deriveContact(
  personKey: string,
  person: Person,
  rules: ContactRules,
  nowMs: number,
): Derived {
  if (person.profile === null) return { type: 'excluded', reason: 'no_profile' }
  const email = chooseEmail(person.profile.attributes, rules.identityNamespace)
  if (email === undefined) return { type: 'excluded', reason: 'no_email' }
  const mapped = rules.map(person.profile.attributes)
  if ((mapped.fields['last_name'] ?? null) === null) return { type: 'excluded', reason: 'no_last_name' }
  const profileTimeMs = person.profile.version.timeMs
  const fields: Record<string, FieldClaim> = {}
  for (const [name, value] of Object.entries(mapped.fields)) fields[name] = { value, timeMs: profileTimeMs }
  // Another address than the key would make Zendesk hold two contacts for one e-mail, and the next upsert a third.
  if (fields['email'] !== undefined) fields['email'] = { value: email, timeMs: profileTimeMs }
  for (const { field, word, timeMs } of deriveStatuses(person, rules.audiences, rules.statusWords, nowMs)) {
    fields[field] = { value: word, timeMs }
  }
  return {
    type: 'contact',
    contact: { email, personKey, state: 'active', fields },
    unusable: mapped.unusable,
  }
}

/**
 * What remains to be said of the e-mail that a person left, by a new e-mail or by erasure: every active audience is
 * exited. A claim takes the time of the membership it ends, so that a return to this e-mail can undo it; an erasure's
 * time where there is no such membership any more.
 */
export function releaseContact(
  email: string,
  personKey: string,
  person: Person,
  rules: ContactRules,
  nowMs: number,
): ContactDraft {
  const fields: Record<string, FieldClaim> = {}
  for (const audience of rules.audiences.filter((candidate) => isActive(candidate, nowMs))) {
    const membership = person.memberships.find(
      ({ namespace, segmentId }) => namespace === audience.namespace && segmentId === audience.segmentId,
    )
    const timeMs = membership?.version.timeMs ?? person.erasedAtMs
    if (timeMs !== null) {
      fields[audienceField(audience)] = { value: wordOf(audience, 'exited', rules.statusWords), timeMs }
    }
  }
  return { email, personKey, state: 'released', fields }
}

/**
 * What an e-mail should hold after `incoming` arrived on top of `known`: per field the claim with the later time, the
 * incoming one at equal times. An out-of-date record of the same person, one read again or late, changes nothing. One that
 * says nothing new (all profiles once more, or the last batch after a crash) leaves the cause of what it repeats.
 */
export function mergeContacts(known: DesiredContact, incoming: DesiredContact): DesiredContact {
  const samePerson = known.personKey === incoming.personKey
  if (samePerson && incoming.revision < known.revision) return known
  const fields: Record<string, FieldClaim> = { ...known.fields }
  for (const [name, claim] of Object.entries(incoming.fields)) {
    const before = fields[name]
    if (before === undefined || claim.timeMs >= before.timeMs) fields[name] = claim
  }
  const othersRelease = incoming.state === 'released' && !samePerson
  const owner = othersRelease ? known : incoming
  const cause = owner.state === known.state && holdsSame(known.fields, fields) ? known.cause : incoming.cause
  return { ...owner, fields, cause }
}

/** True where `after`, which has every field of `before`, has no other value and no other field. */
function holdsSame(before: Claims, after: Claims): boolean {
  return Object.entries(after).every(([name, { value }]) => isSameValue(before[name]?.value, value))
}
