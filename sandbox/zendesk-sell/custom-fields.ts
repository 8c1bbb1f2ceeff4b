import { createReader } from './input.ts'
import type { SellSwitches } from './switches.ts'

/** Types of custom fields (facts: custom fields). */
export const customFieldTypes = [
  'number',
  'string',
  'text',
  'bool',
  'date',
  'datetime',
  'email',
  'phone',
  'url',
  'address',
  'list',
  'multi_select_list',
] as const

/** One of the twelve types. */
export type CustomFieldType = (typeof customFieldTypes)[number]

// Sell lets an admin tick "Filterable" for these alone (facts: upsert).
const filterableTypes: readonly CustomFieldType[] = ['string', 'number', 'list', 'multi_select_list']
const listTypes: readonly CustomFieldType[] = ['list', 'multi_select_list']

/** A custom field as an admin sets it up; ids are given by position. Defaults: not filterable, persons only. */
export interface CustomFieldInput {
  readonly name: string
  readonly type: CustomFieldType
  readonly filterable?: boolean
  readonly for_contact?: boolean
  readonly for_organisation?: boolean
  /** Names of the choices; for `list` and `multi_select_list` only, and required there. */
  readonly choices?: readonly string[]
}

/** A custom field of contacts with every setting filled in. */
export interface CustomField {
  readonly id: number
  readonly name: string
  readonly type: CustomFieldType
  readonly filterable: boolean
  readonly for_contact: boolean
  readonly for_organisation: boolean
  readonly choices: readonly string[]
}

/** Definitions by exact name, in the order they were given. */
export type CustomFields = ReadonlyMap<string, CustomField>

/** Definitions, or what is wrong with them, one sentence each. */
export type DefinedFields =
  | { readonly ok: true; readonly fields: CustomFields }
  | { readonly ok: false; readonly problems: readonly string[] }

const statuses = ['realized', 'exited']

/** The fields of the demonstration: five audiences, single-line texts and dropdowns. */
export const demoCustomFields: readonly CustomFieldInput[] = [
  { name: 'VIP customers', type: 'string', filterable: true },
  { name: 'Newsletter readers', type: 'string' },
  { name: 'Abandoned cart', type: 'list', choices: statuses },
  { name: 'Churn risk', type: 'list', choices: statuses, filterable: true },
  { name: 'Trial users', type: 'string' },
]

function readDefinition(value: unknown, index: number): { field: CustomField; problems: readonly string[] } {
  const path = `custom_fields[${index}]`
  const reader = createReader(value, path)
  const field = {
    id: index + 1,
    name: reader.text('name'),
    type: reader.choice('type', customFieldTypes),
    filterable: reader.flag('filterable', false),
    for_contact: reader.flag('for_contact', true),
    for_organisation: reader.flag('for_organisation', false),
    choices: reader.texts('choices'),
  }
  const problems = [...reader.problems()]
  if (problems.length === 0) {
    const isList = listTypes.includes(field.type)
    if (isList && field.choices.length === 0) problems.push(`${path}: type '${field.type}' needs choices`)
    if (!isList && field.choices.length > 0) problems.push(`${path}: type '${field.type}' has no choices`)
    if (field.filterable && !filterableTypes.includes(field.type))
      problems.push(`${path}: only ${filterableTypes.join(', ')} can be filterable, not '${field.type}'`)
  }
  return { field, problems }
}

/** Checks a list of `CustomFieldInput` from JSON and fills in what is not given. */
export function defineCustomFields(input: unknown): DefinedFields {
  if (!Array.isArray(input)) return { ok: false, problems: ['custom_fields must be a list of definitions'] }
  const read = input.map(readDefinition)
  const problems = read.flatMap((entry) => entry.problems)
  const fields = new Map<string, CustomField>()
  for (const { field } of read) {
    if (fields.has(field.name)) problems.push(`custom_fields: the name '${field.name}' is given twice`)
    fields.set(field.name, field)
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, fields }
}

/** The definitions in the form `defineCustomFields` takes. */
export function customFieldsInput(fields: CustomFields): readonly CustomFieldInput[] {
  return [...fields.values()].map(({ choices, name, type, filterable, for_contact, for_organisation }) => ({
    name,
    type,
    filterable,
    for_contact,
    for_organisation,
    ...(choices.length > 0 ? { choices } : {}),
  }))
}

/** Body of `GET /v2/contact/custom_fields`: items without `meta`, as the captured sample has it. */
export function customFieldsBody(fields: CustomFields, choicesKey: SellSwitches['choicesKey']): unknown {
  return {
    items: [...fields.values()].map(({ id, name, type, for_organisation, for_contact, choices }) => ({
      data: {
        id,
        name,
        type,
        for_organisation,
        for_contact,
        ...(listTypes.includes(type)
          ? { [choicesKey]: choices.map((choice, index) => ({ id: index + 1, name: choice })) }
          : {}),
      },
    })),
  }
}
