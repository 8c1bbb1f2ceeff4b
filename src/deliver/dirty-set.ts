import { moreUrgent, type Urgency, urgencies, urgencyAfterFailure } from '../domain/urgency.ts'
import { createDirtyQueues, type DirtyContact } from './dirty-queues.ts'
import { createLandings } from './landings.ts'

/** A contact handed out for one send. */
export interface TakenContact {
  readonly email: string
  /** As it was when it was taken. */
  readonly urgency: Urgency
  readonly sequence: number
  readonly attempt: number
}

/**
 * The contacts of one task that may differ from Zendesk: not events but keys, so its size is bounded by the number of
 * contacts, whatever Zendesk does. A contact is in one of three places, and handed out only from the first:
 * `ready` by urgency, in order of arrival; `held` or `resting` until a time, after a failed attempt; `inFlight` while a send is under
 * way, which makes a second send for it impossible. Whatever is done with a contact takes time by the logarithm of their
 * number at most.
 */
export interface DirtySet {
  /**
   * Marks a contact dirty. Says `coalesced` where it was dirty already and needs no request of its own. `urgency` is that
   * of all that the contact waits with, and takes the place of what it was before: what made it urgent may be taken back.
   * It keeps its place by arrival.
   */
  mark(email: string, nowMs: number, urgency: Urgency): 'marked' | 'coalesced'
  /** Marks a contact dirty; if it was clean, it is held until `untilMs`. */
  markHeld(email: string, nowMs: number, untilMs: number, urgency: Urgency): 'marked' | 'coalesced'
  /** As {@link DirtySet.markHeld}, but whatever else marks it makes it ready before its time. */
  rest(email: string, nowMs: number, untilMs: number, urgency: Urgency): 'marked' | 'coalesced'
  /**
   * Hands out the contact that has been ready longest, of the most urgent ones or of those with `urgency`; `undefined`
   * where there is none. It stays in flight until settled, held or released.
   */
  take(nowMs: number, urgency?: Urgency): TakenContact | undefined
  /** How long the next contact with `urgency` has been dirty, in milliseconds; `undefined` where none is ready. */
  readyAgeMs(nowMs: number, urgency: Urgency): number | undefined
  /** True where the contact was not marked since it was taken. */
  isCurrent(taken: TakenContact): boolean
  /** The send is done: the contact is clean unless it was marked since. */
  settle(taken: TakenContact): void
  /**
   * The send failed: the contact waits until `untilMs`. If that `counts`, it has one attempt more, and is as urgent as a
   * retry.
   */
  hold(taken: TakenContact, untilMs: number, counts: boolean): void
  /**
   * The contact, wherever it waits, has failed `attempt` times and waits until `untilMs`; one that is in flight, or failed as
   * often already, stays as it is.
   */
  postpone(email: string, untilMs: number, attempt: number): void
  /** The send did not count: the contact is ready again, behind all others of its urgency. */
  release(taken: TakenContact): void
  isInFlight(email: string): boolean
  /** Resolves when no send of the contact is under way: at once, when the one that is ends, or with {@link DirtySet.abandon}. */
  landed(email: string): Promise<void>
  /** Nobody waits any more for sends to end. */
  abandon(): void
  /** Milliseconds until a contact is due: 0 where one is ready, `undefined` where none will be by itself. */
  dueInMs(nowMs: number): number | undefined
  /** Number of dirty contacts, in flight or not: all, or those with `urgency`. */
  size(urgency?: Urgency): number
  /** Age of the oldest dirty contact in milliseconds, of all or of those with `urgency`; 0 where there is none. */
  oldestAgeMs(nowMs: number, urgency?: Urgency): number
}

/** An empty {@link DirtySet}. All times are monotonic milliseconds. */
export function createDirtySet(): DirtySet {
  const contacts = new Map<string, DirtyContact>()
  const queues = createDirtyQueues()
  const landings = createLandings()

  /** Marks a contact that is dirty already; `undefined` where it is clean. */
  function markAgain(email: string, nowMs: number, urgency: Urgency): DirtyContact | undefined {
    const contact = contacts.get(email)
    if (contact === undefined) return undefined
    contact.sequence += 1
    contact.remarkedAtMs ??= Math.floor(nowMs)
    queues.changeUrgency(contact, contact.attempt > 0 ? moreUrgent(urgency, 'retry') : urgency)
    return contact
  }

  function begin(email: string, nowMs: number, urgency: Urgency): DirtyContact {
    const contact = queues.begin(email, nowMs, urgency)
    contacts.set(email, contact)
    return contact
  }

  function markUntil(state: 'held' | 'resting'): DirtySet['markHeld'] {
    return (email, nowMs, untilMs, urgency) => {
      if (markAgain(email, nowMs, urgency) !== undefined) return 'coalesced'
      queues.toHeld(begin(email, nowMs, urgency), untilMs, state)
      return 'marked'
    }
  }

  function fail(contact: DirtyContact, attempt: number): void {
    contact.attempt = attempt
    queues.changeUrgency(contact, urgencyAfterFailure(contact.urgency))
  }

  function inFlight(email: string): DirtyContact | undefined {
    const contact = contacts.get(email)
    return contact?.state === 'inFlight' ? contact : undefined
  }

  /** The contact of a send that ends. */
  function land(email: string): DirtyContact | undefined {
    landings.land(email)
    return inFlight(email)
  }

  return {
    mark(email, nowMs, urgency) {
      const known = markAgain(email, nowMs, urgency)
      if (known === undefined) queues.toReady(begin(email, nowMs, urgency))
      else if (known.state === 'resting') queues.endRest(known)
      return known === undefined ? 'marked' : 'coalesced'
    },
    markHeld: markUntil('held'),
    rest: markUntil('resting'),
    take(nowMs, from) {
      const contact = queues.nextReady(nowMs, from)
      if (contact === undefined) return undefined
      queues.toFlight(contact)
      contact.remarkedAtMs = null
      const { email, urgency, sequence, attempt } = contact
      return { email, urgency, sequence, attempt }
    },
    isCurrent: ({ email, sequence }) => contacts.get(email)?.sequence === sequence,
    settle({ email, sequence }) {
      const contact = land(email)
      if (contact === undefined) return
      if (contact.sequence === sequence) {
        queues.end(contact)
        contacts.delete(email)
        return
      }
      contact.attempt = 0
      queues.changeAge(contact, contact.remarkedAtMs ?? contact.markedAtMs)
      queues.toReady(contact)
    },
    hold({ email }, untilMs, counts) {
      const contact = land(email)
      if (contact === undefined) return
      if (counts) fail(contact, contact.attempt + 1)
      queues.toHeld(contact, untilMs)
    },
    postpone(email, untilMs, attempt) {
      const contact = contacts.get(email)
      if (contact === undefined || contact.state === 'inFlight' || contact.attempt >= attempt) return
      fail(contact, attempt)
      queues.postpone(contact, untilMs)
    },
    release({ email }) {
      const contact = land(email)
      if (contact !== undefined) queues.toReady(contact)
    },
    isInFlight: (email) => inFlight(email) !== undefined,
    landed: async (email) => (inFlight(email) === undefined ? Promise.resolve() : landings.next(email)),
    abandon: () => landings.abandon(),
    ...countsOf(contacts, queues),
  }
}

/** How much there is, and since when. */
function countsOf(
  contacts: ReadonlyMap<string, DirtyContact>,
  queues: ReturnType<typeof createDirtyQueues>,
): Pick<DirtySet, 'readyAgeMs' | 'dueInMs' | 'size' | 'oldestAgeMs'> {
  return {
    readyAgeMs(nowMs, urgency) {
      const next = queues.nextReady(nowMs, urgency)
      return next === undefined ? undefined : nowMs - next.markedAtMs
    },
    dueInMs: (nowMs) => queues.dueInMs(nowMs),
    size: (urgency) => (urgency === undefined ? contacts.size : queues.size(urgency)),
    oldestAgeMs(nowMs, urgency) {
      const oldest = (urgency === undefined ? urgencies : [urgency]).map((one) => queues.oldest(one))
      return Math.max(0, ...oldest.map((contact) => nowMs - (contact?.markedAtMs ?? nowMs)))
    },
  }
}
