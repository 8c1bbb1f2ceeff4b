import { canonicalJson, type JsonObject } from './json.ts'
import type { Membership } from './membership.ts'
import { compareVersions, type Version } from './version.ts'

/** A person's attributes as one component: the newest profile record replaces the one before. */
export interface Profile {
  readonly version: Version
  /** The whole XDM profile, so that a new mapping needs no replay. */
  readonly attributes: JsonObject
}

/** All that is known of one person: one profile, and one membership per segment, each the newest by event time. */
export interface Person {
  readonly profile: Profile | null
  /** Sorted by namespace and segment id, one entry per segment. */
  readonly memberships: readonly Membership[]
  /** Epoch milliseconds of the last erasure, or `null`. Whatever is not newer stays forgotten, replays included. */
  readonly erasedAtMs: number | null
}

/** What one input record says of one person. */
export type PersonEvent =
  | { readonly type: 'profile'; readonly profile: Profile }
  | { readonly type: 'memberships'; readonly memberships: readonly Membership[] }
  | { readonly type: 'erasure'; readonly erasedAtMs: number }

/** A person of whom nothing is known yet. */
export const unknownPerson: Person = { profile: null, memberships: [], erasedAtMs: null }

/**
 * Adds an event to a person. Last writer wins per component, by version; a missing membership is not an exited one.
 * Commutative, associative and idempotent: any order and any repetition of the same events give the same person.
 * Returns `person` itself where the event changes nothing.
 */
export function fold(person: Person, event: PersonEvent): Person {
  switch (event.type) {
    case 'profile':
      return foldProfile(person, event.profile)
    case 'memberships':
      return event.memberships.reduce(foldMembership, person)
    case 'erasure':
      return foldErasure(person, event.erasedAtMs)
  }
}

function foldProfile(person: Person, profile: Profile): Person {
  if (isErased(person.erasedAtMs, profile.version)) return person
  if (person.profile !== null && !supersedes(profile, person.profile)) return person
  return { ...person, profile }
}

function foldMembership(person: Person, membership: Membership): Person {
  if (isErased(person.erasedAtMs, membership.version)) return person
  const at = person.memberships.findIndex((known) => compareSegments(known, membership) >= 0)
  const known = person.memberships[at]
  if (known === undefined) return { ...person, memberships: [...person.memberships, membership] }
  if (compareSegments(known, membership) > 0)
    return { ...person, memberships: person.memberships.toSpliced(at, 0, membership) }
  if (!supersedes(membership, known)) return person
  return { ...person, memberships: person.memberships.with(at, membership) }
}

/**
 * Newer, or at the same version the greater text. Two topics can give two contents one version, and so can a topic that
 * was made anew; which of them arrives first must not matter.
 */
function supersedes<T extends { readonly version: Version }>(incoming: T, known: T): boolean {
  const order = compareVersions(incoming.version, known.version)
  return order > 0 || (order === 0 && canonicalJson(incoming) > canonicalJson(known))
}

function foldErasure(person: Person, erasedAtMs: number): Person {
  if (person.erasedAtMs !== null && erasedAtMs <= person.erasedAtMs) return person
  return {
    profile: person.profile !== null && isErased(erasedAtMs, person.profile.version) ? null : person.profile,
    memberships: person.memberships.filter((membership) => !isErased(erasedAtMs, membership.version)),
    erasedAtMs,
  }
}

function isErased(erasedAtMs: number | null, version: Version): boolean {
  return erasedAtMs !== null && version.timeMs <= erasedAtMs
}

function compareSegments(a: Membership, b: Membership): number {
  return compareText(a.namespace, b.namespace) || compareText(a.segmentId, b.segmentId)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
