import { audiences } from './setup.ts'

/**
 * What Zendesk should hold for one e-mail once the sample is in. Fields that are `null` must be absent.
 * `mayBeMissing`: the person left this e-mail, so the contact exists only if it was written before that.
 */
export interface ExpectedContact {
  readonly fields: Readonly<Record<string, string | null>>
  readonly mayBeMissing: boolean
}

interface Person {
  profile: { timeMs: number; value: Line } | null
  statuses: Map<string, { timeMs: number; status: string; untilMs: number }>
  left: Set<string>
}

type Dict = Record<string, unknown>

/** A line of the sample, as far as it matters here. */
interface Line extends Dict {
  readonly personKey?: string
  readonly tombstone?: boolean
  readonly identityMap?: Readonly<Record<string, readonly Identity[]>>
  readonly segmentMembership?: Readonly<Record<string, Readonly<Record<string, Status>>>>
  readonly _repo?: { readonly modifyDate: string | number }
}

interface Identity {
  readonly id: string
  readonly primary?: boolean
  readonly authenticatedState?: string
}

interface Status {
  readonly status?: string
  readonly lastQualificationTime?: string | number
  readonly timestamp?: string
  readonly validUntil?: string
}

/**
 * The sample's contacts by e-mail, worked out from the file in the plainest way and with nothing of the program's code:
 * newest profile, newest status per audience, first usable e-mail.
 */
export function expectContacts(ndjson: string, nowMs: number): ReadonlyMap<string, ExpectedContact> {
  const people = new Map<string, Person>()
  for (const line of ndjson.split('\n').filter((text) => text.trim() !== ''))
    takeIn(people, plainNames(JSON.parse(line)))
  const contacts = new Map<string, ExpectedContact>()
  for (const person of people.values()) {
    for (const email of person.left)
      contacts.set(email, { fields: statusFields(person, nowMs, true), mayBeMissing: true })
    const email = person.profile === null ? undefined : emailOf(person.profile.value)
    const lastName = text(person.profile?.value, 'person', 'name', 'lastName')
    if (person.profile === null || email === undefined || lastName === null) continue
    const fields = { ...attributeFields(person.profile.value), ...statusFields(person, nowMs, false) }
    contacts.set(email, { fields, mayBeMissing: false })
  }
  return contacts
}

function takeIn(people: Map<string, Person>, line: Line): void {
  const key =
    line.personKey ?? firstId(line, 'CRMID') ?? firstId(line, 'ECID') ?? JSON.stringify(line.identityMap)
  const person = people.get(key) ?? { profile: null, statuses: new Map(), left: new Set<string>() }
  people.set(key, person)
  if (line.tombstone === true) {
    leave(person)
    person.profile = null
    person.statuses.clear()
  }
  for (const [namespace, segments] of Object.entries(line.segmentMembership ?? {})) {
    for (const [id, membership] of Object.entries(segments))
      takeStatus(person, `${namespace}/${id}`, membership)
  }
  if (line._repo !== undefined) takeProfile(person, line, line._repo.modifyDate)
}

function takeProfile(person: Person, line: Line, modifyDate: string | number): void {
  const timeMs = new Date(modifyDate).getTime()
  if (timeMs < (person.profile?.timeMs ?? -Infinity)) return
  if (person.profile !== null && emailOf(person.profile.value) !== emailOf(line)) leave(person)
  person.profile = { timeMs, value: line }
}

function firstId({ identityMap }: Line, namespace: string): string | undefined {
  return identityMap?.[namespace]?.[0]?.id
}

function leave(person: Person): void {
  const email = person.profile === null ? undefined : emailOf(person.profile.value)
  if (email !== undefined) person.left.add(email)
}

function takeStatus(person: Person, segment: string, membership: Status): void {
  const status = (membership.status ?? 'realized').replace('existing', 'realized')
  if (status !== 'realized' && status !== 'exited') return
  const timeMs = new Date(membership.lastQualificationTime ?? membership.timestamp ?? Number.NaN).getTime()
  const untilMs = new Date(membership.validUntil ?? '9999-12-31').getTime()
  const known = person.statuses.get(segment)
  if (known === undefined || timeMs >= known.timeMs) person.statuses.set(segment, { timeMs, status, untilMs })
}

function statusFields(person: Person, nowMs: number, gone: boolean): Record<string, string | null> {
  return Object.fromEntries(
    audiences.map(({ namespace, segmentId, mappingId }) => {
      const known = person.statuses.get(`${namespace}/${segmentId}`)
      if (known === undefined) return [mappingId, null]
      return [mappingId, gone || known.untilMs <= nowMs ? 'exited' : known.status]
    }),
  )
}

function attributeFields(profile: Line): Record<string, string | null> {
  return {
    first_name: text(profile, 'person', 'name', 'firstName'),
    last_name: text(profile, 'person', 'name', 'lastName'),
    mobile: text(profile, 'mobilePhone', 'number'),
    title: text(profile, 'extendedWorkDetails', 'jobTitle'),
    'address.line1': text(profile, 'homeAddress', 'street1'),
    'address.city': text(profile, 'homeAddress', 'city'),
    'address.postal_code': text(profile, 'homeAddress', 'postalCode'),
    'address.country': text(profile, 'homeAddress', 'country'),
  }
}

function emailOf(profile: Line): string | undefined {
  const identities = Object.entries(profile.identityMap ?? {})
    .filter(([namespace]) => namespace.toLowerCase() === 'email')
    .flatMap(([, list]) => list)
    .filter(({ id }) => /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(id.trim()))
  const chosen =
    identities.find(({ primary }) => primary === true) ??
    identities.find(({ authenticatedState }) => authenticatedState === 'authenticated') ??
    identities[0]
  return chosen?.id.trim().toLowerCase()
}

function text(value: unknown, ...path: readonly string[]): string | null {
  const found = path.reduce<unknown>((at, name) => (at as Dict | undefined)?.[name], value)
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : null
}

/** Without the `xdm:` prefix; `repo:modifyDate` as exports have it. */
function plainNames(value: unknown): Line {
  const plain = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(plain)
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(
      Object.entries(part).map(([name, member]) => [name.replace(/^xdm:/, ''), plain(member)]),
    )
  }
  const line = plain(value) as Line & { readonly 'repo:modifyDate'?: string }
  const modifyDate = line['repo:modifyDate']
  return modifyDate === undefined ? line : { ...line, _repo: { modifyDate } }
}
