import type { ContactRules, DesiredContact } from '../domain/contact.ts'
import { emit, emitAgain, type Emission } from './emission.ts'
import type { ChangedPerson } from './people.ts'
import type { PersonIndex } from './person-index.ts'
import type { InputRules } from './read-record.ts'
import type { AssemblePorts, StoreWrite } from './ports.ts'
import type { StoredPerson } from './stored-person.ts'

/** What the assemble stage of one partition goes by. */
export interface AssembleRules {
  readonly partition: number
  readonly contactsTopic: string
  readonly personsTopic: string
  /** The topic of copies. */
  readonly replayTopic: string
  /** `null` for a topic that is no input. */
  inputOf(topic: string): InputRules | null
  readonly contact: ContactRules
  /** Equal as long as the rules are: where it differs, every person may make another contact. */
  readonly digest: string
}

/**
 * Makes changed persons durable, and emits what they now make the contacts be; `also` is written with them. Persons go
 * first: a contact that says what no stored person vouches for could not be taken back, were the input read in another
 * order after a crash. What a crash between the two keeps from being emitted is all of one batch, the last:
 * {@link emitLastBatch}.
 */
export async function publishPersons(
  ports: AssemblePorts,
  rules: AssembleRules,
  index: PersonIndex,
  persons: readonly ChangedPerson[],
  also: readonly StoreWrite[],
): Promise<void> {
  const nowMs = ports.nowMs()
  const revision = index.nextRevision(nowMs)
  const published = persons
    .map((changed) => ({ ...changed, emission: emit(changed, rules.contact, ports.digest, nowMs, revision) }))
    .filter(isChanged)
  if (published.length === 0) {
    if (also.length > 0) await ports.store.batch(also)
    return
  }
  const changes = published.map(({ personKey, before, emission: { stored } }) => ({
    personKey,
    before,
    after: stored,
    value: ports.personCodec.encode(stored),
  }))
  const logged = await ports.store.log(
    changes.map(({ personKey, value }) => ({
      topic: rules.personsTopic,
      partition: rules.partition,
      key: personKey,
      value,
    })),
  )
  await produceContacts(
    ports,
    rules,
    published.flatMap(({ emission }) => emission.contacts),
  )
  await ports.store.batch([...index.store(changes), ...also], logged)
  for (const { before, emission, changes: events } of published) {
    report(ports, rules, before.excluded, emission)
    reportAvoided(ports, emission, events)
  }
}

/**
 * Emits again what `persons`, those with the highest revision of all stored, made the contacts be. To be done before
 * anything else is published: only the last batch can have been made durable and not been emitted.
 */
export async function emitLastBatch(
  ports: AssemblePorts,
  rules: AssembleRules,
  persons: readonly (readonly [personKey: string, stored: StoredPerson])[],
): Promise<void> {
  const nowMs = ports.nowMs()
  await produceContacts(
    ports,
    rules,
    persons.flatMap(([personKey, stored]) => emitAgain(personKey, stored, rules.contact, nowMs)),
  )
}

/** An event changed the person, or the passing of time what the person makes of a contact. */
function isChanged({ person, before, emission }: ChangedPerson & { readonly emission: Emission }): boolean {
  return (
    person !== before.person ||
    emission.contacts.length > 0 ||
    emission.stored.excluded !== before.excluded ||
    emission.stored.nextChangeMs !== before.nextChangeMs
  )
}

async function produceContacts(
  ports: AssemblePorts,
  rules: AssembleRules,
  contacts: readonly DesiredContact[],
): Promise<void> {
  if (contacts.length === 0) return
  await ports.produce(
    contacts.map((contact) => ({
      topic: rules.contactsTopic,
      key: contact.email,
      value: ports.contactCodec.encode(contact),
    })),
  )
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
  for (const { target, misfit } of emission.unusable) metrics.fieldUnusable(target, misfit)
}

/** Of a person's changes in one batch the first may have made a contact record; an excluded person's made none to avoid. */
function reportAvoided({ metrics }: AssemblePorts, emission: Emission, changes: number): void {
  if (emission.stored.emitted === null || changes === 0) return
  if (emission.contacts.length === 0) metrics.requestAvoided('unmapped')
  for (let change = 1; change < changes; change += 1) metrics.requestAvoided('batched')
}
