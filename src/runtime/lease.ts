import type { Clock } from './ports.ts'

/**
 * Whether this member may act for the partitions of its assignment. The group's coordinator gives them to another member
 * when it has not heard of this one for the session timeout, and nobody tells this one: so it stops by itself, earlier.
 */
export interface Lease {
  /** A new assignment, asked for `ageMs` ago: held from then on. An answer can lie unread while a process stands still. */
  begin(ageMs: number): void
  /** The coordinator acknowledged this member; the request was sent `ageMs` ago. Changes nothing while in doubt. */
  renew(ageMs: number): void
  /** In doubt until the next {@link Lease.begin}: an answer from before says nothing about the assignment to come. */
  suspend(): void
  isInDoubt(): boolean
  isHeld(): boolean
}

/** A lease in doubt, which lasts `leaseMs` from each renewal. */
export function createLease(clock: Clock, leaseMs: number): Lease {
  let fromMs: number | null = null
  return {
    begin(ageMs) {
      fromMs = clock.monotonicMs() - ageMs
    },
    renew(ageMs) {
      if (fromMs !== null) fromMs = Math.max(fromMs, clock.monotonicMs() - ageMs)
    },
    suspend() {
      fromMs = null
    },
    isInDoubt: () => fromMs === null,
    isHeld: () => fromMs !== null && clock.monotonicMs() - fromMs < leaseMs,
  }
}
