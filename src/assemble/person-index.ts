import type { ExclusionReason } from '../domain/contact.ts'
import { personStoreKey } from './people.ts'
import type { Store, StoreWrite } from './ports.ts'
import type { StoredPerson } from './stored-person.ts'

const summaryKey = 'assemble/summary'
const duePrefix = 'due/'
const utf8 = new TextEncoder()
const nothing = new Uint8Array()

/** What a task knows of all its persons together, so that it can start without reading them. */
export interface Summary {
  /** The highest revision of all. */
  readonly revision: number
  /** How many are excluded, by reason. */
  readonly excluded: Readonly<Partial<Record<ExclusionReason, number>>>
  /** Digest of the rules by which all of them were last compared with their contacts; `null` before the first time. */
  readonly rules: string | null
}

/** One person of a batch, before and after it. */
export interface PersonChange {
  readonly personKey: string
  readonly before: StoredPerson
  readonly after: StoredPerson
  /** The value that stores `after`, `null` where the person is forgotten. */
  readonly value: Uint8Array | null
}

/** Persons whose contacts were perhaps not emitted when they were stored, and those whose statuses are due to change. */
export interface DuePerson {
  readonly personKey: string
  readonly atMs: number
}

/** The persons of a task with what finds them again: by time, by what has to be emitted again, and counted. */
export interface PersonIndex {
  summary(): Summary
  /** The next revision, higher than all before; at least the clock's. */
  nextRevision(nowMs: number): number
  /** The writes that store these changes, the index included. */
  store(changes: readonly PersonChange[]): readonly StoreWrite[]
  /** The write that notes by which rules all persons were compared. */
  comparedBy(rules: string): StoreWrite
  /** Up to `limit` persons whose statuses were to change by `nowMs`, longest ago first. */
  due(nowMs: number, limit: number): Promise<readonly DuePerson[]>
  /** The write that makes a person due at once. */
  dueNow(personKey: string): StoreWrite
  /** The write that takes a due person out. */
  settle(due: DuePerson): StoreWrite
}

const emptySummary: Summary = { revision: 0, excluded: {}, rules: null }

/** The index in `store`, as it stands there. */
export async function openPersonIndex(store: Store): Promise<PersonIndex> {
  const stored = await store.get(summaryKey)
  let summary =
    stored === undefined ? emptySummary : (JSON.parse(new TextDecoder().decode(stored)) as Summary)

  function summaryWrite(): StoreWrite {
    return { key: summaryKey, value: utf8.encode(JSON.stringify(summary)) }
  }

  return {
    summary: () => summary,
    nextRevision: (nowMs) => Math.max(summary.revision + 1, nowMs),
    store(changes) {
      const writes = changes.flatMap((change) => changeWrites(change))
      summary = {
        ...summary,
        revision: Math.max(summary.revision, ...changes.map(({ after }) => after.revision)),
        excluded: recount(summary.excluded, changes),
      }
      return [...writes, summaryWrite()]
    },
    comparedBy(rules) {
      summary = { ...summary, rules }
      return summaryWrite()
    },
    async due(nowMs, limit) {
      const found: DuePerson[] = []
      for await (const [key] of store.range({ gte: duePrefix, lt: dueKey(nowMs + 1, '') })) {
        const [, atMs = ''] = key.split('/', 2)
        found.push({ atMs: Number(atMs), personKey: key.slice(duePrefix.length + atMs.length + 1) })
        if (found.length === limit) break
      }
      return found
    },
    dueNow: (personKey) => ({ key: dueKey(0, personKey), value: nothing }),
    settle: ({ atMs, personKey }) => ({ key: dueKey(atMs, personKey), value: null }),
  }
}

/** Fifteen digits: text order is then that of time, for as long as Date can count. */
function dueKey(atMs: number, personKey: string): string {
  return `${duePrefix}${String(atMs).padStart(15, '0')}/${personKey}`
}

function changeWrites({ personKey, before, after, value }: PersonChange): readonly StoreWrite[] {
  const writes: StoreWrite[] = [{ key: personStoreKey(personKey), value }]
  if (before.nextChangeMs === after.nextChangeMs) return writes
  if (before.nextChangeMs !== null) writes.push({ key: dueKey(before.nextChangeMs, personKey), value: null })
  if (after.nextChangeMs !== null) writes.push({ key: dueKey(after.nextChangeMs, personKey), value: nothing })
  return writes
}

function recount(counts: Summary['excluded'], changes: readonly PersonChange[]): Summary['excluded'] {
  const recounted = { ...counts }
  for (const { before, after } of changes) {
    if (before.excluded === after.excluded) continue
    if (before.excluded !== null) recounted[before.excluded] = (recounted[before.excluded] ?? 0) - 1
    if (after.excluded !== null) recounted[after.excluded] = (recounted[after.excluded] ?? 0) + 1
  }
  return recounted
}
