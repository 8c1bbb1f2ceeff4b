import { type Json, ownMember, isJsonObject } from './json.ts'
import { xdmMember } from './path.ts'

/** Longest e-mail address that can be delivered to (RFC 5321 4.5.3.1.3). */
const maxEmailLength = 254

/** Control and format characters (a zero-width space from a web page) and halves of surrogate pairs. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}]/u

/** Namespaces that hold hashes of addresses, which Zendesk cannot match: `email_lc_sha256`, but not `SharedEmail`. */
const hashedNamespace = /sha(?![a-z])|md5|hash/i

/** True for an identity namespace that holds hashes instead of addresses. */
export function isHashedNamespace(namespace: string): boolean {
  return hashedNamespace.test(namespace)
}

/** The address trimmed and lower-cased, or `undefined` where it is none that mail could reach. */
export function normaliseEmail(text: string): string | undefined {
  const email = text.trim().toLowerCase()
  if (email.length > maxEmailLength || unseen.test(email)) return undefined
  return /^[^\s@"<>(),;:\\]+@[^\s@"<>(),;:\\]+\.[^\s@."<>(),;:\\]+$/.test(email) ? email : undefined
}

/**
 * The person's e-mail from `identityMap`, whose namespace is matched whatever its case (`Email`, `EMAIL`): the primary
 * valid one, else the first authenticated valid one, else the first valid one.
 */
export function chooseEmail(profile: Json, namespace: string): string | undefined {
  const valid = identities(profile, namespace)
    .map((identity) => ({ identity, email: emailOf(identity) }))
    .filter((candidate): candidate is { identity: Json; email: string } => candidate.email !== undefined)
  const chosen =
    valid.find(({ identity }) => xdmMember(identity, 'primary') === true) ??
    valid.find(({ identity }) => xdmMember(identity, 'authenticatedState') === 'authenticated') ??
    valid[0]
  return chosen?.email
}

function identities(profile: Json, namespace: string): readonly Json[] {
  const map = xdmMember(profile, 'identityMap')
  if (map === undefined || !isJsonObject(map)) return []
  return Object.keys(map)
    .filter((key) => key.toLowerCase() === namespace.toLowerCase())
    .flatMap((key) => {
      const list = ownMember(map, key)
      return Array.isArray(list) ? (list as readonly Json[]) : []
    })
}

function emailOf(identity: Json): string | undefined {
  const id = typeof identity === 'string' ? identity : xdmMember(identity, 'id')
  return typeof id === 'string' ? normaliseEmail(id) : undefined
}
