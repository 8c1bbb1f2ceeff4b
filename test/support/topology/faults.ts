/** What the program does to the outside: where a crash can come between. */
export type Effect =
  'dead letters' | 'contacts' | 'persons' | 'request' | 'ledger' | 'retries' | 'commit' | 'store'

/**
 * Where the process dies: `before` the `nth` effect (1 is the next), `after` it and before the process knows, or `midway`:
 * with half of the records appended, or with the request sent and not answered.
 */
export interface CrashPoint {
  readonly when: 'before' | 'midway' | 'after'
  readonly effect: Effect | 'any'
  readonly nth?: number
}

/** Says that the process is dead: nothing that it still tries has an effect. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied'
}

/** One process as the outside knows it. From its crash point on, every effect rejects with {@link ProcessDied}. */
export interface Life {
  /** Appends records, one after another. */
  append(effect: Effect, appends: readonly (() => void)[]): Promise<void>
  /** Calls somebody who answers. */
  call<T>(effect: Effect, start: () => Promise<T>): Promise<T>
  isOver(): boolean
  end(): void
}

/** Crashes and delays to come, over the lives of several processes. */
export interface Faults {
  /** Adds a crash, which is waited for once all that were added before have happened. */
  crashAt(point: CrashPoint): void
  /** True until all crashes have happened. */
  isArmed(): boolean
  /** Forgets the crashes that have not happened. */
  disarm(): void
  /** Keeps every effect of this kind waiting from its start, until the returned function is called. */
  hold(effect: Effect): () => void
  startLife(): Life
}

/** No faults yet. */
export function createFaults(): Faults {
  const armed: (CrashPoint & { left: number })[] = []
  const gates = new Map<Effect, Promise<void>>()

  function crashHere(effect: Effect): CrashPoint['when'] | null {
    const [next] = armed
    if (next === undefined || (next.effect !== 'any' && next.effect !== effect)) return null
    next.left -= 1
    if (next.left > 0) return null
    armed.shift()
    return next.when
  }

  return {
    crashAt(point) {
      armed.push({ ...point, left: point.nth ?? 1 })
    },
    isArmed: () => armed.length > 0,
    disarm() {
      armed.length = 0
    },
    hold(effect) {
      let release = (): void => undefined
      gates.set(effect, new Promise((resolve) => (release = resolve)))
      return () => {
        gates.delete(effect)
        release()
      }
    },
    startLife() {
      let over = false

      function die(effect: Effect): never {
        over = true
        throw new ProcessDied(`the process died at: ${effect}`)
      }

      async function begin(effect: Effect): Promise<CrashPoint['when'] | null> {
        await gates.get(effect)
        if (over) die(effect)
        const crash = crashHere(effect)
        return crash === 'before' ? die(effect) : crash
      }

      return {
        async append(effect, appends) {
          const crash = await begin(effect)
          const count = crash === 'midway' ? Math.floor(appends.length / 2) : appends.length
          for (const append of appends.slice(0, count)) append()
          if (crash !== null) die(effect)
        },
        async call(effect, start) {
          const crash = await begin(effect)
          const answer = start()
          if (crash === 'midway') die(effect)
          const result = await answer
          if (over || crash === 'after') die(effect)
          return result
        },
        isOver: () => over,
        end() {
          over = true
        },
      }
    },
  }
}
