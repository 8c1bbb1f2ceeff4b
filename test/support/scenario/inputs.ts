import type { MemoryKafka } from '../../../sandbox/memory-kafka/memory-kafka.ts'
import type { Scheduler } from '../simulation/scheduler.ts'
import type { Avro } from '../topology/avro.ts'
import { tierField } from '../topology/configuration.ts'
import { type MembershipFacts, membershipValue, profileValue } from '../topology/inputs.ts'
import type { Freshness } from './freshness.ts'
import type { ScenarioZendesk } from './scenario-zendesk.ts'

/** The input topics of a scenario, and what was written to them. */
export interface ScenarioInputs {
  /** An event: the profile of a person says something that no record said before. Their e-mail is {@link emailOf}. */
  event(person: string): void
  /** Says the newest of a person once more, now. */
  repeat(person: string): void
  membership(person: string, membership: MembershipFacts): void
  /** Records of both topics. */
  written(): number
  /** Persons of whom Zendesk does not hold the newest. */
  lost(zendesk: ScenarioZendesk): number
}

/** The e-mail of a person: the person itself where that is one, else one made of it. */
export function emailOf(person: string): string {
  return person.includes('@') ? person : `${person}@example.com`
}

/** Inputs to which nothing was written. `freshness` hears of events. */
export function createInputs(
  kafka: MemoryKafka,
  avro: Avro,
  scheduler: Scheduler,
  freshness: () => Freshness,
): ScenarioInputs {
  const newest = new Map<string, number>()
  let events = 0
  let written = 0

  function append(topic: string, key: string, value: Uint8Array): void {
    const record = { topic, key, value }
    kafka.append([record], kafka.partitionOf(record))
    written += 1
  }

  function say(person: string, number: number): void {
    const profile = { email: emailOf(person), lastName: 'Doe', firstName: 'Ann', tier: String(number) }
    append('profiles', person, avro.encodeProfile(profileValue(profile)))
  }

  return {
    event(person) {
      events += 1
      newest.set(person, events)
      freshness().happened(emailOf(person), events, scheduler.nowMs())
      say(person, events)
    },
    repeat(person) {
      const number = newest.get(person)
      if (number !== undefined) say(person, number)
    },
    membership: (person, membership) =>
      append('segment-memberships', person, avro.encodeMembership(membershipValue([membership]))),
    written: () => written,
    lost(zendesk) {
      const held = new Map(zendesk.contacts().map(({ email, fields }) => [email, fields[tierField]]))
      return [...newest].filter(([person, number]) => held.get(emailOf(person)) !== String(number)).length
    },
  }
}
