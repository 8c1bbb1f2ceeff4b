import type { Disk } from './disk.ts'
import type { SimulatedProcess } from './process.ts'
import type { Report } from './violation.ts'

/** What the check of bounds knows. */
export interface BoundsWorld {
  readonly partitions: number
  /** Most requests that a process may have under way. */
  readonly maxConcurrentRequests: number
  /** How many persons the inputs ever named, and how many contacts those were to make. */
  persons(): number
  contacts(): number
  readonly report: Report
}

/** Looks at what one process holds, now. */
export type BoundsCheck = (process: SimulatedProcess, disk: Disk) => void

/** Entries of a store for each person or contact: what it is, what was written of it, its place in an index. */
const entriesEach = 3
/** Entries of one partition's store that are of no person or contact: positions, counts, marks. */
const entriesBeside = 8
/** What two stages wait for, whatever there is to do: timers, polls, answers; and once more for each partition. */
const waitsBeside = 30
const waitsEach = 2

/**
 * I7: whatever Zendesk does, what a process holds is bounded by the number of contacts (and of persons, and partitions) that
 * there are, and not by what happened: the dirty set by the contacts; the stores by a few entries for each person and
 * contact; the timers and answers that it waits for by a constant, a few for each partition and one for each request that
 * may be under way. Looked at every second of a run.
 */
export function createBoundsCheck({ report, ...world }: BoundsWorld): BoundsCheck {
  function check(name: string, what: string, count: number, most: number): void {
    if (count > most) report('I7', `${name} has ${count} ${what}, more than ${most}`)
  }

  return (process, disk) => {
    const { name } = process.life
    const [persons, contacts] = [world.persons(), world.contacts()]
    const beside = entriesBeside * world.partitions
    check(name, 'dirty contacts', process.deliver.dirtyContacts(), contacts)
    check(name, 'entries of persons', disk.entries('assemble'), entriesEach * persons + beside)
    check(name, 'entries of contacts', disk.entries('deliver'), entriesEach * contacts + beside)
    check(
      name,
      'timers and answers to wait for',
      process.life.waiting(),
      waitsBeside + waitsEach * world.partitions + world.maxConcurrentRequests,
    )
  }
}
