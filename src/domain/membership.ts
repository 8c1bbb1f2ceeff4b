import { isJsonObject, type Json, ownMember } from './json.ts'
import { parseEventTime } from './event-time.ts'
import { xdmMember } from './path.ts'
import type { Version } from './version.ts'

/** Whether a person is in an audience. XDM's `existing` (continues to be in) is `realized`. */
export type MembershipStatus = 'realized' | 'exited'

/** A person's last known membership in one segment. */
export interface Membership {
  /** Origin of the segment, for example `ups`. */
  readonly namespace: string
  /** Opaque: real ones are not always UUIDs. */
  readonly segmentId: string
  readonly status: MembershipStatus
  /** Epoch milliseconds after which the membership counts as exited, or `null` where it does not expire. */
  readonly validUntilMs: number | null
  readonly version: Version
}

/** A membership that cannot be used. `reason` quotes nothing that could be personal data. */
export interface InvalidMembership {
  /** Its position, as in `segmentMembership[0][2]`: namespaces and segment ids are the record's words, not ours. */
  readonly place: string
  readonly reason: string
}

/** What a record says of memberships: the usable ones and the others. */
export interface ParsedMemberships {
  readonly memberships: readonly Membership[]
  readonly invalid: readonly InvalidMembership[]
}

/**
 * The memberships of an XDM `segmentMembership` value: namespace -> segment -> {status, lastQualificationTime,
 * validUntil}. `versionAt` orders a membership by its event time, or by the record's where it carries none.
 */
export function parseMemberships(
  segmentMembership: Json,
  versionAt: (eventTimeMs: number | undefined) => Version,
): ParsedMemberships {
  const memberships: Membership[] = []
  const invalid: InvalidMembership[] = []
  if (!isJsonObject(segmentMembership)) {
    return { memberships, invalid: [{ place: 'segmentMembership', reason: 'is not a map of namespaces' }] }
  }
  Object.keys(segmentMembership).forEach((namespace, namespaceIndex) => {
    const segments = ownMember(segmentMembership, namespace)
    const place = `segmentMembership[${namespaceIndex}]`
    if (segments === undefined || !isJsonObject(segments)) {
      invalid.push({ place, reason: 'is not a map of segments' })
      return
    }
    Object.keys(segments).forEach((segmentId, segmentIndex) => {
      const parsed = parseMembership(ownMember(segments, segmentId), versionAt)
      if (typeof parsed === 'string') invalid.push({ place: `${place}[${segmentIndex}]`, reason: parsed })
      else memberships.push({ namespace, segmentId, ...parsed })
    })
  })
  return { memberships, invalid }
}

type MembershipState = Omit<Membership, 'namespace' | 'segmentId'>

function parseMembership(
  value: Json | undefined,
  versionAt: (eventTimeMs: number | undefined) => Version,
): MembershipState | string {
  if (value === undefined || !isJsonObject(value)) return 'is not an object with a status'
  const status = parseStatus(xdmMember(value, 'status'))
  if (status === undefined) return 'has an unknown status; known are existing, realized, exited'
  const time = xdmMember(value, 'lastQualificationTime') ?? xdmMember(value, 'timestamp')
  const timeMs = parseEventTime(time)
  if (time !== undefined && timeMs === undefined) return 'has a lastQualificationTime that is no time'
  const validUntil = xdmMember(value, 'validUntil')
  const validUntilMs = parseEventTime(validUntil)
  if (validUntil !== undefined && validUntilMs === undefined) return 'has a validUntil that is no time'
  return { status, validUntilMs: validUntilMs ?? null, version: versionAt(timeMs) }
}

/** XDM: `status` is optional and means `realized` where it is missing. */
function parseStatus(status: Json | undefined): MembershipStatus | undefined {
  if (status === undefined || status === 'realized' || status === 'existing') return 'realized'
  return status === 'exited' ? 'exited' : undefined
}
