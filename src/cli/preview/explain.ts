import { writesTags } from '../../deliver/tags.ts'
import { audienceField, deriveStatuses, isActive } from '../../domain/audience.ts'
import type { Audience } from '../../domain/audience.ts'
import type { ContactRules, DesiredContact, FieldClaim } from '../../domain/contact.ts'
import { standingOf } from '../../domain/comparison.ts'
import type { FieldMapping, MappedFields } from '../../domain/mapping.ts'
import type { Person } from '../../domain/person.ts'
import type { Digest, LedgerEntry } from '../../domain/ledger.ts'
import type { WritePlan } from '../../domain/plan.ts'
import { type FieldValue, tagsField } from '../../domain/sell-fields.ts'

/** One field of a contact, and why it is what it is. */
export interface ExplainedField {
  readonly target: string
  /** `undefined` where the field is left as Zendesk has it. */
  readonly value: FieldValue | undefined
  /** Where it comes from: a source of the mapping, or a segment. */
  readonly from: string
  readonly why: string
}

/** Why each mapped field and each audience of a person is what it is at `nowMs`. */
export function explainPerson(
  person: Person,
  mappings: readonly FieldMapping[],
  rules: ContactRules,
  nowMs: number,
): readonly ExplainedField[] {
  const { profile } = person
  const mapped = profile === null ? null : rules.map(profile.attributes)
  return [
    ...(profile === null || mapped === null
      ? []
      : mappings.map((row) => explainRow(row, mapped, profile.version.timeMs))),
    ...rules.audiences.map((audience) => explainAudience(audience, person, rules, nowMs)),
  ]
}

function explainRow(
  { target, source, transforms, whenNull }: FieldMapping,
  { fields, unusable }: MappedFields,
  timeMs: number,
): ExplainedField {
  const from = [source ?? '(no source)', ...transforms.map(({ type }) => type)].join(' | ')
  const value = fields[target]
  const misfit = unusable.find((field) => field.target === target)?.misfit
  const reason = misfit === undefined ? 'source missing' : `misfit: ${misfit}`
  if (value === undefined) return { target, value, from, why: `kept: ${reason}` }
  if (value === null && whenNull === 'clear') return { target, value, from, why: `cleared: ${reason}` }
  return { target, value, from, why: `profile of ${isoTime(timeMs)}` }
}

function explainAudience(
  audience: Audience,
  person: Person,
  { audiences, statusWords }: ContactRules,
  nowMs: number,
): ExplainedField {
  const target = audienceField(audience)
  const from = `${audience.namespace}/${audience.segmentId}`
  const status = deriveStatuses(person, audiences, statusWords, nowMs).find(({ field }) => field === target)
  const membership = person.memberships.find(
    ({ namespace, segmentId }) => namespace === audience.namespace && segmentId === audience.segmentId,
  )
  if (!isActive(audience, nowMs)) {
    const { startMs, endMs } = audience
    const isEarly = startMs !== null && nowMs < startMs
    const why = isEarly ? `before start date ${isoTime(startMs)}` : `after end date ${isoTime(endMs ?? 0)}`
    return { target, value: undefined, from, why: `kept: ${why}` }
  }
  if (status === undefined) return { target, value: undefined, from, why: 'kept: no membership' }
  if (audience.retired) return { target, value: status.word, from, why: 'cleared: the audience is retired' }
  return { target, value: status.word, from, why: whyStatus(membership, status.word === statusWords.exited) }
}

function whyStatus(membership: Person['memberships'][number] | undefined, isExited: boolean): string {
  if (membership === undefined) return 'exited: the person was erased'
  const { status, validUntilMs, version } = membership
  if (isExited && status === 'realized' && validUntilMs !== null)
    return `exited: ran out at ${isoTime(validUntilMs)}`
  return `${status} since ${isoTime(version.timeMs)}`
}

/** The fields of a contact as they lie in Kafka, and which of them were written. */
export function explainContact(
  desired: DesiredContact,
  ledger: LedgerEntry | null,
  digest: Digest,
): readonly ExplainedField[] {
  const { written } = standingOf(desired, ledger, digest)
  return Object.entries(desired.fields).map(([target, claim]: [string, FieldClaim]) => ({
    target,
    value: claim.value,
    from: `claim of ${isoTime(claim.timeMs)}`,
    why: whyWritten(Object.hasOwn(written, target), ledger?.fields[target] !== undefined),
  }))
}

function whyWritten(isWritten: boolean, isKnown: boolean): string {
  if (isWritten) return 'written'
  return isKnown ? 'another value was written, or is in doubt' : 'not written yet'
}

/** What a plan does, in words. */
export function describePlan(plan: WritePlan, desired: Pick<DesiredContact, 'state' | 'fields'>): string {
  switch (plan.type) {
    case 'upsert':
      return (
        `create or update by e-mail, with the fields ${listed(Object.keys(plan.fields))}` +
        (desired.state === 'active' && desired.fields[tagsField] !== undefined ? ', and then its tags' : '')
      )
    case 'update':
      return (
        `update the fields ${listed(Object.keys(plan.fields))} of contact ${plan.contactId}` +
        (writesTags(plan) ? ', with the tags of others that it has then' : '')
      )
    case 'look':
      return `read contact ${plan.contactId}, since a request of the fields ${listed(plan.names)} may have come late`
    case 'none':
      return `nothing: ${nothingWords[plan.reason]}`
  }
}

const nothingWords = {
  unchanged: 'unchanged',
  rejected: 'Zendesk refused the same before',
  no_contact: 'the person left the e-mail, and there is no contact',
} as const

function listed(names: readonly string[]): string {
  return [...names].sort().join(', ')
}

/** A time in ISO 8601, or the number where it is none that a date can hold. */
export function isoTime(timeMs: number): string {
  const date = new Date(timeMs)
  return Number.isNaN(date.getTime()) ? String(timeMs) : date.toISOString()
}
