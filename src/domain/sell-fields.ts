/** A value that Sell takes in one field of a contact. `null` clears the field. */
export type FieldValue = string | number | boolean | null

/** Prefix of the field names that stand for Sell custom fields: `custom_fields.<name as shown in Sell's settings>`. */
export const customFieldPrefix = 'custom_fields.'

const textAttributes = [
  'first_name', 'last_name', 'title', 'description', 'industry', 'website', 'email', 'phone', 'mobile', 'fax',
  'twitter', 'facebook', 'linkedin', 'skype',
] as const // prettier-ignore

const addressParts = ['line1', 'city', 'postal_code', 'state', 'country'] as const
const addresses = ['address', 'billing_address', 'shipping_address'] as const

/** Attributes with a closed set of values (Sell contacts reference). */
export const closedValues: Readonly<Record<string, readonly string[]>> = {
  customer_status: ['none', 'current', 'past'],
  prospect_status: ['none', 'current', 'lost'],
}

/** Every contact attribute that a mapping can write, addresses by part: `address.city`. Custom fields come on top. */
export const mappableFields: readonly string[] = [
  ...textAttributes,
  ...Object.keys(closedValues),
  ...addresses.flatMap((address) => addressParts.map((part) => `${address}.${part}`)),
]

/** Attributes that Sell has and a mapping cannot write, with the reason in words for the person who tried. */
export const unmappableFields: Readonly<Record<string, string>> = {
  id: 'Sell assigns it',
  creator_id: 'Sell assigns it',
  created_at: 'Sell assigns it',
  updated_at: 'Sell assigns it',
  name: 'Sell derives it from first_name and last_name',
  is_organization: 'every contact written is a person',
  contact_id: 'links to organisations are not supported',
  parent_organization_id: 'links to organisations are not supported',
  owner_id: 'Sell sets it to the owner of the token; changing it is not supported',
  tags: 'tags are not supported yet',
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
