import type { GroupCoordinator } from '../../../sandbox/memory-kafka/group-coordinator.ts'
import type { StoredPerson } from '../../../src/assemble/stored-person.ts'
import type { PartitionOffset } from '../../../src/runtime/ports.ts'
import { statusField } from '../topology/configuration.ts'
import type { Fact } from '../topology/oracle.ts'
import type { DurableRecords } from './durable.ts'
import type { AppendedInput } from './inputs.ts'
import type { Report } from './violation.ts'

/** What the check of commits knows. */
export interface CommitWorld {
  readonly durable: DurableRecords
  readonly appended: readonly AppendedInput[]
  readonly report: Report
  /** The offset behind the last record of a partition. */
  endOffset(position: PartitionOffset): number
}

/**
 * I5: looks at every commit that the group accepted. It must come from the member that owns the partition; every input
 * record before it must be in the person's durable record, and what that says of a contact in the contacts topic, or be a
 * dead letter. What was found durable once is not looked at again.
 */
export function createCommitCheck(world: CommitWorld) {
  const checkedTo = new Map<string, number>()

  return function committed(
    group: GroupCoordinator,
    memberId: string,
    positions: readonly PartitionOffset[],
  ): void {
    for (const position of positions) {
      const { topic, partition, offset } = position
      const place = `${topic}/${partition}`
      const owner = group.ownerOf(partition)
      if (owner !== memberId)
        world.report('I5', `${memberId} committed ${place} at ${offset}, which ${owner ?? 'nobody'} owns`)
      if (offset > world.endOffset(position))
        world.report('I5', `${place} was committed at ${offset}, behind its end ${world.endOffset(position)}`)
      const from = checkedTo.get(place) ?? 0
      checkedTo.set(place, Math.max(from, offset))
      for (const input of world.appended) {
        if (input.topic !== topic || input.partition !== partition) continue
        if (input.offset < from || input.offset >= offset) continue
        const missing = whatIsMissing(input, world.durable)
        if (missing === null) continue
        world.report(
          'I5',
          `${place} was committed at ${offset}, but of the record at ${input.offset} ${missing}`,
        )
      }
    }
  }
}

/** What a record causes and is not durable, in words; `null` where everything is. */
function whatIsMissing(input: AppendedInput, durable: DurableRecords): string | null {
  const { fact } = input
  if (fact === null) return isDeadLetter(input, durable) ? null : 'there is no dead letter'
  // The batch that is under way may have written its persons and not yet their contacts. It is the last one at most.
  const last = durable.persons(fact.person).slice(-2)
  const covering = last.filter(({ value }) => covers(value, input, fact))
  if (covering.length === 0) return `the person ${fact.person} says nothing`
  const isEmitted = covering.some(
    ({ value }) => !isLatest(value, input, fact) || saysContact(value, fact, durable),
  )
  return isEmitted ? null : `no contact of ${fact.person} says it`
}

/** True where a dead letter holds the record byte for byte, and says where it is from. */
export function isDeadLetter(input: AppendedInput, durable: DurableRecords): boolean {
  return durable
    .deadLetters()
    .some(
      ({ key, value, headers }) =>
        headerText(headers?.['zendesk-activation.source-topic']) === input.topic &&
        headerText(headers?.['zendesk-activation.source-partition']) === String(input.partition) &&
        headerText(headers?.['zendesk-activation.source-offset']) === String(input.offset) &&
        isSame(typeof key === 'string' ? new TextEncoder().encode(key) : key, input.key) &&
        isSame(value, input.value),
    )
}

function headerText(header: string | Uint8Array | undefined): string | undefined {
  return header === undefined || typeof header === 'string' ? header : new TextDecoder().decode(header)
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0
}

type At = Pick<AppendedInput, 'offset'>

/** True where a stored person has taken a fact in: it holds this or something later in its place. */
export function covers({ person }: StoredPerson, { offset }: At, fact: Fact): boolean {
  if (person.erasedAtMs !== null && person.erasedAtMs >= fact.timeMs) return true
  if (fact.type === 'erasure') return false
  const version = versionOf({ person }, fact)
  if (version === null) return false
  return version.timeMs > fact.timeMs || (version.timeMs === fact.timeMs && version.offset >= offset)
}

/** True where the person holds this very record. */
function isLatest(stored: StoredPerson, { offset }: At, fact: Fact): boolean {
  const version = versionOf(stored, fact)
  return version !== null && version.timeMs === fact.timeMs && version.offset === offset
}

function versionOf({ person }: Pick<StoredPerson, 'person'>, fact: Fact) {
  if (fact.type === 'erasure') return null
  if (fact.type === 'profile') return person.profile?.version ?? null
  const { audience } = fact
  const segmentId = 'segmentId' in audience ? audience.segmentId : null
  return person.memberships.find((membership) => membership.segmentId === segmentId)?.version ?? null
}

/** True where a contact record of the person says what the fact says, or the person makes none. */
function saysContact({ excluded, person }: StoredPerson, fact: Fact, durable: DurableRecords): boolean {
  if (excluded !== null || person.profile === null || fact.type === 'erasure') return true
  const field = fact.type === 'profile' ? 'last_name' : statusField(fact.audience)
  return durable
    .contactsOf(fact.person)
    .some(({ value }) => (value.fields[field]?.timeMs ?? -Infinity) >= fact.timeMs)
}
