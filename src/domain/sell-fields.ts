/**
 * A value that Sell takes in one field of a contact. `null` clears the field. A list is that of a multi-select field, or
 * the tags; a map the parts of an address that is a custom field, in the order of {@link addressParts}.
 */
export type FieldValue =
  string | number | boolean | null | readonly string[] | Readonly<Record<string, string>>

/** Values of contact fields, by name. */
export type FieldValues = Readonly<Record<string, FieldValue>>

/** Prefix of the field names that stand for Sell custom fields: `custom_fields.<name as shown in Sell's settings>`. */
export const customFieldPrefix = 'custom_fields.'

const textAttributes = [
  'first_name', 'last_name', 'title', 'description', 'industry', 'website', 'email', 'phone', 'mobile', 'fax',
  'twitter', 'facebook', 'linkedin', 'skype',
] as const // prettier-ignore

/** The parts of an address. */
export const addressParts = ['line1', 'city', 'postal_code', 'state', 'country'] as const
const addresses = ['address', 'billing_address', 'shipping_address'] as const

/** Attributes with a closed set of values (Sell contacts reference). */
export const closedValues: Readonly<Record<string, readonly string[]>> = {
  customer_status: ['none', 'current', 'past'],
  prospect_status: ['none', 'current', 'lost'],
}

/** Attributes that hold the id of something else in Sell: a whole number. */
export const idAttributes: readonly string[] = ['owner_id', 'contact_id']

/** The attribute that holds a contact's tags, ours and those of others. */
export const tagsField = 'tags'

/** Every contact attribute that a mapping can write, addresses by part: `address.city`. Custom fields come on top. */
export const mappableFields: readonly string[] = [
  ...textAttributes,
  ...Object.keys(closedValues),
  ...idAttributes,
  tagsField,
  ...addresses.flatMap((address) => addressParts.map((part) => `${address}.${part}`)),
]

/** Fields that cannot be cleared, with what to do instead in words for the person who tried. */
export const unclearableFields: Readonly<Record<string, string>> = {
  last_name: 'without a last name there is no contact',
  customer_status: 'write {default: none}',
  prospect_status: 'write {default: none}',
  owner_id: 'every contact has an owner',
}

/** Attributes that Sell has and a mapping cannot write, with the reason in words for the person who tried. */
export const unmappableFields: Readonly<Record<string, string>> = {
  id: 'Sell assigns it',
  creator_id: 'Sell assigns it',
  created_at: 'Sell assigns it',
  updated_at: 'Sell assigns it',
  name: 'Sell derives it from first_name and last_name',
  is_organization: 'every contact written is a person',
  parent_organization_id: 'organisations alone have one, and every contact written is a person',
  address: 'map its parts: address.line1, address.city, address.postal_code, address.state, address.country',
  billing_address: 'map its parts, as in billing_address.city',
  shipping_address: 'map its parts, as in shipping_address.city',
  custom_fields: 'name the field: custom_fields.<name as shown in Sell>',
}

/** The name of the custom field that `field` stands for, or `undefined` where it is a contact attribute. */
export function customFieldName(field: string): string | undefined {
  return field.startsWith(customFieldPrefix) ? field.slice(customFieldPrefix.length) : undefined
}

/** The address that `field` is a part of (`address.city` -> `address`), or `undefined`. */
export function addressOf(field: string): string | undefined {
  return addresses.find((address) => field.startsWith(`${address}.`))
}

/** The texts of a value that is a list; none of any other. */
export function listIn(value: FieldValue | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : []
}

/** True where writing `a` and writing `b` is the same. */
export function isSameValue(a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
