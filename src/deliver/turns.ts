import { byUrgency, type Urgency } from '../domain/urgency.ts'
import type { DirtySet, TakenContact } from './dirty-set.ts'
import { createShares } from './shares.ts'

/** A contact taken from one partition. */
export interface Turn<T> {
  readonly task: T
  readonly taken: TakenContact
}

/**
 * Takes contacts from the dirty sets of several partitions, as if they were one: first by urgency, as {@link createShares}
 * has it, then by turns of the partitions that have a contact of that urgency, so that none starves another.
 */
export interface Turns<T> {
  replace(tasks: readonly T[]): void
  /** Milliseconds until a contact of any partition is due, `undefined` where none will be by itself. */
  dueInMs(nowMs: number): number | undefined
  /** The next contact that is due, with its partition's task. */
  take(nowMs: number): Turn<T> | undefined
  /** The contact turned out to need no request: its turn does not count. */
  giveBack(taken: TakenContact): void
}

/** Turns over no partitions yet. */
export function createTurns<T extends { readonly dirty: DirtySet }>(): Turns<T> {
  const shares = createShares()
  /** Whose turn it is, for each urgency its own: one with many exits would else give up all turns of its backfill. */
  const nextAt = byUrgency(() => 0)
  let tasks: readonly T[] = []

  function ageMs(urgency: Urgency, nowMs: number): number | undefined {
    const ages = tasks.map(({ dirty }) => dirty.readyAgeMs(nowMs, urgency)).filter((age) => age !== undefined)
    return ages.length === 0 ? undefined : Math.max(...ages)
  }

  return {
    replace(replacement) {
      tasks = replacement
    },
    dueInMs(nowMs) {
      const dues = tasks.map(({ dirty }) => dirty.dueInMs(nowMs)).filter((dueMs) => dueMs !== undefined)
      return dues.length === 0 ? undefined : Math.min(...dues)
    },
    take(nowMs) {
      const urgency = shares.next((candidate) => ageMs(candidate, nowMs))
      if (urgency === undefined) return undefined
      const from = nextAt[urgency] % tasks.length
      for (const [at, task] of [...tasks.entries(), ...tasks.entries()].slice(from)) {
        const taken = task.dirty.take(nowMs, urgency)
        if (taken === undefined) continue
        nextAt[urgency] = at + 1
        return { task, taken }
      }
      return undefined
    },
    giveBack: ({ urgency }) => shares.giveBack(urgency),
  }
}
