/** A profile as tests speak of it. What is left out is missing from the record. */
export interface ProfileFacts {
  readonly email?: string
  readonly lastName?: string
  readonly firstName?: string
  readonly tier?: string
  /** Members of the XDM profile as they are, in place of those above. */
  readonly xdm?: object
}

/** An XDM profile in the shape of `schemas/profile.avsc`. */
export function profileValue({ email, lastName, firstName, tier, xdm }: ProfileFacts): object {
  return {
    ...(email === undefined ? {} : { identityMap: { Email: [{ id: email }] } }),
    ...(lastName === undefined && firstName === undefined
      ? {}
      : { person: { name: { lastName, firstName } } }),
    ...(tier === undefined ? {} : { loyalty: { tier } }),
    ...xdm,
  }
}

/** One membership. Times are epoch milliseconds; without `timeMs` the record's time holds. */
export interface MembershipFacts {
  readonly audience: { readonly namespace: string; readonly segmentId: string }
  readonly status?: string
  readonly timeMs?: number
  readonly validUntilMs?: number
}

/** An XDM segmentMembership record in the shape of `schemas/segment-membership.avsc`. */
export function membershipValue(memberships: readonly MembershipFacts[]): object {
  const segmentMembership: Record<string, Record<string, object>> = {}
  for (const { audience, status, timeMs, validUntilMs } of memberships) {
    const segments = (segmentMembership[audience.namespace] ??= {})
    segments[audience.segmentId] = {
      ...(status === undefined ? {} : { status }),
      ...(timeMs === undefined ? {} : { lastQualificationTime: isoTime(timeMs) }),
      ...(validUntilMs === undefined ? {} : { validUntil: isoTime(validUntilMs) }),
    }
  }
  return { segmentMembership }
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
