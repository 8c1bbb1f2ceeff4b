import { createDirtySet, type DirtySet, type TakenContact } from '../../../src/deliver/dirty-set.ts'
import {
  createFlusher,
  type Flusher,
  type FlusherOptions,
  type FlushTask,
} from '../../../src/deliver/flusher.ts'
import type { SendFailure, SendResult } from '../../../src/deliver/send-result.ts'
import type { NextAttempt } from '../../../src/domain/retry.ts'
import { slotCount } from '../../../src/deliver/slots.ts'
import { createManualClock, type ManualClock, settle } from '../../support/manual-clock.ts'

/** One send under way. */
export interface Send {
  readonly partition: string
  readonly email: string
  readonly attempt: number
  /** Monotonic milliseconds. */
  readonly atMs: number
  /** Ends it, and settles or releases the contact as the deliver stage does. */
  finish(result: SendResult): Promise<void>
  /** Ends it with an error that nobody expects. */
  break(error: Error): Promise<void>
}

/** A flusher over partitions whose sends the test ends. */
export interface FlushWorld {
  readonly flusher: Flusher
  readonly clock: ManualClock
  /** Gives the flusher these partitions, and a new share of so many slots; all of them by default. */
  assign(tasks: readonly FlushTask[], slots?: number): void
  /** A partition with this many dirty contacts, `<name><number>@x.com`. */
  partition(name: string, contacts?: number): FlushTask & { readonly dirty: DirtySet }
  /** Every send so far, ended or not. */
  readonly sends: Send[]
  /** Those that are under way. */
  readonly underWay: Set<Send>
  /**
   * Makes every send wait, from now on, for `prepared` and then for its turn, as before a request; where none comes it ends
   * as avoided.
   */
  askToGo(prepared?: Promise<void>): void
  /** Ends every send at once in this way, from now on. */
  answerAll(answer: (taken: TakenContact) => SendResult): void
  holdsLease: boolean
  random: number
  /** What the flusher decided about sends that failed. */
  readonly next: NextAttempt[]
  /** What partitions were told of their sends that failed in a way that nobody expects. */
  readonly failures: { readonly partition: string; readonly error: unknown }[]
  readonly authorisations: boolean[]
}

/** A send that failed, of a contact that nobody looks at. */
export function failed(ambiguous: boolean): SendFailure {
  return { type: 'failed', ambiguous, reason: 'timeout', planned: undefined as never }
}

const usual: FlusherOptions = {
  requestsPerSecond: 9.5,
  maxConcurrentRequests: 4,
  ambiguousHoldMs: 30_000,
  initialMs: 1000,
  maxMs: 300_000,
  localAttempts: 1000,
  maxAttempts: 1000,
}

/** A suspended flusher in a world that stands still. */
export function createFlushWorld(
  options: Partial<FlusherOptions> = {},
  clock: ManualClock = createManualClock(),
): FlushWorld {
  let answer: ((taken: TakenContact) => SendResult) | null = null

  let preparing: Promise<void> | null = null

  async function begin(
    partition: string,
    dirty: DirtySet,
    taken: TakenContact,
    mayGo: () => Promise<boolean>,
  ): Promise<SendResult> {
    if (preparing !== null) {
      await preparing
      if (!(await mayGo())) {
        dirty.release(taken)
        return { type: 'avoided' }
      }
    }
    return new Promise((resolve, reject) => {
      const send: Send = {
        partition,
        email: taken.email,
        attempt: taken.attempt,
        atMs: clock.monotonicMs(),
        async finish(result) {
          if (result.type === 'settled' || result.type === 'avoided') dirty.settle(taken)
          if (result.type === 'throttled' || result.type === 'unauthorised') dirty.release(taken)
          world.underWay.delete(send)
          resolve(result)
          await settle()
        },
        async break(error) {
          world.underWay.delete(send)
          reject(error)
          await settle()
        },
      }
      world.sends.push(send)
      world.underWay.add(send)
      if (answer !== null) void send.finish(answer(taken))
    })
  }

  const world: FlushWorld = {
    clock,
    assign(tasks, slots = slotCount) {
      world.flusher.begin(slots, clock.monotonicMs())
      world.flusher.assign(tasks)
    },
    sends: [],
    underWay: new Set(),
    holdsLease: true,
    random: 0.5,
    next: [],
    failures: [],
    authorisations: [],
    askToGo(prepared = Promise.resolve()) {
      preparing = prepared
    },
    answerAll: (how) => (answer = how),
    partition(name, contacts = 0) {
      const dirty = createDirtySet()
      for (let contact = 0; contact < contacts; contact += 1)
        dirty.mark(`${name}${contact}@x.com`, clock.monotonicMs(), 'attribute')
      return {
        dirty,
        send: async (taken, mayGo) => begin(name, dirty, taken, mayGo),
        async retry(taken, _failure, next) {
          world.next.push(next)
          if (next.type === 'give_up') dirty.settle(taken)
          else dirty.hold(taken, clock.monotonicMs() + next.restMs, next.type === 'schedule' || next.counts)
          return Promise.resolve()
        },
        failed: (error) => world.failures.push({ partition: name, error }),
      }
    },
    flusher: createFlusher(
      {
        monotonicMs: () => clock.monotonicMs(),
        random: () => world.random,
        setTimer: (delayMs, then) => clock.setTimer(delayMs, then),
        holdsLease: () => world.holdsLease,
        authorisationChanged: (authorised) => world.authorisations.push(authorised),
      },
      { ...usual, ...options },
    ),
  }
  return world
}
