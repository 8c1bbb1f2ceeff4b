import { nextStatusChangeMs } from '../domain/audience.ts'
import type { ContactRules } from '../domain/contact.ts'
import type { OutputRecord } from '../domain/record.ts'
import { emit, type Emission } from './emission.ts'
import { type ChangedPerson, personStoreKey } from './people.ts'
import type { InputRules } from './read-record.ts'
import type { AssemblePorts } from './ports.ts'

/** What the assemble stage of one partition goes by. */
export interface AssembleRules {
  readonly partition: number
  readonly contactsTopic: string
  readonly personsTopic: string
  inputOf(topic: string): InputRules
  readonly contact: ContactRules
}

/** When a published person's statuses change next without a new event; `null` where they will not. */
export interface NextChange {
  readonly personKey: string
  readonly atMs: number | null
}

/**
 * Emits what changed persons now make the contacts be, and makes the persons durable. Contacts go first: were a person
 * in the changelog before its contact is in the contacts topic, a crash between the two would find nothing left to emit.
 */
export async function publishPersons(
  ports: AssemblePorts,
  rules: AssembleRules,
  persons: readonly ChangedPerson[],
): Promise<readonly NextChange[]> {
  const nowMs = ports.nowMs()
  const published = persons.map((changed) => ({
    ...changed,
    emission: emit(changed, rules.contact, ports.digest, nowMs),
  }))
  const contacts = published.flatMap(({ emission }) => contactRecords(ports, rules, emission))
  if (contacts.length > 0) await ports.produce(contacts)
  const values = published.map(({ personKey, emission }) => ({
    personKey,
    value: ports.personCodec.encode(emission.stored),
  }))
  if (values.length > 0) {
    await ports.produce(
      values.map(({ personKey, value }) => ({
        topic: rules.personsTopic,
        partition: rules.partition,
        key: personKey,
        value,
      })),
    )
  }
  await ports.store.batch(values.map(({ personKey, value }) => ({ key: personStoreKey(personKey), value })))
  for (const { before, emission, changes } of published) {
    report(ports, rules, before.excluded, emission)
    reportAvoided(ports, emission, changes)
  }
  return published.map(({ personKey, person }) => ({
    personKey,
    atMs: nextStatusChangeMs(person, rules.contact.audiences, nowMs),
  }))
}

function contactRecords(ports: AssemblePorts, rules: AssembleRules, emission: Emission): OutputRecord[] {
  return emission.contacts.map((contact) => ({
    topic: rules.contactsTopic,
    key: contact.email,
    value: ports.contactCodec.encode(contact),
  }))
}

function report(
  ports: AssemblePorts,
  rules: AssembleRules,
  excludedBefore: ChangedPerson['before']['excluded'],
  emission: Emission,
): void {
  const { metrics } = ports
  if (excludedBefore !== emission.stored.excluded) {
    metrics.exclusionChanged(rules.partition, excludedBefore, emission.stored.excluded)
  }
  for (const contact of emission.contacts) metrics.contactEmitted(contact.state)
  for (const target of emission.unusable) metrics.fieldUnusable(target)
}

/** Of a person's changes in one batch the first may have made a contact record; an excluded person's made none to avoid. */
function reportAvoided({ metrics }: AssemblePorts, emission: Emission, changes: number): void {
  if (emission.stored.emitted === null || changes === 0) return
  if (emission.contacts.length === 0) metrics.requestAvoided('unmapped')
  for (let change = 1; change < changes; change += 1) metrics.requestAvoided('batched')
}
