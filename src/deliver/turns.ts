import type { DirtySet, TakenContact } from './dirty-set.ts'

/** A contact taken from one partition. */
export interface Turn<T> {
  readonly task: T
  readonly taken: TakenContact
}

/** Takes contacts from the dirty sets of several partitions in turn, so that none starves another. */
export interface Turns<T> {
  replace(tasks: readonly T[]): void
  /** Milliseconds until a contact of any partition is due, `undefined` where none will be by itself. */
  dueInMs(nowMs: number): number | undefined
  /** The next contact that is due, with its partition's task. */
  take(nowMs: number): Turn<T> | undefined
}

/** Turns over no partitions yet. */
export function createTurns<T extends { readonly dirty: DirtySet }>(): Turns<T> {
  let tasks: readonly T[] = []
  return {
    replace(replacement) {
      tasks = replacement
    },
    dueInMs(nowMs) {
      const dues = tasks.map(({ dirty }) => dirty.dueInMs(nowMs)).filter((dueMs) => dueMs !== undefined)
      return dues.length === 0 ? undefined : Math.min(...dues)
    },
    take(nowMs) {
      for (const task of tasks) {
        const taken = task.dirty.take(nowMs)
        if (taken === undefined) continue
        tasks = [...tasks.filter((other) => other !== task), task]
        return { task, taken }
      }
      return undefined
    },
  }
}
