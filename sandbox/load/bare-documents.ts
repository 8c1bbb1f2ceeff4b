import { isObject, plainMembers } from './xdm-names.ts'

/** What an object without a member around it is the content of, as in some of XDM's examples. */
export type BareKind = 'identityMap' | 'segmentMembership'

const identityMembers = new Set(['id', 'authenticatedState', 'primary'])
const membershipTimes = ['lastQualificationTime', 'timestamp', 'validUntil']

/**
 * The kind of `document` where it is a bare map, whose names cannot be those of fields: `xdm:` ones are, and those in
 * `fields`. An identity map has lists of objects with an `id` and nothing that identities do not have. Memberships have
 * a `status` text and a time, all of them: other data has statuses as well.
 */
export function bareKindOf(
  document: Readonly<Record<string, unknown>>,
  fields: ReadonlySet<string>,
): BareKind | undefined {
  const entries = Object.entries(document)
  if (entries.length === 0) return undefined
  if (entries.some(([name]) => name.startsWith('xdm:') || fields.has(name))) return undefined
  const values = entries.map(([, value]) => value)
  if (values.every((value) => isListOf(value, isIdentity))) return 'identityMap'
  return values.every((value) => isMapOf(value, isMembership)) ? 'segmentMembership' : undefined
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isItem)
}

function isMapOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return isObject(value) && Object.keys(value).length > 0 && Object.values(value).every(isItem)
}

function isIdentity(item: unknown): boolean {
  if (!isObject(item)) return false
  const { members } = plainMembers(item)
  return (
    typeof members.get('id') === 'string' && [...members.keys()].every((name) => identityMembers.has(name))
  )
}

function isMembership(item: unknown): boolean {
  if (!isObject(item)) return false
  const { members } = plainMembers(item)
  return typeof members.get('status') === 'string' && membershipTimes.some((name) => members.has(name))
}
