import { createContact, listContacts, upsertContact } from '../../../sandbox/zendesk-sell/contacts.ts'
import type {
  ContactOutcome,
  ListOutcome,
  OperationContext,
  RecordInput,
} from '../../../sandbox/zendesk-sell/contacts.ts'
import type { Contact } from '../../../sandbox/zendesk-sell/contact.ts'
import { defineCustomFields } from '../../../sandbox/zendesk-sell/custom-fields.ts'
import type { CustomFieldInput, CustomFields } from '../../../sandbox/zendesk-sell/custom-fields.ts'
import type { Refusal } from '../../../sandbox/zendesk-sell/errors.ts'
import { createContactStore } from '../../../sandbox/zendesk-sell/store.ts'
import { initialSwitches } from '../../../sandbox/zendesk-sell/switches.ts'
import type { SellSwitches } from '../../../sandbox/zendesk-sell/switches.ts'

/** One field of every type, plus one that is not for persons. */
export const everyField: readonly CustomFieldInput[] = [
  { name: 'VIP', type: 'string', filterable: true },
  { name: 'Notes', type: 'text' },
  { name: 'Score', type: 'number', filterable: true },
  { name: 'Member', type: 'bool' },
  { name: 'Since', type: 'date' },
  { name: 'Seen', type: 'datetime' },
  { name: 'Second e-mail', type: 'email' },
  { name: 'Second phone', type: 'phone' },
  { name: 'Blog', type: 'url' },
  { name: 'Branch', type: 'address' },
  { name: 'Churn', type: 'list', choices: ['realized', 'exited'], filterable: true },
  { name: 'Products', type: 'multi_select_list', choices: ['Notify', 'Forms', 'Pay'], filterable: true },
  { name: 'Tax id', type: 'string', for_contact: false, for_organisation: true },
]

/** Definitions of valid fields. */
export function fieldsOf(input: readonly CustomFieldInput[]): CustomFields {
  const defined = defineCustomFields(input)
  if (!defined.ok) throw new Error(defined.problems.join('; '))
  return defined.fields
}

/** An account whose clock the test sets: `at(ms)` is the context of an operation at that moment. */
export function createAccount(switches: Partial<SellSwitches> = {}) {
  const store = createContactStore()
  const customFields = fieldsOf(everyField)
  const startMs = Date.parse('2026-11-22T12:00:00Z')
  const at = (nowMs: number, now: Partial<SellSwitches> = {}): OperationContext => ({
    store,
    customFields,
    switches: { ...initialSwitches, ...switches, ...now },
    userId: 1,
    nowMs,
    epochMs: startMs + nowMs,
  })
  return {
    at,
    create: (input: RecordInput, nowMs = 0) => contactOf(createContact(at(nowMs), input)),
    upsert: (query: string, input: RecordInput, nowMs = 0) => upsertContact(at(nowMs), query, input),
    list: (query: string, nowMs = 0) => namesOf(listContacts(at(nowMs), query)),
  }
}

/** The contact of an outcome that has one; anything else fails the test. */
export function contactOf(outcome: ContactOutcome): Contact {
  if (outcome.kind !== 'contact') throw new Error(`expected a contact, found ${JSON.stringify(outcome)}`)
  return outcome.contact
}

/** The refusal of an outcome that is one; anything else fails the test. */
export function refusalOf(outcome: ContactOutcome | ListOutcome): Refusal {
  if (outcome.kind !== 'refused') throw new Error(`expected a refusal, found ${JSON.stringify(outcome)}`)
  return outcome.refusal
}

/** Status, codes and fields of a refusal, short enough for a table: `422 unknown /foo, missing /last_name`. */
export function briefly(outcome: ContactOutcome | ListOutcome): string {
  const { status, errors } = refusalOf(outcome)
  return `${status} ${errors.map(({ code, field }) => [code, field].filter(Boolean).join(' ')).join(', ')}`
}

/** Last names of a list in its order. */
export function namesOf(outcome: ListOutcome): readonly (string | null)[] {
  if (outcome.kind !== 'list') throw new Error(`expected a list, found ${JSON.stringify(outcome)}`)
  return outcome.contacts.map((contact) => contact.last_name ?? contact.name)
}
