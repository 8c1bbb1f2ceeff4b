import type { FieldValues } from '../../../src/domain/sell-fields.ts'
import { statusField, tierField } from './configuration.ts'
import type { ProfileFacts } from './inputs.ts'

/** One input record, as the oracle sees it. `order` is its place among all records written. */
export type Fact = { readonly person: string; readonly timeMs: number; readonly order: number } & (
  | { readonly type: 'profile'; readonly profile: ProfileFacts }
  | {
      readonly type: 'membership'
      readonly audience: { readonly mappingId: string }
      readonly status: string
      readonly validUntilMs: number | null
    }
  | { readonly type: 'erasure' }
)

/** Zendesk as the oracle reads it. */
export interface Held {
  readonly email: string
  readonly fields: FieldValues
}

/**
 * What is wrong with Zendesk at `nowMs`, given every record ever written; nothing where it holds what the specification says.
 * It knows the rules as sentences, not the program: sort all records of a person by time, take the last of each kind, forget
 * what an erasure covers. No two persons may share an e-mail.
 */
export function findFaults(facts: readonly Fact[], held: readonly Held[], nowMs: number): readonly string[] {
  const persons = [...new Set(facts.map(({ person }) => person))]
  return [
    ...twice(held.map(({ email }) => email)).map((email) => `two contacts for ${email}`),
    ...persons.flatMap((person) =>
      personFaults(
        facts.filter((fact) => fact.person === person),
        held,
        nowMs,
      ).map((fault) => `${person}: ${fault}`),
    ),
  ]
}

function personFaults(all: readonly Fact[], held: readonly Held[], nowMs: number): readonly string[] {
  const facts = withoutErased(all)
  const profile = last(facts.filter((fact) => fact.type === 'profile'))?.profile
  const emails = new Set(all.flatMap((fact) => (fact.type === 'profile' ? [fact.profile.email ?? ''] : [])))
  const contacts = held.filter(({ email }) => emails.has(email))
  const inAnyAudience = contacts.filter(({ fields }) => Object.values(fields).includes('realized'))
  const realizedElsewhere = inAnyAudience.filter(({ email }) => email !== profile?.email)
  // Missing is not exited: where the e-mail went missing, the last one may stay as it is.
  const allowed = profile !== undefined && profile.email === undefined ? 1 : 0
  const faults =
    realizedElsewhere.length > allowed
      ? [`realized at ${realizedElsewhere.map(({ email }) => email).join()}, but not there any more`]
      : []
  if (profile?.email === undefined || profile.lastName === undefined) return faults
  const contact = contacts.find(({ email }) => email === profile.email)
  if (contact === undefined) return [...faults, `no contact ${profile.email}`]
  return [...faults, ...differences(expectedFields(facts, profile, nowMs), contact)]
}

function expectedFields(facts: readonly Fact[], profile: ProfileFacts, nowMs: number): FieldValues {
  const fields: Record<string, string> = {}
  if (profile.lastName !== undefined) fields['last_name'] = profile.lastName
  if (profile.firstName !== undefined) fields['first_name'] = profile.firstName
  if (profile.tier !== undefined) fields[tierField] = profile.tier
  const memberships = facts.filter((fact) => fact.type === 'membership')
  for (const { audience } of memberships) {
    const newest = last(memberships.filter((other) => other.audience.mappingId === audience.mappingId))
    const isExpired = newest?.validUntilMs !== null && (newest?.validUntilMs ?? Infinity) <= nowMs
    fields[statusField(audience)] = newest?.status === 'exited' || isExpired ? 'exited' : 'realized'
  }
  return fields
}

function differences(expected: FieldValues, { email, fields }: Held): readonly string[] {
  const wrong = Object.entries(expected)
    .filter(([name, value]) => fields[name] !== value)
    .map(
      ([name, value]) =>
        `${email} ${name} is ${JSON.stringify(fields[name])}, should be ${JSON.stringify(value)}`,
    )
  const forgotten = Object.entries(fields)
    .filter(([name, value]) => value === 'realized' && expected[name] === undefined)
    .map(([name]) => `${email} ${name} is realized, of which nothing is known`)
  return [...wrong, ...forgotten]
}

function withoutErased(facts: readonly Fact[]): readonly Fact[] {
  const erasedMs = Math.max(
    -Infinity,
    ...facts.filter(({ type }) => type === 'erasure').map((fact) => fact.timeMs),
  )
  return facts.filter((fact) => fact.type !== 'erasure' && fact.timeMs > erasedMs)
}

function last<T extends Fact>(facts: readonly T[]): T | undefined {
  return [...facts].sort((a, b) => a.timeMs - b.timeMs || a.order - b.order).at(-1)
}

function twice(texts: readonly string[]): readonly string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index)
}
