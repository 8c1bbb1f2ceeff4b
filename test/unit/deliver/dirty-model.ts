import type { TakenContact } from '../../../src/deliver/dirty-set.ts'

interface ModelContact {
  readonly email: string
  /** Times of all marks that no finished send covers, oldest first. */
  marks: number[]
  /** Marks ever, less those before it was clean last. */
  sequence: number
  attempt: number
  place: 'ready' | 'held' | 'inFlight'
  heldUntilMs: number
  /** How many of `marks` a send under way covers. */
  covered: number
}

/** A contact that is marked for the first time. */
function fresh(email: string, nowMs: number): ModelContact {
  return { email, marks: [nowMs], sequence: 1, attempt: 0, place: 'ready', heldUntilMs: 0, covered: 0 }
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

  function mark(email: string): 'marked' | 'coalesced' {
    const known = find(email)
    if (known === undefined) {
      queue.push(fresh(email, nowMs))
      return 'marked'
    }
    known.marks.push(nowMs)
    known.sequence += 1
    return 'coalesced'
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

  return {
    nowMs: () => nowMs,
    wait: (durationMs: number) => (nowMs += durationMs),
    mark,
    markHeld(email: string, delayMs: number): 'marked' | 'coalesced' {
      const marked = mark(email)
      const contact = find(email)
      if (marked === 'marked' && contact !== undefined) hold(contact, delayMs)
      return marked
    },
    take(): TakenContact | undefined {
      for (const contact of queue.filter(
        ({ place, heldUntilMs }) => place === 'held' && heldUntilMs <= nowMs,
      )) {
        contact.place = 'ready'
        toEnd(contact)
      }
      const contact = queue.find(({ place }) => place === 'ready')
      if (contact === undefined) return undefined
      contact.place = 'inFlight'
      contact.covered = contact.marks.length
      return { email: contact.email, sequence: contact.sequence, attempt: contact.attempt }
    },
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
      hold(contact, delayMs)
    },
    release(taken: TakenContact) {
      land(taken).place = 'ready'
    },
    isInFlight: (email: string) => find(email)?.place === 'inFlight',
    dueInMs(): number | undefined {
      if (queue.some(({ place }) => place === 'ready')) return 0
      const waits = queue
        .filter(({ place }) => place === 'held')
        .map(({ heldUntilMs }) => heldUntilMs - nowMs)
      return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits))
    },
    size: () => queue.length,
    oldestAgeMs: () =>
      Math.max(0, ...queue.flatMap(({ marks }) => marks.map((markedMs) => nowMs - markedMs))),
    /** The contacts with a mark that no finished send covers, by name. */
    unsent: () => queue.map(({ email }) => email).sort(),
  }
}

/** See {@link createDirtyModel}. */
export type DirtyModel = ReturnType<typeof createDirtyModel>
