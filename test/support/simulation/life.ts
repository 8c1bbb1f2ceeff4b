import type { Clock } from '../../../src/runtime/ports.ts'
import type { Asked } from './plan.ts'
import type { Scheduler } from './scheduler.ts'

/** What a process does to the outside, and where it can die. */
export type Effect =
  'persons' | 'contacts' | 'ledger' | 'retries' | 'dead letters' | 'commit' | 'store' | 'request'

/** Where a process dies: before the effect, while it is on its way, or after it and before the process knows. */
export type When = 'before' | 'midway' | 'after'

/**
 * One life of a process, from its start to its end. Nothing of a process runs but what comes through here: its timers, and
 * the answers that it waits for. So a frozen one stands still, and a dead one does nothing any more.
 */
export interface Life {
  /** Name of the process, the same in every life. */
  readonly name: string
  readonly index: number
  isOver(): boolean
  readonly clock: Clock
  /** Runs `then` in the process `delayMs` from now, or when it goes on. The returned function keeps it from running. */
  later(delayMs: number, then: () => void): () => void
  /** How many timers and answers the process waits for. */
  waiting(): number
  /** As SIGSTOP does, and SIGCONT after `forMs`. */
  freeze(forMs: number): void
  isFrozen(): boolean
  /** As SIGKILL does. */
  end(reason: string): void
  /** The process is about to have an effect: says where it dies, if it does. */
  meets(effect: Effect): When | null
  /** The process has just asked for something: freezes it, if it is to. */
  asked(what: Asked): void
  /** Freezes the process when it has asked for this the `nth` time from now on. */
  freezeAt(point: FreezePoint): void
  /** Makes the process die at its `nth` effect of this kind from now on; `any` counts all. */
  dieAt(point: DeathPoint): void
}

/** A request to freeze at, for `forMs`. */
export interface FreezePoint {
  readonly what: Asked
  readonly nth: number
  readonly forMs: number
}

/** An effect to die at. */
export interface DeathPoint {
  readonly effect: Effect | 'any'
  readonly nth: number
  readonly when: When
}

/** What a life begins with. */
export interface LifeOptions {
  readonly name: string
  readonly index: number
  /** How far its wall clock is ahead of the world's, in milliseconds. */
  readonly skewMs: number
  /** How late the next timer fires, in milliseconds. */
  latenessMs(): number
  /** It begins to stand still. */
  froze(): void
  ended(reason: string): void
}

/** A life that begins now. */
export function createLife(scheduler: Scheduler, options: LifeOptions): Life {
  const bootMs = scheduler.nowMs() - 137
  const points: (DeathPoint & { left: number })[] = []
  const freezePoints: (FreezePoint & { left: number })[] = []
  const waits = new Set<object>()
  let isOver = false
  let frozenUntilMs = -Infinity

  function freeze(forMs: number): void {
    frozenUntilMs = Math.max(frozenUntilMs, scheduler.nowMs() + forMs)
    options.froze()
  }

  /** Whatever falls due while the process stands still happens when it goes on, in any order. */
  function later(delayMs: number, then: () => void): () => void {
    const wait = {}
    waits.add(wait)
    let cancel = scheduler.at(delayMs, due)
    function due(): void {
      if (isOver) return
      const frozenMs = frozenUntilMs - scheduler.nowMs()
      if (frozenMs > 0) {
        cancel = scheduler.at(frozenMs, due)
        return
      }
      waits.delete(wait)
      then()
    }
    return () => {
      waits.delete(wait)
      cancel()
    }
  }

  return {
    name: options.name,
    index: options.index,
    isOver: () => isOver,
    later,
    waiting: () => waits.size,
    clock: {
      nowMs: () => scheduler.nowMs() + options.skewMs,
      monotonicMs: () => scheduler.nowMs() - bootMs,
      setTimer: (delayMs, then) => later(Math.max(1, Math.trunc(delayMs)) + options.latenessMs(), then),
    },
    freeze,
    isFrozen: () => frozenUntilMs > scheduler.nowMs(),
    asked(what) {
      for (const point of freezePoints) {
        if (point.what !== what) continue
        point.left -= 1
        if (point.left === 0) freeze(point.forMs)
      }
    },
    freezeAt: (point) => void freezePoints.push({ ...point, left: point.nth }),
    end(reason) {
      if (isOver) return
      isOver = true
      options.ended(reason)
    },
    meets(effect) {
      for (const point of points) {
        if (point.effect !== 'any' && point.effect !== effect) continue
        point.left -= 1
        if (point.left === 0) return point.when
      }
      return null
    },
    dieAt: (point) => void points.push({ ...point, left: point.nth }),
  }
}
