import { nextStatusChangeMs } from '../domain/audience.ts'
import {
  type ContactCause,
  type ContactDraft,
  type ContactRules,
  type DesiredContact,
  type Derived,
  deriveContact,
  releaseContact,
} from '../domain/contact.ts'
import { chooseEmail } from '../domain/identity.ts'
import { canonicalJson } from '../domain/json.ts'
import type { UnusableField } from '../domain/mapping.ts'
import type { Person } from '../domain/person.ts'
import type { ChangedPerson } from './people.ts'
import type { StoredPerson } from './stored-person.ts'

/** What a person's new state makes the stage say, and how the person is stored afterwards. */
export interface Emission {
  /** In order: releases of the e-mails that the person left, then the contact at the new one. Usually one or none. */
  readonly contacts: readonly DesiredContact[]
  readonly stored: StoredPerson
  /** Mapped values that their fields cannot hold. */
  readonly unusable: readonly UnusableField[]
}

function emailOf(person: Person, rules: ContactRules): string | undefined {
  return person.profile === null ? undefined : chooseEmail(person.profile.attributes, rules.identityNamespace)
}

/**
 * Compares the contact that a person should have with the one last emitted. An e-mail that was replaced, or whose person
 * was erased, is released. One that merely went missing, or whose person became excluded, stays as it is: missing is not
 * exited.
 */
export function emit(
  changed: ChangedPerson,
  rules: ContactRules,
  digest: (text: string) => string,
  nowMs: number,
  revision: number,
): Emission {
  const { personKey, person, before } = changed
  const cause = causeOf(changed, nowMs)
  const derived = deriveContact(personKey, person, rules, nowMs)
  const left = leftEmails(person, before, rules)
  const drafts: ContactDraft[] = left.map((email) => releaseContact(email, personKey, person, rules, nowMs))
  let emitted = left.length > 0 ? null : before.emitted
  if (derived.type === 'contact') {
    const current = { email: derived.contact.email, digest: digest(canonicalJson(derived.contact)) }
    if (emitted?.digest !== current.digest) drafts.push(derived.contact)
    emitted = current
  }
  return {
    contacts: drafts.map((draft) => ({ ...draft, revision, cause })),
    stored: {
      person,
      emitted,
      left,
      excluded: exclusionOf(derived, person),
      revision,
      nextChangeMs: nextStatusChangeMs(person, rules.audiences, nowMs),
    },
    unusable: derived.type === 'contact' ? derived.unusable : [],
  }
}

/**
 * What made a person's contacts say something new: an event of this batch, or a time that has come since the person was
 * stored. Where neither did, the rules are not those of then, or the event is read once more. The cause is no part of what is compared by digest: a
 * contact that differs in nothing else is not emitted for it.
 */
function causeOf({ person, before, changes, replayed }: ChangedPerson, nowMs: number): ContactCause {
  if (isErased(person)) return 'erasure'
  const isDue = before.nextChangeMs !== null && before.nextChangeMs <= nowMs
  return (changes > 0 && !replayed) || isDue ? 'change' : 'backfill'
}

/**
 * Says once more what was emitted when a person was stored, in the words of then: the digest that is stored stands for
 * those. Said in the words of now, a membership that ran out since would be an exit of which the digest knows nothing, and
 * an event that takes the exit back would look as if it changed nothing. What caused it then is not stored: it counts as a
 * change, which at worst makes one batch of a backfill urgent. A contact that has arrived already keeps its cause.
 */
export function emitAgain(
  personKey: string,
  { person, emitted, left, revision, nextChangeMs }: StoredPerson,
  rules: ContactRules,
  nowMs: number,
): readonly DesiredContact[] {
  // From the storing to the next change, every time makes the same of the person.
  const atMs = Math.min(nowMs, (nextChangeMs ?? Infinity) - 1)
  const derived = deriveContact(personKey, person, rules, atMs)
  const drafts = left.map((email) => releaseContact(email, personKey, person, rules, atMs))
  if (emitted !== null && derived.type === 'contact') drafts.push(derived.contact)
  const cause = isErased(person) ? 'erasure' : 'change'
  return drafts.map((draft) => ({ ...draft, revision, cause }))
}

function leftEmails(person: Person, { emitted }: StoredPerson, rules: ContactRules): readonly string[] {
  const current = emailOf(person, rules)
  const isLeft = emitted !== null && emitted.email !== current
  return isLeft && (current !== undefined || isErased(person)) ? [emitted.email] : []
}

/** An erased person is not waited for, so not excluded either. */
function exclusionOf(derived: Derived, person: Person): StoredPerson['excluded'] {
  return derived.type === 'excluded' && !isErased(person) ? derived.reason : null
}

function isErased({ profile, erasedAtMs }: Person): boolean {
  return profile === null && erasedAtMs !== null
}
