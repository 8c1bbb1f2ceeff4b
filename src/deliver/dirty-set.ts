/** A contact that may differ from Zendesk. */
interface DirtyContact {
  /** Grows with every mark: a send that began at an older number may not clear it. */
  sequence: number
  /** Failed attempts since the last settled one. */
  attempt: number
  /** Monotonic milliseconds of the first mark since the contact was last clean. */
  readonly markedAtMs: number
  /** Monotonic milliseconds of the first mark since it was last taken, `null` where there was none. */
  remarkedAtMs: number | null
}

/** A contact handed out for one send. */
export interface TakenContact {
  readonly email: string
  readonly sequence: number
  readonly attempt: number
}

/**
 * The contacts of one task that may differ from Zendesk: not events but keys, so its size is bounded by the number of
 * contacts, whatever Zendesk does. A contact is in one of three places, and handed out only from the first:
 * `ready` in order of arrival; `held` until a time, after a failed attempt; `inFlight` while a send is under way, which
 * makes a second send for it impossible.
 */
export interface DirtySet {
  /** Marks a contact dirty. Says `coalesced` where it was dirty already and needs no request of its own. */
  mark(email: string, nowMs: number): 'marked' | 'coalesced'
  /** Marks a contact dirty; if it was clean, it is held until `untilMs`. */
  markHeld(email: string, nowMs: number, untilMs: number): 'marked' | 'coalesced'
  /** Hands out the contact that is due longest, or `undefined`. It stays in flight until settled, held or dropped. */
  take(nowMs: number): TakenContact | undefined
  /** True where the contact was not marked since it was taken. */
  isCurrent(taken: TakenContact): boolean
  /** The send is done: the contact is clean unless it was marked since. */
  settle(taken: TakenContact): void
  /** The send failed: the contact waits until `untilMs` and counts one attempt more. */
  hold(taken: TakenContact, untilMs: number): void
  /** The send did not count: the contact is ready again, at the end of the queue. */
  release(taken: TakenContact): void
  isInFlight(email: string): boolean
  /** Milliseconds until a contact is due: 0 where one is ready, `undefined` where none will be by itself. */
  dueInMs(nowMs: number): number | undefined
  /** Number of dirty contacts, in flight or not. */
  size(): number
  /** Age of the oldest dirty contact in milliseconds, 0 where there is none. */
  oldestAgeMs(nowMs: number): number
}

/** An empty {@link DirtySet}. All times are monotonic milliseconds. */
export function createDirtySet(): DirtySet {
  const contacts = new Map<string, DirtyContact>()
  const ready = new Set<string>()
  const held = new Map<string, number>()
  const inFlight = new Set<string>()

  function wakeHeld(nowMs: number): void {
    for (const [email, untilMs] of held) {
      if (untilMs > nowMs) continue
      held.delete(email)
      ready.add(email)
    }
  }

  function mark(email: string, nowMs: number): 'marked' | 'coalesced' {
    const known = contacts.get(email)
    if (known !== undefined) {
      known.sequence += 1
      known.remarkedAtMs ??= nowMs
      return 'coalesced'
    }
    contacts.set(email, { sequence: 1, attempt: 0, markedAtMs: nowMs, remarkedAtMs: null })
    ready.add(email)
    return 'marked'
  }

  return {
    mark,
    markHeld(email, nowMs, untilMs) {
      const marked = mark(email, nowMs)
      if (marked === 'marked' && ready.delete(email)) held.set(email, untilMs)
      return marked
    },
    take(nowMs) {
      wakeHeld(nowMs)
      const [email] = ready
      const contact = email === undefined ? undefined : contacts.get(email)
      if (email === undefined || contact === undefined) return undefined
      ready.delete(email)
      inFlight.add(email)
      contact.remarkedAtMs = null
      return { email, sequence: contact.sequence, attempt: contact.attempt }
    },
    isCurrent: ({ email, sequence }) => contacts.get(email)?.sequence === sequence,
    settle({ email, sequence }) {
      inFlight.delete(email)
      const contact = contacts.get(email)
      if (contact === undefined) return
      contacts.delete(email)
      if (contact.sequence === sequence) return
      contacts.set(email, { ...contact, attempt: 0, markedAtMs: contact.remarkedAtMs ?? contact.markedAtMs })
      ready.add(email)
    },
    hold({ email }, untilMs) {
      inFlight.delete(email)
      const contact = contacts.get(email)
      if (contact === undefined) return
      contact.attempt += 1
      held.set(email, untilMs)
    },
    release({ email }) {
      inFlight.delete(email)
      ready.add(email)
    },
    isInFlight: (email) => inFlight.has(email),
    dueInMs(nowMs) {
      if (ready.size > 0) return 0
      let dueMs = Infinity
      for (const untilMs of held.values()) dueMs = Math.min(dueMs, untilMs)
      return dueMs === Infinity ? undefined : Math.max(0, dueMs - nowMs)
    },
    size: () => contacts.size,
    oldestAgeMs(nowMs) {
      // All of them: one that was marked again during a send stands behind others that were marked later.
      let oldestMs = nowMs
      for (const { markedAtMs } of contacts.values()) oldestMs = Math.min(oldestMs, markedAtMs)
      return nowMs - oldestMs
    },
  }
}
