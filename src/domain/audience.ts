import type { Membership } from './membership.ts'
import type { Person } from './person.ts'
import { customFieldPrefix } from './sell-fields.ts'

/** A people audience and the Sell custom field that shows a person's status in it. */
export interface Audience {
  /** Origin of the segment, for example `ups`. */
  readonly namespace: string
  readonly segmentId: string
  /** AEP's Mapping ID: the name of the Sell custom field. */
  readonly mappingId: string
  /** Epoch milliseconds before which nothing is sent for the audience, or `null`. */
  readonly startMs: number | null
  /** Epoch milliseconds after which nothing changes any more for the audience, or `null`. */
  readonly endMs: number | null
  /** True for an audience that is shown no more: its field is cleared where it shows a status, whatever the dates. */
  readonly retired: boolean
}

/** The words written for the two statuses. */
export interface StatusWords {
  readonly realized: string
  readonly exited: string
}

/** One audience's status word, `null` where it is retired, and the time of the membership that says so. */
export interface AudienceStatus {
  readonly field: string
  readonly word: string | null
  readonly timeMs: number
}

/** The name under which an audience's status stands among a contact's fields. */
export function audienceField(audience: Audience): string {
  return customFieldPrefix + audience.mappingId
}

/** True from an audience's start date to its end date: outside, its field is left as it is. A retired one has no dates. */
export function isActive({ startMs, endMs, retired }: Audience, nowMs: number): boolean {
  return retired || ((startMs === null || nowMs >= startMs) && (endMs === null || nowMs < endMs))
}

/** What an audience's field holds for a status. */
export function wordOf({ retired }: Audience, status: keyof StatusWords, words: StatusWords): string | null {
  return retired ? null : words[status]
}

/**
 * A person's status in every active audience of which something is known; no membership is no status, not `exited`. Of a
 * person who was erased it is not known any more which audiences that ended, so it ended all of them that nothing newer
 * speaks of: also of somebody who came back before the exits were sent.
 */
export function deriveStatuses(
  person: Person,
  audiences: readonly Audience[],
  words: StatusWords,
  nowMs: number,
): readonly AudienceStatus[] {
  return audiences.flatMap((audience) => {
    const membership = findMembership(person, audience)
    if (!isActive(audience, nowMs)) return []
    if (membership === undefined) {
      const { erasedAtMs } = person
      return erasedAtMs === null
        ? []
        : [{ field: audienceField(audience), word: wordOf(audience, 'exited', words), timeMs: erasedAtMs }]
    }
    const status = isExpired(membership, nowMs) ? 'exited' : membership.status
    const word = wordOf(audience, status, words)
    return [{ field: audienceField(audience), word, timeMs: membership.version.timeMs }]
  })
}

/**
 * The next time after `nowMs` at which the person's statuses can change without a new event: a membership runs out, an
 * audience starts or ends. `null` where there is none.
 */
export function nextStatusChangeMs(
  person: Person,
  audiences: readonly Audience[],
  nowMs: number,
): number | null {
  const times = audiences.flatMap((audience) => {
    const membership = findMembership(person, audience)
    const isSilent = membership === undefined && person.erasedAtMs === null
    if (isSilent || audience.retired) return []
    return [membership?.validUntilMs ?? null, audience.startMs, audience.endMs]
  })
  const ahead = times.filter((timeMs) => timeMs !== null).filter((timeMs) => timeMs > nowMs)
  return ahead.length === 0 ? null : Math.min(...ahead)
}

function isExpired(membership: Membership, nowMs: number): boolean {
  return membership.validUntilMs !== null && membership.validUntilMs <= nowMs
}

function findMembership(person: Person, audience: Audience): Membership | undefined {
  return person.memberships.find(
    (membership) =>
      membership.namespace === audience.namespace && membership.segmentId === audience.segmentId,
  )
}
