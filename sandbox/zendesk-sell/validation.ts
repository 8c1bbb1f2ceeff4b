import { addressAttributes, linkAttributes, statusValues, textAttributes } from './contact.ts'
import type { AddressAttribute, Changes, Contact, LinkAttribute, TextAttribute } from './contact.ts'
import type { CustomFields } from './custom-fields.ts'
import { accept, checkAddress, checkCustomFields, checkText, reject, wrongType } from './custom-values.ts'
import type { Checked } from './custom-values.ts'
import { pointerStep } from './errors.ts'
import type { Problem } from './errors.ts'
import type { SellSwitches } from './switches.ts'

/** What a record is checked against. `current` is the contact an update changes; without it the record is new. */
export interface RecordContext {
  readonly current?: Contact
  readonly customFields: CustomFields
  readonly switches: SellSwitches
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name)
}

// What the checkers share about the record they look into.
interface Scope {
  readonly context: RecordContext
  readonly isOrganization: boolean
}

function checkTextAttribute(name: TextAttribute, value: unknown, scope: Scope): Checked<Changes> {
  const { switches } = scope.context
  // A description is prose; no limit of one line applies to it.
  const limits = name === 'description' ? { ...switches, maxLengths: 'off' as const } : switches
  const checked = value === null ? accept(null) : checkText(`/${name}`, value, limits)
  return checked.ok ? accept({ [name]: checked.value }) : checked
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function checkLink(name: LinkAttribute, value: unknown, scope: Scope): Checked<Changes> {
  if (value === null) return accept({ [name]: null })
  if (!isId(value)) return wrongType(`/${name}`, 'a positive integer or null')
  // contact_id names a person's organisation, parent_organization_id that of an organisation.
  if ((name === 'contact_id') === scope.isOrganization) {
    const kind = name === 'contact_id' ? 'individuals' : 'organizations'
    return reject(`/${name}`, 'incorrect_value', `The attribute '/${name}' is available for ${kind} only.`)
  }
  return accept({ [name]: value })
}

function checkAddressAttribute(name: AddressAttribute, value: unknown, scope: Scope): Checked<Changes> {
  const checked = value === null ? accept(null) : checkAddress(`/${name}`, value, scope.context.switches)
  return checked.ok ? accept({ [name]: checked.value }) : checked
}

function checkKind(value: unknown, { context: { current } }: Scope): Checked<Changes> {
  if (typeof value !== 'boolean') return wrongType('/is_organization', 'a boolean')
  if (current !== undefined && current.is_organization !== value) {
    const details = "The attribute '/is_organization' can be set on creation only."
    return reject('/is_organization', 'incorrect_value', details)
  }
  return accept({ is_organization: value })
}

function checkTags(value: unknown, { context: { switches } }: Scope): Checked<Changes> {
  if (!Array.isArray(value)) return wrongType('/tags', 'an array of strings')
  const checked = value.map((tag, index) => checkText(`/tags/${index}`, tag, switches))
  const problems = checked.flatMap((tag) => (tag.ok ? [] : tag.problems))
  if (problems.length > 0) return { ok: false, problems }
  return accept({ tags: [...new Set(checked.flatMap((tag) => (tag.ok ? [tag.value] : [])))] })
}

function checkStatus<V extends string>(
  name: string,
  value: unknown,
  values: readonly V[],
  toChanges: (status: V) => Changes,
): Checked<Changes> {
  if (typeof value !== 'string') return wrongType(`/${name}`, 'a string')
  const status = values.find((known) => known === value)
  return status === undefined ? reject(`/${name}`, 'incorrect_value') : accept(toChanges(status))
}

function checkOther(name: string, value: unknown, scope: Scope): Checked<Changes> {
  const { customFields, switches } = scope.context
  switch (name) {
    case 'is_organization':
      return checkKind(value, scope)
    case 'owner_id':
      return isId(value) ? accept({ owner_id: value }) : wrongType('/owner_id', 'a positive integer')
    case 'customer_status':
      return checkStatus(name, value, statusValues.customer_status, (status) => ({ customer_status: status }))
    case 'prospect_status':
      return checkStatus(name, value, statusValues.prospect_status, (status) => ({ prospect_status: status }))
    case 'tags':
      return checkTags(value, scope)
    case 'custom_fields': {
      const checked = checkCustomFields(value, customFields, scope.isOrganization, switches)
      return checked.ok ? accept({ custom_fields: checked.value }) : checked
    }
    default:
      // Read-only attributes (id, creator_id, created_at, updated_at) end here too: no write knows them.
      return reject(pointerStep(name), 'unknown')
  }
}

function checkAttribute(name: string, value: unknown, scope: Scope): Checked<Changes> {
  if (isOneOf(textAttributes, name)) return checkTextAttribute(name, value, scope)
  if (isOneOf(linkAttributes, name)) return checkLink(name, value, scope)
  if (isOneOf(addressAttributes, name)) return checkAddressAttribute(name, value, scope)
  return checkOther(name, value, scope)
}

function checkRequired(data: Readonly<Record<string, unknown>>, scope: Scope): readonly Problem[] {
  const name = scope.isOrganization ? 'name' : 'last_name'
  const given = Object.hasOwn(data, name) ? data[name] : undefined
  const keeps = given === undefined && scope.context.current !== undefined
  const isBlank = given === undefined || given === null || (typeof given === 'string' && given.trim() === '')
  return isBlank && !keeps ? [{ pointer: `/${name}`, code: scope.context.switches.blankCode }] : []
}

/**
 * Checks the `data` of a request against every documented rule and reports all problems at once, attribute by
 * attribute in the order sent, then the required attribute (`last_name` of persons, `name` of organisations).
 */
export function checkRecord(
  data: Readonly<Record<string, unknown>>,
  context: RecordContext,
): Checked<Changes> {
  const isOrganization = context.current?.is_organization ?? data['is_organization'] === true
  const scope = { context, isOrganization }
  const checked = Object.entries(data).map(([name, value]) => checkAttribute(name, value, scope))
  const problems = [
    ...checked.flatMap((attribute) => (attribute.ok ? [] : attribute.problems)),
    ...checkRequired(data, scope),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const changes = checked.flatMap((attribute) => (attribute.ok ? [attribute.value] : []))
  return accept(changes.reduce<Changes>((all, one) => ({ ...all, ...one }), {}))
}
