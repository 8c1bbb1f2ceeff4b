import { isObject } from './xdm-names.ts'

/** Namespaces whose identities serve as person key before any other, in this order, whatever their case. */
const firstNamespaces = ['crmid', 'crm', 'ecid']

/** Namespaces that serve only where there is no other: addresses change, hashes and numbers are shared. */
const lastNamespaces = [
  'email',
  'phone',
  'email_lc_sha256',
  'phone_e.164',
  'phone_sha256',
  'phone_sha256_e.164',
]

/**
 * The person key that follows from an `identityMap` in the shape of the schema, or `undefined` where it has no identity.
 * Namespaces in this order: CRMID, CRM, ECID; all others by name; e-mail, phone, hashes. Within one the primary identity,
 * else the first authenticated one, else the first. An e-mail is trimmed and lower-cased: its spelling varies.
 */
export function personKeyOf(identityMap: unknown): string | undefined {
  if (!isObject(identityMap)) return undefined
  const namespaces = Object.entries(identityMap)
    .map(([name, identities]) => ({ name: name.toLowerCase(), identities }))
    .sort((a, b) => rankOf(a.name) - rankOf(b.name) || (a.name < b.name ? -1 : 1))
  for (const { name, identities } of namespaces) {
    const id = chooseId(identities)
    if (id !== undefined) return name === 'email' ? id.toLowerCase() : id
  }
  return undefined
}

function rankOf(namespace: string): number {
  const first = firstNamespaces.indexOf(namespace)
  return first === -1 ? lastNamespaces.indexOf(namespace) + firstNamespaces.length + 1 : first
}

function chooseId(identities: unknown): string | undefined {
  const usable = (Array.isArray(identities) ? (identities as readonly unknown[]) : [])
    .filter(isObject)
    .filter(({ id }) => typeof id === 'string' && id.trim() !== '')
  const chosen =
    usable.find(({ primary }) => primary === true) ??
    usable.find(({ authenticatedState }) => authenticatedState === 'authenticated') ??
    usable[0]
  return chosen === undefined ? undefined : String(chosen['id']).trim()
}
