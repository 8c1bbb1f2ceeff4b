import type { MemoryKafka, NewRecord } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import type { Avro } from '../topology/avro.ts'
import { audiences } from '../topology/configuration.ts'
import { membershipValue, profileValue } from '../topology/inputs.ts'
import type { Fact } from '../topology/oracle.ts'
import type { Badness, Input } from './plan.ts'

/** An input record as it was appended, with what it says. */
export interface AppendedInput {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly appendedMs: number
  /** What it says of a person; `null` for a record that cannot be used. */
  readonly fact: Fact | null
}

/** Writes the inputs of a plan, and remembers them. */
export interface InputWriter {
  write(input: Input): void
  readonly appended: readonly AppendedInput[]
  /** How many persons the records named. */
  persons(): number
}

/** A writer that has not written anything. */
export function createInputWriter(kafka: MemoryKafka, avro: Avro, nowMs: () => number): InputWriter {
  const appended: AppendedInput[] = []
  const persons = new Set<string>()
  const last = new Map<string, { readonly record: NewRecord; readonly fact: Fact }>()

  function append(record: NewRecord, fact: Fact | null): void {
    const partition = kafka.partitionOf(record)
    const offset = kafka.append([record], partition) - 1
    const key = typeof record.key === 'string' ? new TextEncoder().encode(record.key) : record.key
    const { topic, value } = record
    if (key !== null) persons.add(Buffer.from(key).toString('hex'))
    const numbered = fact === null ? null : { ...fact, order: appended.length }
    appended.push({ topic, partition, offset, key, value, appendedMs: nowMs(), fact: numbered })
  }

  function appendFact(
    person: string,
    record: Pick<NewRecord, 'topic' | 'value' | 'timestampMs'>,
    fact: Fact,
  ): void {
    const keyed = { ...record, key: person }
    last.set(person, { record: keyed, fact })
    append(keyed, fact)
  }

  return {
    appended,
    persons: () => persons.size,
    write(input) {
      const { person } = input
      const now = nowMs()
      switch (input.type) {
        case 'profile': {
          const profile = {
            ...emailOf(input),
            ...(input.hasLastName ? { lastName: 'Doe' } : {}),
            ...(input.tier === null ? {} : { tier: input.tier }),
            firstName: input.firstName,
          }
          const timeMs = now - input.ageMs
          const value = avro.encodeProfile(profileValue(profile))
          const fact = { type: 'profile' as const, person, timeMs, order: 0, profile }
          appendFact(person, { topic: 'profiles', value, timestampMs: timeMs }, fact)
          return
        }
        case 'membership': {
          const audience = audiences[input.audience]
          const timeMs = now - input.ageMs
          const validUntilMs = input.validForMs === null ? null : now + input.validForMs
          const until = validUntilMs === null ? {} : { validUntilMs }
          const { status } = input
          const value = avro.encodeMembership(membershipValue([{ audience, status, timeMs, ...until }]))
          const fact = {
            type: 'membership' as const,
            person,
            timeMs,
            order: 0,
            audience,
            status,
            validUntilMs,
          }
          appendFact(person, { topic: 'segment-memberships', value }, fact)
          return
        }
        case 'erasure':
          appendFact(
            person,
            { topic: 'profiles', value: null, timestampMs: now },
            { type: 'erasure', person, timeMs: now, order: 0 },
          )
          return
        case 'again': {
          const before = last.get(person)
          if (before !== undefined) append({ timestampMs: now, ...before.record }, before.fact)
          return
        }
        case 'bad':
          append(badRecord(input, avro), null)
      }
    },
  }
}

/** The e-mail of whoever shares one. */
export const sharedEmail = 'shared@example.com'

function emailOf({ person, email }: Input & { type: 'profile' }): { readonly email?: string } {
  if (email === 'none') return {}
  return { email: email === 'shared' ? sharedEmail : `${person}-${email}@example.com` }
}

function badRecord(input: Input & { type: 'bad' }, avro: Avro): NewRecord {
  const { topic, person, badness } = input
  const isProfile = topic === 'profiles'
  const good = isProfile
    ? avro.encodeProfile(profileValue({ email: `${person}-a@example.com`, lastName: 'Doe' }))
    : avro.encodeMembership(membershipValue([{ audience: audiences.vip, status: 'realized' }]))
  const bytes: Readonly<Record<Badness, () => Uint8Array>> = {
    'no avro': () => Buffer.from('no avro at all'),
    'unknown schema': () => Buffer.concat([Buffer.from([0, 0, 0, 3, 231]), good.subarray(5)]),
    truncated: () => good.subarray(0, Math.floor(good.length / 2)),
    'no key': () => good,
    'unknown status': () =>
      isProfile
        ? Buffer.from([7])
        : avro.encodeMembership(membershipValue([{ audience: audiences.vip, status: 'perhaps' }])),
  }
  return { topic, key: badness === 'no key' ? null : person, value: bytes[badness]() }
}
