import type { Getter } from '../../src/domain/path.ts'
import { toJson } from '../../src/domain/json.ts'
import { bareKindOf } from './bare-documents.ts'
import { type Conformed, conformRecord, createFindings, describe, type Findings } from './conform.ts'
import { personKeyOf } from './person-key.ts'
import type { RecordShape } from './shape.ts'
import { isObject, type PlainMembers, plainMembers } from './xdm-names.ts'

/** One record for one of the two topics. `value` fits the topic's schema; `null` is a tombstone. */
export interface PreparedRecord {
  readonly topic: 'profiles' | 'memberships'
  readonly value: Conformed | null
}

/** What becomes of one document: the records of one person, or why there are none. */
export type Prepared =
  | {
      readonly type: 'records'
      readonly personKey: string
      /** False where the document names no person and the key is that of its place. */
      readonly isIdentified: boolean
      /** The profile before the memberships, where there are both. */
      readonly records: readonly PreparedRecord[]
      readonly leftOut: ReadonlySet<string>
    }
  | { readonly type: 'rejected'; readonly reason: string }

/** What the preparation goes by. */
export interface PrepareRules {
  readonly profile: RecordShape
  readonly membership: RecordShape
  /** Reads the person key of documents without a `personKey`; `null` for the one that their identities give. */
  readonly key: { readonly path: string; readonly get: Getter } | null
}

type Members = ReadonlyMap<string, unknown>
type Rejected = Extract<Prepared, { type: 'rejected' }>

/** Members that say something about the record instead of the person: they alone make no profile. */
const envelope = new Set(['_id', '_repo', 'timestamp', 'identityMap'])
/** Members that the loader reads itself and no profile has. */
const loaderMembers = new Set(['personKey', 'tombstone', 'segmentMembership'])
/** Members that a tombstone may have. */
const tombstoneMembers = new Set(['personKey', 'tombstone', 'identityMap', 'timestamp'])

/**
 * Turns a document in the shape that AEP exports, or in that of the XDM examples, into records: everything but
 * `segmentMembership` is a profile, `segmentMembership` with the identities a membership record. Memberships with
 * nothing but identities around them make no profile: it would replace the attributes of the one before.
 * `place` is the person key of a document that names nobody.
 */
export function prepare(document: unknown, place: string, rules: PrepareRules): Prepared {
  if (!isObject(document)) return rejected(`expected an object, found ${describe(document)}`)
  const { members, twice } = membersOf(document, rules)
  if (twice[0] !== undefined) return rejected(`${twice[0]}: given twice, with and without a prefix`)
  const findings = createFindings()
  const attributes = new Map([...members].filter(([name]) => !loaderMembers.has(name)))
  const profile = conformRecord(attributes, rules.profile, findings)
  const split = isTombstone(members)
    ? splitTombstone(members)
    : splitRecords(members, profile, rules, findings)
  if (findings.problems.length > 0) return rejected(summary(findings.problems))
  if (split.type === 'rejected') return split
  const key = findKey(members, profile, rules)
  if (key.type === 'rejected') return key
  if (key.text === undefined && isTombstone(members))
    return rejected('tombstone: names no person; add a personKey')
  return {
    type: 'records',
    personKey: key.text ?? place,
    isIdentified: key.text !== undefined,
    records: split.records,
    leftOut: findings.leftOut,
  }
}

function membersOf(document: Readonly<Record<string, unknown>>, rules: PrepareRules): PlainMembers {
  const kind = bareKindOf(document, new Set([...rules.profile.fields.keys(), ...loaderMembers]))
  return kind === undefined ? plainMembers(document) : { members: new Map([[kind, document]]), twice: [] }
}

type Split = { readonly type: 'split'; readonly records: readonly PreparedRecord[] } | Rejected

function isTombstone(members: Members): boolean {
  return members.has('tombstone') && members.get('tombstone') !== false
}

function splitTombstone(members: Members): Split {
  const value = members.get('tombstone')
  if (value !== true) return rejected(`tombstone: expected true or false, found ${describe(value)}`)
  const other = [...members.keys()].find((name) => !tombstoneMembers.has(name))
  if (other !== undefined)
    return rejected(`${other}: a tombstone erases the person, so it takes personKey or identityMap alone`)
  return { type: 'split', records: [{ topic: 'profiles', value: null }] }
}

function splitRecords(members: Members, profile: Conformed, rules: PrepareRules, findings: Findings): Split {
  const only = new Map([...members].filter(([name]) => name === 'segmentMembership'))
  const { segmentMembership } = conformRecord(only, rules.membership, findings)
  const hasMemberships = isObject(segmentMembership) && Object.values(segmentMembership).some(isFilled)
  const hasAttributes = Object.entries(profile).some(
    ([name, value]) => !envelope.has(name) && isFilled(value),
  )
  const isIdentitiesAlone = isFilled(profile['identityMap']) && !members.has('segmentMembership')
  const records: PreparedRecord[] = []
  if (hasAttributes || isIdentitiesAlone) records.push({ topic: 'profiles', value: profile })
  if (hasMemberships)
    records.push({ topic: 'memberships', value: { ...shared(profile, rules.membership), segmentMembership } })
  return records.length === 0 ? rejected(nothingLeft(findings)) : { type: 'split', records }
}

/** What a profile says that a membership record says as well: identities and the times of the record. */
function shared(profile: Conformed, membership: RecordShape): Conformed {
  return Object.fromEntries(Object.entries(profile).filter(([name]) => membership.fields.has(name)))
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== undefined
}

type Key = { readonly type: 'key'; readonly text: string | undefined } | Rejected

function findKey(members: Members, profile: Conformed, rules: PrepareRules): Key {
  const given = members.get('personKey')
  if (given !== undefined) {
    return typeof given === 'string' && given !== ''
      ? { type: 'key', text: given }
      : rejected(`personKey: expected text, found ${describe(given)}`)
  }
  if (rules.key === null) return { type: 'key', text: personKeyOf(profile['identityMap']) }
  const text = rules.key.get(toJson(profile) ?? {})
  return typeof text === 'string' && text !== ''
    ? { type: 'key', text }
    : rejected(`${rules.key.path}: expected the person key, found ${describe(text)}`)
}

function nothingLeft({ leftOut }: Findings): string {
  const names = [...leftOut]
  const unknown = names.length === 0 ? '' : `; not in the schema: ${names.slice(0, 5).join(', ')}`
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `has neither attributes nor identities nor memberships${unknown}${more}`
}

function summary(problems: readonly string[]): string {
  const more = problems.length > 3 ? `; and ${problems.length - 3} more` : ''
  return problems.slice(0, 3).join('; ') + more
}

function rejected(reason: string): Rejected {
  return { type: 'rejected', reason }
}
