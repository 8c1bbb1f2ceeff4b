import type { TakenContact } from '../../../src/deliver/dirty-set.ts'
import { type Urgency, urgencies } from '../../../src/domain/urgency.ts'

interface ModelContact {
  readonly email: string
  /** Times of all marks that no finished send covers, oldest first. */
  marks: number[]
  /** What the last mark said, unless an attempt failed since. */
  urgency: Urgency
  /** Marks ever, less those before it was clean last. */
  sequence: number
  attempt: number
  place: 'ready' | 'held' | 'inFlight'
  heldUntilMs: number
  /** How many of `marks` a send under way covers. */
  covered: number
}

/** A contact that is marked for the first time. */
function fresh(email: string, nowMs: number, urgency: Urgency): ModelContact {
  const rest = { sequence: 1, attempt: 0, place: 'ready', heldUntilMs: 0, covered: 0 } as const
  return { email, marks: [nowMs], urgency, ...rest }
}

function remark(contact: ModelContact, nowMs: number, urgency: Urgency): void {
  contact.marks.push(nowMs)
  contact.sequence += 1
  contact.urgency = urgency === 'backfill' && contact.attempt > 0 ? 'retry' : urgency
}

function takeOff(contact: ModelContact | undefined): TakenContact | undefined {
  if (contact === undefined) return undefined
  contact.place = 'inFlight'
  contact.covered = contact.marks.length
  const { email, urgency, sequence, attempt } = contact
  return { email, urgency, sequence, attempt }
}

/** The dirty set as the simplest thing that could work: a list in the order in which contacts wait, and all marks ever. */
export function createDirtyModel() {
  let nowMs = 0
  let queue: ModelContact[] = []

  function find(email: string): ModelContact | undefined {
    return queue.find((contact) => contact.email === email)
  }

  function toEnd(contact: ModelContact): void {
    queue = [...queue.filter((other) => other !== contact), contact]
  }

  function mark(email: string, urgency: Urgency): 'marked' | 'coalesced' {
    const known = find(email)
    if (known === undefined) queue.push(fresh(email, nowMs, urgency))
    else remark(known, nowMs, urgency)
    return known === undefined ? 'marked' : 'coalesced'
  }

  function land({ email }: TakenContact): ModelContact {
    const contact = find(email)
    if (contact?.place !== 'inFlight') throw new Error(`${email} is not in flight`)
    toEnd(contact)
    return contact
  }

  function hold(contact: ModelContact, delayMs: number): void {
    contact.place = 'held'
    contact.heldUntilMs = nowMs + delayMs
    toEnd(contact)
  }

  /** Whoever is due is ready behind all that are, the first due first, of those the first held first. */
  function wake(): void {
    const due = queue.filter(({ place, heldUntilMs }) => place === 'held' && heldUntilMs <= nowMs)
    for (const contact of due.sort((a, b) => a.heldUntilMs - b.heldUntilMs)) {
      contact.place = 'ready'
      toEnd(contact)
    }
  }

  function nextReady(urgency?: Urgency): ModelContact | undefined {
    wake()
    return firstReady(queue, urgency)
  }

  return {
    nowMs: () => nowMs,
    wait: (durationMs: number) => (nowMs += durationMs),
    mark,
    markHeld(email: string, delayMs: number, urgency: Urgency): 'marked' | 'coalesced' {
      const marked = mark(email, urgency)
      const contact = find(email)
      if (marked === 'marked' && contact !== undefined) hold(contact, delayMs)
      return marked
    },
    take: (urgency?: Urgency) => takeOff(nextReady(urgency)),
    settle(taken: TakenContact) {
      const contact = land(taken)
      contact.marks = contact.marks.slice(contact.covered)
      if (contact.marks.length === 0) {
        queue = queue.filter((other) => other !== contact)
        return
      }
      contact.place = 'ready'
      contact.attempt = 0
    },
    hold(taken: TakenContact, delayMs: number) {
      const contact = land(taken)
      contact.attempt += 1
      if (!['erasure', 'exit'].includes(contact.urgency)) contact.urgency = 'retry'
      hold(contact, delayMs)
    },
    release(taken: TakenContact) {
      land(taken).place = 'ready'
    },
    isInFlight: (email: string) => find(email)?.place === 'inFlight',
    isCurrent: (taken: TakenContact) => find(taken.email)?.sequence === taken.sequence,
    dueInMs: () => dueInMs(queue, nowMs),
    /** How many there are with this urgency, how old the oldest of them is, and how old the next that is ready. */
    of(urgency: Urgency) {
      const next = nextReady(urgency)
      const all = queue.filter((contact) => contact.urgency === urgency)
      return {
        size: all.length,
        oldestAgeMs: oldestAgeMs(all, nowMs),
        readyAgeMs: next === undefined ? null : nowMs - (next.marks[0] ?? nowMs),
      }
    },
    size: () => queue.length,
    oldestAgeMs: () => oldestAgeMs(queue, nowMs),
    /** The contacts with a mark that no finished send covers, by name. */
    unsent: () => queue.map(({ email }) => email).sort(),
  }
}

/** Of the most urgent that are ready, or of those with `urgency`, the first. */
function firstReady(queue: readonly ModelContact[], urgency?: Urgency): ModelContact | undefined {
  const ready = queue.filter(({ place }) => place === 'ready')
  const wanted = urgency ?? urgencies.find((one) => ready.some((contact) => contact.urgency === one))
  return ready.find((contact) => contact.urgency === wanted)
}

function dueInMs(queue: readonly ModelContact[], nowMs: number): number | undefined {
  if (queue.some(({ place }) => place === 'ready')) return 0
  const waits = queue.filter(({ place }) => place === 'held').map(({ heldUntilMs }) => heldUntilMs - nowMs)
  return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits))
}

function oldestAgeMs(contacts: readonly ModelContact[], nowMs: number): number {
  return Math.max(0, ...contacts.flatMap(({ marks }) => marks.map((markedMs) => nowMs - markedMs)))
}

/** See {@link createDirtyModel}. */
export type DirtyModel = ReturnType<typeof createDirtyModel>
