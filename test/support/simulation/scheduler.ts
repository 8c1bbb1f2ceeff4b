import type { Clock } from '../../../src/runtime/ports.ts'

/** The time of a simulated world, and everything that happens in it: one event at a time, promises settle in between. */
export interface Scheduler {
  /** Epoch milliseconds, whole. */
  nowMs(): number
  /** Lets `run` happen `delayMs` from now; the returned function keeps it from happening. */
  at(delayMs: number, run: () => void): () => void
  /** Lets everything happen up to `untilMs`, and time get there; returns early once `isOver` says so. */
  runUntil(untilMs: number, isOver?: () => boolean): Promise<void>
  /** Lets time stand still until `work` is done: for what is not simulated, such as reading a file. */
  outside<T>(work: Promise<T>): Promise<T>
  /** Events so far. */
  events(): number
}

interface Event {
  readonly atMs: number
  /** Decides between events of the same time. */
  readonly tie: number
  run: (() => void) | null
}

/** A world that begins at `startMs`. Of what happens at the same time `random` chooses what comes first. */
export function createScheduler(startMs: number, random: () => number): Scheduler {
  const heap: Event[] = []
  let nowMs = startMs
  let events = 0
  const outside = new Set<Promise<unknown>>()

  async function settled(): Promise<void> {
    await promisesSettled()
    while (outside.size > 0) {
      await Promise.allSettled(outside)
      await promisesSettled()
    }
  }

  return {
    nowMs: () => nowMs,
    at(delayMs, run) {
      const event: Event = { atMs: nowMs + Math.max(0, Math.ceil(delayMs)), tie: random(), run }
      push(heap, event)
      return () => (event.run = null)
    },
    async runUntil(untilMs, isOver = () => false) {
      await settled()
      for (let next = heap[0]; next !== undefined && next.atMs <= untilMs; next = heap[0]) {
        pop(heap)
        const { run } = next
        if (run === null) continue
        nowMs = next.atMs
        events += 1
        run()
        await settled()
        if (isOver()) return
      }
      nowMs = Math.max(nowMs, untilMs)
    },
    async outside(work) {
      outside.add(work)
      try {
        return await work
      } finally {
        outside.delete(work)
      }
    },
    events: () => events,
  }
}

/** Everything in the simulation is promises alone, so one turn of the event loop is enough for all of it. */
async function promisesSettled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** The clock of what is no process: Kafka and Zendesk. */
export function worldClock(scheduler: Scheduler): Clock {
  return {
    nowMs: () => scheduler.nowMs(),
    monotonicMs: () => scheduler.nowMs(),
    setTimer: (delayMs, then) => scheduler.at(delayMs, then),
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie)
}

function push(heap: Event[], event: Event): void {
  let index = heap.length
  heap.push(event)
  while (index > 0) {
    const above = (index - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !isBefore(event, parent)) break
    heap[index] = parent
    index = above
  }
  heap[index] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]]
    if (left === undefined) break
    const isRight = right !== undefined && isBefore(right, left)
    const child = isRight ? right : left
    if (!isBefore(child, last)) break
    heap[index] = child
    index = 2 * index + (isRight ? 2 : 1)
  }
  heap[index] = last
}
