import type { Contact } from './contact.ts'

// One state of a contact and the moment (server's monotonic ms) from which lists and filters see it.
interface Version {
  readonly contact: Contact
  readonly visibleAtMs: number
}

/**
 * All contacts. A contact has one current state, which get by id reads, and possibly older ones that lists and
 * filters still see because the index lags (facts: read-after-write lag).
 */
export interface ContactStore {
  nextId: number
  readonly versions: Map<number, readonly Version[]>
  /** Ids by trimmed, lower-cased e-mail of any version kept: a superset of the matches of every `emailMatch`. */
  readonly idsByEmail: Map<string, Set<number>>
}

/** A store without contacts. */
export function createContactStore(): ContactStore {
  return { nextId: 1, versions: new Map(), idsByEmail: new Map() }
}

/** The widest form in which two e-mails can count as equal: without outer blanks and in lower case. */
export function foldEmail(email: string): string {
  return email.trim().toLowerCase()
}

function emailsOf(versions: readonly Version[]): ReadonlySet<string> {
  return new Set(
    versions.flatMap(({ contact }) => (contact.email === null ? [] : [foldEmail(contact.email)])),
  )
}

function reindex(store: ContactStore, id: number, before: readonly Version[], after: readonly Version[]) {
  const kept = emailsOf(after)
  for (const email of emailsOf(before)) {
    if (kept.has(email)) continue
    const ids = store.idsByEmail.get(email)
    ids?.delete(id)
    if (ids?.size === 0) store.idsByEmail.delete(email)
  }
  for (const email of kept) {
    const ids = store.idsByEmail.get(email)
    if (ids === undefined) store.idsByEmail.set(email, new Set([id]))
    else ids.add(id)
  }
}

function visibleIndex(versions: readonly Version[], nowMs: number): number {
  return versions.findLastIndex((version) => version.visibleAtMs <= nowMs)
}

/** Makes `contact` the current state of its id; lists and filters see it from `nowMs + lagMs` on. */
export function putContact(store: ContactStore, contact: Contact, nowMs: number, lagMs: number): void {
  const before = store.versions.get(contact.id) ?? []
  // States older than the one now visible can never be seen again.
  const live = before.slice(Math.max(0, visibleIndex(before, nowMs)))
  const added = { contact, visibleAtMs: nowMs + lagMs }
  const after = lagMs === 0 ? [added] : [...live, added]
  store.versions.set(contact.id, after)
  store.nextId = Math.max(store.nextId, contact.id + 1)
  reindex(store, contact.id, before, after)
}

/** Takes a contact out of everything at once; false when there is none with that id. */
export function removeContact(store: ContactStore, id: number): boolean {
  const before = store.versions.get(id)
  if (before === undefined) return false
  store.versions.delete(id)
  reindex(store, id, before, [])
  return true
}

/** The current state of a contact. */
export function currentContact(store: ContactStore, id: number): Contact | undefined {
  return store.versions.get(id)?.at(-1)?.contact
}

/** The current state of every contact by ascending id, without any lag. */
export function currentContacts(store: ContactStore): readonly Contact[] {
  return [...store.versions.values()].flatMap((versions) => versions.at(-1)?.contact ?? [])
}

function visibleContact(store: ContactStore, id: number, nowMs: number): Contact | undefined {
  const versions = store.versions.get(id) ?? []
  return versions[visibleIndex(versions, nowMs)]?.contact
}

/** What lists and filters see, by ascending id; with `email`, only contacts that could match it. */
export function visibleContacts(store: ContactStore, nowMs: number, email?: string): readonly Contact[] {
  const ids =
    email === undefined
      ? store.versions.keys()
      : [...(store.idsByEmail.get(foldEmail(email)) ?? [])].sort((a, b) => a - b)
  const visible: Contact[] = []
  for (const id of ids) {
    const contact = visibleContact(store, id, nowMs)
    if (contact !== undefined) visible.push(contact)
  }
  return visible
}
