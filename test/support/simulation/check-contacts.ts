import type { Claims, DesiredContact } from '../../../src/domain/contact.ts'
import { customFieldName, type FieldValue, type FieldValues } from '../../../src/domain/sell-fields.ts'
import { type Fact, findFaults, type Held } from '../topology/oracle.ts'
import type { DurableRecords } from './durable.ts'
import { sharedEmail } from './inputs.ts'
import type { Report } from './violation.ts'
import type { SimulatedZendesk } from './zendesk.ts'

/** What the check of contacts knows. */
export interface ContactsWorld {
  readonly facts: readonly Fact[]
  readonly zendesk: SimulatedZendesk
  readonly durable: DurableRecords
  readonly nowMs: number
  readonly report: Report
}

/**
 * I1: every contact in Zendesk equals what a naive join of all inputs says.
 * - A contact that somebody removed by hand must be there again once the program had anything to send to it; until then it
 *   cannot know, and what counts is what the contact held.
 * - The e-mail that persons share holds of each field what any of them said of it last, but for names of one who left it
 *   since: those may have been sent or not. What each said is in the contacts topic: the records of the shared e-mail, folded
 *   by time, must be what Zendesk holds, and the last record of whoever has the e-mail now must be what the inputs say of
 *   that person.
 */
export function checkContacts({ facts, zendesk, durable, nowMs, report }: ContactsWorld): void {
  const held = [...zendesk.contacts(), ...removedUnseen(zendesk)]
  const own = held.filter(({ email }) => email !== sharedEmail)
  for (const person of new Set(facts.map((fact) => fact.person))) {
    const ofPerson = facts.filter((fact) => fact.person === person)
    const said = lastSaid(person, durable)
    const view = said !== null && isShared(ofPerson) ? [...own, { email: sharedEmail, fields: said }] : own
    for (const fault of findFaults(ofPerson, view, nowMs)) report('I1', fault)
  }
  for (const fault of sharedFaults(facts, held, durable)) report('I1', fault)
}

/** Contacts that were removed and nothing was sent to since, or found them gone on its way, as they were. */
function removedUnseen({ removals, requests }: SimulatedZendesk): readonly Held[] {
  return removals
    .filter(({ contact, atMs }) => {
      const ofContact = requests.filter(({ email }) => email === contact.email)
      return !ofContact.some(
        ({ sentMs, answersMs, outcome }) => sentMs >= atMs || (answersMs >= atMs && outcome === 'missing'),
      )
    })
    .map(({ contact }) => contact)
}

/** What the last record of a person for the shared e-mail says. */
function lastSaid(person: string, durable: DurableRecords): FieldValues | null {
  const last = durable.contacts(sharedEmail).findLast(({ value }) => value.personKey === person)
  return last === undefined ? null : valuesOf(last.value.fields)
}

function valuesOf(claims: Claims): FieldValues {
  return Object.fromEntries(Object.entries(claims).map(([name, { value }]) => [name, value]))
}

/** True for a person whose e-mail is the shared one, by all that was said. */
function isShared(facts: readonly Fact[]): boolean {
  const erasedMs = Math.max(...facts.map(({ type, timeMs }) => (type === 'erasure' ? timeMs : -Infinity)))
  const profiles = facts.flatMap((fact) => (fact.type === 'profile' && fact.timeMs > erasedMs ? [fact] : []))
  const last = profiles.sort((a, b) => a.timeMs - b.timeMs || a.order - b.order).at(-1)
  return last?.profile.email === sharedEmail
}

function sharedFaults(
  facts: readonly Fact[],
  held: readonly Held[],
  durable: DurableRecords,
): readonly string[] {
  const records = durable.contacts(sharedEmail).map(({ value }) => value)
  const isThere = (person: string): boolean => isShared(facts.filter((fact) => fact.person === person))
  const contact = held.find(({ email }) => email === sharedEmail)
  if (contact === undefined) {
    const isMissing = canBeMade(records) && records.some(({ personKey }) => isThere(personKey))
    return isMissing ? [`no contact ${sharedEmail}`] : []
  }
  return foldByTime(records)
    .filter(({ name, person }) => customFieldName(name) !== undefined || isThere(person))
    .filter(({ name, value }) => contact.fields[name] !== value)
    .map(
      ({ name, value }) =>
        `${sharedEmail} ${name} is not ${JSON.stringify(value)} but ${JSON.stringify(contact.fields[name])}`,
    )
}

/** Sell makes no contact without a last name. */
function canBeMade(records: readonly DesiredContact[]): boolean {
  return records.some(({ fields }) => fields['last_name'] !== undefined)
}

/** What was said of one field last, and by whom. */
interface Said {
  readonly name: string
  readonly value: FieldValue
  readonly timeMs: number
  readonly person: string
  readonly revision: number
}

/** Of each field the latest claim; of two as late, the one that came last, but never one that its own person has replaced. */
function foldByTime(records: readonly DesiredContact[]): readonly Said[] {
  const latest = new Map<string, Said>()
  for (const { personKey: person, revision, fields } of records) {
    for (const [name, { value, timeMs }] of Object.entries(fields)) {
      const before = latest.get(name)
      const isOutdated = before?.person === person && revision < before.revision
      if (before === undefined || timeMs > before.timeMs || (timeMs === before.timeMs && !isOutdated))
        latest.set(name, { name, value, timeMs, person, revision })
    }
  }
  return [...latest.values()]
}
