import { emit } from '../../assemble/emission.ts'
import type { StoredPerson } from '../../assemble/stored-person.ts'
import type { Config } from '../../config/config.ts'
import { type DesiredContact, deriveContact, mergeContacts } from '../../domain/contact.ts'
import type { Person } from '../../domain/person.ts'
import { planWrite } from '../../domain/plan.ts'
import { contactRules, digest } from '../assemble-stage.ts'
import { describePlan, explainPerson } from './explain.ts'
import type { KnownState } from './known-state.ts'
import type { Preview, PreviewedContact } from './result.ts'

/** A person, as something makes them, beside what is stored. */
export interface PersonToPreview {
  readonly personKey: string
  readonly person: Person
  readonly before: StoredPerson
}

/** What the program would make of a person at `nowMs`: the contacts, why, and what would be sent. */
export async function previewPerson(
  config: Config,
  known: Pick<KnownState, 'contact'>,
  { personKey, person, before }: PersonToPreview,
  nowMs: number,
): Promise<Preview> {
  const rules = contactRules(config)
  const changes = person === before.person ? 0 : 1
  // Later than everything that is stored, as the program's next batch is.
  const revision = Number.MAX_SAFE_INTEGER
  const changed = { personKey, person, before, changes, replayed: false }
  const emission = emit(changed, rules, digest, nowMs, revision)
  const derived = deriveContact(personKey, person, rules, nowMs)
  const released = emission.contacts.filter(({ state }) => state === 'released')
  const current: readonly DesiredContact[] =
    derived.type === 'contact' ? [{ ...derived.contact, revision, cause: 'change' }] : []
  const contacts: PreviewedContact[] = []
  for (const incoming of [...released, ...current]) contacts.push(await previewContact(known, incoming))
  const email = derived.type === 'contact' ? derived.contact.email : undefined
  const namespace = config.identityNamespace
  return {
    person: { key: personKey, person },
    ...(derived.type === 'excluded' ? { excluded: derived.reason } : {}),
    contacts,
    fields: [
      { target: 'email', value: email, from: `identityMap.${namespace}`, why: whyEmail(email) },
      ...explainPerson(person, config.fieldMappings, rules, nowMs),
    ],
  }
}

function whyEmail(email: string | undefined): string {
  return email === undefined ? 'there is no contact' : 'the e-mail of the contact'
}

async function previewContact(
  known: Pick<KnownState, 'contact'>,
  incoming: DesiredContact,
): Promise<PreviewedContact> {
  const { email } = incoming
  const { desired, ledger } = await known.contact(email)
  const merged = desired === null ? incoming : mergeContacts(desired, incoming)
  const send = describePlan(planWrite(merged, ledger, digest), merged)
  return { email, state: merged.state, contactId: ledger?.contactId ?? null, send }
}
