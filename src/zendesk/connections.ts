import type { Pool } from 'undici'

/** The pool that requests go through, replaced from time to time and where it is in doubt. */
export interface Connections {
  /** The pool for the next request. */
  current(): Pool
  /**
   * A request that was sent over `pool` got no whole answer. What took that answer, a machine that is gone without a word
   * for one, may have taken the pool's idle connections along: the next request gets new ones.
   */
  distrust(pool: Pool): void
  /** Takes no more requests, lets those under way finish for `graceMs`, then breaks them off. */
  close(graceMs: number): Promise<void>
}

/**
 * Age at which connections are replaced even under load. A new address of the origin is so used by every request that
 * begins this much later or more, whatever its old address still answers. Undici's own lifetime (`clientTtl`) goes by the
 * wall clock, which jumps.
 */
export const connectionLifetimeMs = 60_000

/** Connections in pools that `createPool` makes; `monotonicMs` is a monotonic clock in milliseconds. */
export function createConnections(createPool: () => Pool, monotonicMs: () => number): Connections {
  let pool = createPool()
  let bornMs = monotonicMs()
  let closing: Promise<void> | undefined
  /** All that are not closed yet, with those that were replaced while requests were under way. */
  const open = new Set([pool])

  function replace(): void {
    const replaced = pool
    pool = createPool()
    bornMs = monotonicMs()
    open.add(pool)
    void replaced.close().then(
      () => open.delete(replaced),
      // It was destroyed meanwhile.
      () => open.delete(replaced),
    )
  }

  async function closeAll(graceMs: number): Promise<void> {
    let grace: NodeJS.Timeout | undefined
    const graceOver = new Promise<void>((resolve) => {
      grace = setTimeout(resolve, graceMs)
    })
    const pools = [...open]
    await Promise.race([Promise.all(pools.map(async (one) => one.close())), graceOver])
    clearTimeout(grace)
    // After a clean close this has nothing left to do.
    await Promise.all(pools.map(async (one) => one.destroy()))
  }

  return {
    current() {
      if (closing === undefined && monotonicMs() - bornMs >= connectionLifetimeMs) replace()
      return pool
    },
    distrust(doubtful) {
      if (closing === undefined && doubtful === pool) replace()
    },
    close: async (graceMs) => (closing ??= closeAll(graceMs)),
  }
}
