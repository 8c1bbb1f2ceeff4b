import { byUrgency, type Urgency, urgencies } from '../domain/urgency.ts'
import { createHeap } from './heap.ts'

/** A contact that may differ from Zendesk, and its places in {@link DirtyQueues}, which alone change those. */
export interface DirtyContact {
  readonly email: string
  urgency: Urgency
  /** Grows with every mark: a send that began at an older number may not clear it. */
  sequence: number
  /** Failed attempts since the last settled one. */
  attempt: number
  /** Monotonic milliseconds, whole ones (others take twice the room), of the first mark since the contact was last clean. */
  markedAtMs: number
  /** Monotonic milliseconds of the first mark since it was last taken, `null` where there was none. */
  remarkedAtMs: number | null
  state: 'ready' | 'held' | 'resting' | 'inFlight'
  /** Grows with every contact that becomes ready or is held. */
  order: number
  heldUntilMs: number
  /** Where it is among those that are ready, or held. */
  queuePlace: number
  /** Where it is among those of its urgency by age. */
  agePlace: number
}

/**
 * Dirty contacts in the orders in which they are looked for: those that are ready by urgency and arrival, those that are held
 * by time, all of an urgency by age. Everything takes time by the logarithm of their number at most.
 */
export interface DirtyQueues {
  /** A contact that was clean until `nowMs`, in flight until it is put anywhere. */
  begin(email: string, nowMs: number, urgency: Urgency): DirtyContact
  /** A contact in flight is clean. */
  end(contact: DirtyContact): void
  /** A contact in flight is ready, behind all others of its urgency. */
  toReady(contact: DirtyContact): void
  /** A contact in flight waits until `untilMs`; one that rests, unless its rest is ended before. */
  toHeld(contact: DirtyContact, untilMs: number, state?: 'held' | 'resting'): void
  /** A contact that rests is ready, behind all others of its urgency. */
  endRest(contact: DirtyContact): void
  /** A contact that is ready or held waits until `untilMs`, or as long as it did where that is later. */
  postpone(contact: DirtyContact, untilMs: number): void
  /** A contact that is ready is in flight. */
  toFlight(contact: DirtyContact): void
  /** The contact, wherever it is, has this urgency. It keeps its place by arrival. */
  changeUrgency(contact: DirtyContact, urgency: Urgency): void
  /** A contact in flight is dirty since `markedAtMs` only. */
  changeAge(contact: DirtyContact, markedAtMs: number): void
  /** The contact that has been ready longest, of the most urgent ones or of those with `urgency`. */
  nextReady(nowMs: number, urgency?: Urgency): DirtyContact | undefined
  /** Milliseconds until a contact is ready, `undefined` where none will be by itself. */
  dueInMs(nowMs: number): number | undefined
  oldest(urgency: Urgency): DirtyContact | undefined
  size(urgency: Urgency): number
}

const isEarlier = (a: DirtyContact, b: DirtyContact): boolean => a.order < b.order
const isOlder = (a: DirtyContact, b: DirtyContact): boolean => a.markedAtMs < b.markedAtMs
const isDueBefore = (a: DirtyContact, b: DirtyContact): boolean =>
  a.heldUntilMs < b.heldUntilMs || (a.heldUntilMs === b.heldUntilMs && a.order < b.order)

/** {@link DirtyQueues} of no contacts. All times are monotonic milliseconds. */
export function createDirtyQueues(): DirtyQueues {
  const ready = byUrgency(() => createHeap<'queuePlace', DirtyContact>('queuePlace', isEarlier))
  const held = createHeap<'queuePlace', DirtyContact>('queuePlace', isDueBefore)
  const ages = byUrgency(() => createHeap<'agePlace', DirtyContact>('agePlace', isOlder))
  let lastOrder = 0

  function toReady(contact: DirtyContact): void {
    contact.state = 'ready'
    contact.order = lastOrder += 1
    ready[contact.urgency].add(contact)
  }

  function toHeld(contact: DirtyContact, untilMs: number, state: 'held' | 'resting' = 'held'): void {
    contact.state = state
    contact.order = lastOrder += 1
    contact.heldUntilMs = untilMs
    held.add(contact)
  }

  function endRest(contact: DirtyContact): void {
    held.remove(contact)
    toReady(contact)
  }

  function wakeHeld(nowMs: number): void {
    for (let next = held.first(); next !== undefined && next.heldUntilMs <= nowMs; next = held.first()) {
      endRest(next)
    }
  }

  return {
    begin(email, nowMs, urgency) {
      // Spelled out: an object made of parts takes a fifth more room.
      const contact: DirtyContact = {
        email,
        urgency,
        sequence: 1,
        attempt: 0,
        markedAtMs: Math.floor(nowMs),
        remarkedAtMs: null,
        state: 'inFlight',
        order: 0,
        heldUntilMs: 0,
        queuePlace: 0,
        agePlace: 0,
      }
      ages[urgency].add(contact)
      return contact
    },
    end: (contact) => ages[contact.urgency].remove(contact),
    toReady,
    toHeld,
    endRest,
    postpone(contact, untilMs) {
      if (contact.state === 'ready') {
        ready[contact.urgency].remove(contact)
        toHeld(contact, untilMs)
      } else if (contact.heldUntilMs < untilMs) {
        held.remove(contact)
        toHeld(contact, untilMs)
      }
    },
    toFlight(contact) {
      ready[contact.urgency].remove(contact)
      contact.state = 'inFlight'
    },
    changeUrgency(contact, urgency) {
      if (contact.urgency === urgency) return
      ages[contact.urgency].remove(contact)
      ages[urgency].add(contact)
      if (contact.state === 'ready') {
        ready[contact.urgency].remove(contact)
        ready[urgency].add(contact)
      }
      contact.urgency = urgency
    },
    changeAge(contact, markedAtMs) {
      ages[contact.urgency].remove(contact)
      contact.markedAtMs = markedAtMs
      ages[contact.urgency].add(contact)
    },
    nextReady(nowMs, urgency) {
      wakeHeld(nowMs)
      const from = urgency ?? urgencies.find((candidate) => ready[candidate].size() > 0)
      return from === undefined ? undefined : ready[from].first()
    },
    dueInMs(nowMs) {
      if (urgencies.some((urgency) => ready[urgency].size() > 0)) return 0
      const next = held.first()
      return next === undefined ? undefined : Math.max(0, next.heldUntilMs - nowMs)
    },
    oldest: (urgency) => ages[urgency].first(),
    size: (urgency) => ages[urgency].size(),
  }
}
