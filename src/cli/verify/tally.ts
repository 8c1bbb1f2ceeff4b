import { audienceField, type StatusWords } from '../../domain/audience.ts'
import type { FoundContact, Verdict } from '../../domain/comparison.ts'
import type { DesiredContact } from '../../domain/contact.ts'
import type { FieldValue } from '../../domain/sell-fields.ts'
import type { NamedAudience } from '../../config/config.ts'

/** A contact that was compared. */
export interface ComparedContact {
  readonly email: string
  readonly desired: DesiredContact
  readonly contactId: number | null
  readonly verdict: Verdict
  /** `null` where it was not asked for, or is gone. */
  readonly found: FoundContact | null
}

/** How many contacts show each word of an audience. `other`: some text that is neither word. */
export interface StatusCounts {
  readonly realized: number
  readonly exited: number
  readonly other: number
}

/** One audience's contacts: what they should hold, and what Zendesk holds. */
export interface AudienceCounts {
  readonly field: string
  readonly namespace: string
  readonly segmentId: string
  readonly name: string | null
  readonly expected: StatusCounts
  readonly zendesk: StatusCounts
}

/** A contact that differs. `fields` is empty for one that is gone. */
export interface Difference {
  readonly contactId: number
  readonly email: string
  readonly type: 'drifted' | 'missing'
  readonly fields: readonly string[]
}

/** What was counted. */
export interface Counts {
  readonly contacts: Readonly<Record<'total' | Verdict['state'], number>>
  /** By target, how many contacts hold something else than was written. */
  readonly fields: Readonly<Record<string, number>>
  readonly audiences: readonly AudienceCounts[]
  /** The first {@link mostListed} that differ. */
  readonly differences: readonly Difference[]
  /** How many more there are. */
  readonly notListed: number
}

/** Counts contacts as they are compared. */
export interface Tally {
  add(contact: ComparedContact): void
  /** Contacts so far. */
  total(): number
  counts(): Counts
}

/** Most differences that are kept: the counts go on beyond. */
export const mostListed = 10_000

/** A tally of nothing. */
export function createTally(audiences: readonly NamedAudience[], words: StatusWords): Tally {
  const contacts = {
    total: 0,
    written: 0,
    drifted: 0,
    missing: 0,
    pending: 0,
    rejected: 0,
    without_contact: 0,
  }
  const fields = new Map<string, number>()
  const differences: Difference[] = []
  const shown = audiences.map((audience) => {
    const [expected, zendesk] = [noStatuses(), noStatuses()]
    return { audience, field: audienceField(audience), expected, zendesk }
  })

  function count(statuses: ReturnType<typeof noStatuses>, value: FieldValue): void {
    if (value === null || value === '') return
    if (value === words.realized) statuses.realized += 1
    else if (value === words.exited) statuses.exited += 1
    else statuses.other += 1
  }

  return {
    add({ email, desired, contactId, verdict, found }) {
      const { state, drifted } = verdict
      contacts.total += 1
      contacts[state] += 1
      for (const name of drifted) fields.set(name, (fields.get(name) ?? 0) + 1)
      for (const { field, expected, zendesk } of shown) {
        count(expected, desired.fields[field]?.value ?? null)
        count(zendesk, found?.fields[field] ?? null)
      }
      const differs = state === 'drifted' || state === 'missing'
      if (differs && contactId !== null && differences.length < mostListed)
        differences.push({ contactId, email, type: state, fields: drifted })
    },
    total: () => contacts.total,
    counts: () => ({
      contacts: { ...contacts },
      fields: Object.fromEntries([...fields].sort(([a], [b]) => (a < b ? -1 : 1))),
      audiences: shown.map(({ audience: { namespace, segmentId, name, mappingId }, expected, zendesk }) => ({
        field: mappingId,
        namespace,
        segmentId,
        name,
        expected: { ...expected },
        zendesk: { ...zendesk },
      })),
      differences: [...differences],
      notListed: contacts.drifted + contacts.missing - differences.length,
    }),
  }
}

function noStatuses() {
  return { realized: 0, exited: 0, other: 0 }
}
