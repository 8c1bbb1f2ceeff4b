import type { SellSwitches } from './switches.ts'

/** Parts of an address (facts: contact fields). */
export const addressKeys = ['line1', 'city', 'postal_code', 'state', 'country'] as const

/** Writable attributes that hold a text or null. */
export const textAttributes = [
  'name',
  'first_name',
  'last_name',
  'title',
  'description',
  'industry',
  'website',
  'email',
  'phone',
  'mobile',
  'fax',
  'twitter',
  'facebook',
  'linkedin',
  'skype',
] as const

/** Writable attributes that hold the id of an organisation, or null. */
export const linkAttributes = ['contact_id', 'parent_organization_id'] as const

/** Writable attributes that hold an address, or null. */
export const addressAttributes = ['address', 'billing_address', 'shipping_address'] as const

/** The two statuses and the values each one takes. */
export const statusValues = {
  customer_status: ['none', 'current', 'past'],
  prospect_status: ['none', 'current', 'lost'],
} as const

/** One part of an address. */
export type AddressKey = (typeof addressKeys)[number]
/** An attribute that holds a text. */
export type TextAttribute = (typeof textAttributes)[number]
/** An attribute that points at an organisation. */
export type LinkAttribute = (typeof linkAttributes)[number]
/** An attribute that holds an address. */
export type AddressAttribute = (typeof addressAttributes)[number]
/** A status attribute. */
export type StatusAttribute = keyof typeof statusValues

/** An address as Sell returns it: every part, null when not set. */
export type Address = Readonly<Record<AddressKey, string | null>>
/** The parts of an address that a request sets. */
export type AddressPatch = Readonly<Partial<Record<AddressKey, string | null>>>
/** What a custom field can hold. */
export type CustomValue = string | boolean | readonly string[] | Address

/** A contact exactly as the `data` of a response has it. */
export interface Contact
  extends
    Readonly<Record<TextAttribute, string | null>>,
    Readonly<Record<LinkAttribute, number | null>>,
    Readonly<Record<AddressAttribute, Address | null>> {
  readonly id: number
  readonly creator_id: number
  readonly owner_id: number
  readonly is_organization: boolean
  readonly customer_status: (typeof statusValues.customer_status)[number]
  readonly prospect_status: (typeof statusValues.prospect_status)[number]
  readonly tags: readonly string[]
  readonly custom_fields: Readonly<Record<string, CustomValue>>
  readonly created_at: string
  readonly updated_at: string
}

/** What a valid request changes; an attribute that is absent stays as it is, a custom field set to null is cleared. */
export type Changes = Readonly<
  Partial<Record<TextAttribute, string | null>> &
    Partial<Record<LinkAttribute, number | null>> &
    Partial<Record<AddressAttribute, AddressPatch | null>> &
    Partial<Pick<Contact, 'owner_id' | 'is_organization' | StatusAttribute | 'tags'>> & {
      custom_fields?: Readonly<Record<string, CustomValue | null>>
    }
>

/** Sell writes times in UTC with whole seconds: `2014-08-27T16:32:56Z`. */
export function formatTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`
}

/** A contact with nothing set, in the member order of the documented responses. */
export function blankContact(id: number, userId: number, epochMs: number): Contact {
  const time = formatTime(epochMs)
  return {
    id,
    creator_id: userId,
    owner_id: userId,
    is_organization: false,
    contact_id: null,
    parent_organization_id: null,
    name: null,
    first_name: null,
    last_name: null,
    customer_status: 'none',
    prospect_status: 'none',
    title: null,
    description: null,
    industry: null,
    website: null,
    email: null,
    phone: null,
    mobile: null,
    fax: null,
    twitter: null,
    facebook: null,
    linkedin: null,
    skype: null,
    address: null,
    billing_address: null,
    shipping_address: null,
    tags: [],
    custom_fields: {},
    created_at: time,
    updated_at: time,
  }
}

const noAddress: Address = { line1: null, city: null, postal_code: null, state: null, country: null }

/** The full address that a request's parts make when nothing was there before. */
export function fillAddress(parts: AddressPatch): Address {
  return { ...noAddress, ...parts }
}

function nextAddress(
  before: Address | null,
  patch: AddressPatch | null | undefined,
  merge: SellSwitches['addressMerge'],
): Address | null {
  if (patch === undefined) return before
  if (patch === null) return null
  return merge === 'merge' && before !== null ? { ...before, ...patch } : fillAddress(patch)
}

function nextCustomFields(before: Contact['custom_fields'], changes: Changes): Contact['custom_fields'] {
  if (changes.custom_fields === undefined) return before
  // fromEntries, not assignment: a field may be called `__proto__`.
  const merged = Object.entries({ ...before, ...changes.custom_fields })
  return Object.fromEntries(merged.filter((entry): entry is [string, CustomValue] => entry[1] !== null))
}

/**
 * The contact after a valid write. Sent attributes replace, unsent ones stay, custom fields merge per key (facts:
 * merge semantics on update). A person's name follows from first and last name; an organisation has neither. Billing
 * and shipping address exist for customers and prospects only.
 */
export function applyChanges(
  before: Contact,
  changes: Changes,
  epochMs: number,
  merge: SellSwitches['addressMerge'],
): Contact {
  const next = {
    ...before,
    ...changes,
    address: nextAddress(before.address, changes.address, merge),
    billing_address: nextAddress(before.billing_address, changes.billing_address, merge),
    shipping_address: nextAddress(before.shipping_address, changes.shipping_address, merge),
    custom_fields: nextCustomFields(before.custom_fields, changes),
    updated_at: formatTime(epochMs),
  }
  const trades = next.customer_status !== 'none' || next.prospect_status !== 'none'
  const names = next.is_organization
    ? { first_name: null, last_name: null }
    : { name: [next.first_name, next.last_name].filter((part) => (part ?? '') !== '').join(' ') }
  return { ...next, ...names, ...(trades ? {} : { billing_address: null, shipping_address: null }) }
}
