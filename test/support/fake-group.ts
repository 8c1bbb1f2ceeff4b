import type {
  GroupConsumer,
  GroupListener,
  PartitionOffset,
  RecordBatch,
  TopicPartition,
} from '../../src/runtime/ports.ts'
import { createFakeLogs, type FakeLogs, placeOf } from './fake-logs.ts'

/**
 * A member of a consumer group with logs in memory. It behaves like the adapter on kafkajs: pauses last over assignments,
 * seeks take effect at the next fetch, a batch that outlives its assignment moves no position. The test decides when
 * something is fetched and when assignments change. What a member must not do, it answers with an error.
 */
export interface FakeGroup {
  readonly consumer: GroupConsumer
  readonly logs: FakeLogs
  /** Results of the next commits, oldest first; commits succeed again when they are used up. */
  readonly commitFaults: ('stale' | Error)[]
  /** The stage's end of the consumer. */
  readonly listener: () => GroupListener
  /** Assigns these partitions of every topic. */
  assign(partitions: readonly number[]): void
  assignExactly(assignment: Readonly<Record<string, readonly number[]>>): void
  /** Fetches one batch of every partition that is neither paused nor busy, and waits for all; returns how many. */
  poll(): Promise<number>
  /** Fetches one batch of one partition, and leaves it to run; `null` where there is nothing to fetch. */
  fetch(topic: string, partition: number): Promise<void> | null
  /** Polls until nothing more is fetched. Rejects after 1000 rounds: something is refused without being paused. */
  pollAll(): Promise<void>
  isPaused(topic: string, partition: number): boolean
  /** The offset that is fetched next. */
  position(topic: string, partition: number): number | undefined
  /** Everything that was asked, as `pause t/0`, `seek t/0 5`, `commit t/0 5` (and its note), `bounds t`, `stop`. */
  readonly calls: string[]
}

/** Where a member stands. */
interface Member {
  assigned: Set<string>
  assignments: number
  stopped: boolean
  readonly positions: Map<string, number>
  readonly seeks: Map<string, number>
  readonly paused: Set<string>
  readonly busy: Set<string>
}

function newMember(): Member {
  return {
    assigned: new Set(),
    assignments: 0,
    stopped: false,
    positions: new Map(),
    seeks: new Map(),
    paused: new Set(),
    busy: new Set(),
  }
}

/**
 * A group over these topics, each with `partitions` partitions; a batch holds up to `batchSize` records. `earlier` are the
 * logs that a member which has ended left.
 */
export function createFakeGroup(
  topics: readonly string[],
  partitions: number,
  batchSize = 3,
  earlier?: FakeLogs,
): FakeGroup {
  const calls: string[] = []
  const logs = earlier ?? createFakeLogs(topics, partitions, (topic) => calls.push(`bounds ${topic}`))
  const commitFaults: ('stale' | Error)[] = []
  const member = newMember()
  let heard: GroupListener | null = null

  function listener(): GroupListener {
    if (heard === null) throw new Error('the consumer was not started')
    return heard
  }

  function assignExactly(assignment: Readonly<Record<string, readonly number[]>>): void {
    member.assignments += 1
    member.assigned = new Set()
    member.positions.clear()
    for (const [topic, numbers] of Object.entries(assignment)) {
      for (const partition of numbers) {
        member.assigned.add(placeOf(topic, partition))
        const offset = logs.committed(topic, partition) ?? logs.start(topic, partition)
        member.positions.set(placeOf(topic, partition), offset)
      }
    }
    listener().assigned(new Map(Object.entries(assignment)), 0)
  }

  function nextBatch(topic: string, partition: number): RecordBatch | null {
    const place = placeOf(topic, partition)
    // All of them, those of paused partitions, too: an assignment that comes between two fetches finds none left.
    for (const [sought, offset] of member.seeks) {
      if (!member.assigned.has(sought)) continue
      member.positions.set(sought, offset)
      member.seeks.delete(sought)
    }
    const from = member.positions.get(place)
    if (from === undefined || member.stopped || member.paused.has(place) || member.busy.has(place))
      return null
    return logs.read(topic, partition, from, batchSize)
  }

  async function run(batch: RecordBatch): Promise<void> {
    const place = placeOf(batch.topic, batch.partition)
    const { assignments } = member
    member.busy.add(place)
    try {
      const next = await listener().batch(batch)
      if (next !== null && assignments === member.assignments) member.positions.set(place, next)
    } finally {
      member.busy.delete(place)
    }
  }

  async function poll(): Promise<number> {
    const batches: RecordBatch[] = []
    for (const topic of topics) {
      for (let partition = 0; partition < partitions; partition += 1) {
        const batch = nextBatch(topic, partition)
        if (batch !== null) batches.push(batch)
      }
    }
    await Promise.all(batches.map(run))
    heard?.polled()
    return batches.length
  }

  return {
    consumer: createConsumer(member, logs, commitFaults, calls, (listens) => (heard = listens)),
    logs,
    commitFaults,
    calls,
    listener,
    assign: (numbers) => assignExactly(Object.fromEntries(topics.map((topic) => [topic, [...numbers]]))),
    assignExactly,
    poll,
    fetch(topic, partition): Promise<void> | null {
      const batch = nextBatch(topic, partition)
      return batch === null ? null : run(batch)
    },
    async pollAll() {
      for (let round = 0; round < 1000; round += 1) if ((await poll()) === 0) return
      throw new Error('there is always something to fetch: batches are refused and not paused')
    },
    isPaused: (topic, partition) => member.paused.has(placeOf(topic, partition)),
    position: (topic, partition) =>
      member.seeks.get(placeOf(topic, partition)) ?? member.positions.get(placeOf(topic, partition)),
  }
}

function createConsumer(
  member: Member,
  logs: FakeLogs,
  commitFaults: ('stale' | Error)[],
  calls: string[],
  started: (listener: GroupListener) => void,
): GroupConsumer {
  function note(verb: string, places: readonly TopicPartition[]): readonly string[] {
    const names = places.map(({ topic, partition }) => placeOf(topic, partition))
    calls.push(...names.map((name) => `${verb} ${name}`))
    return names
  }

  function commit(offsets: readonly PartitionOffset[], note: string): 'committed' | 'stale' {
    if (member.stopped) throw new Error('a commit after the group was left')
    const fault = commitFaults.shift()
    if (fault instanceof Error) throw fault
    if (fault === 'stale') return fault
    for (const { topic, partition, offset } of offsets) {
      const place = placeOf(topic, partition)
      if (!member.assigned.has(place)) throw new Error(`a commit of ${place}, which is not assigned`)
      calls.push(`commit ${place} ${offset} ${note}`.trimEnd())
      logs.setCommitted(topic, partition, offset)
    }
    return 'committed'
  }

  return {
    async start(listener) {
      started(listener)
      return Promise.resolve()
    },
    pause: (places) => note('pause', places).forEach((place) => member.paused.add(place)),
    resume: (places) => note('resume', places).forEach((place) => member.paused.delete(place)),
    seek({ topic, partition, offset }) {
      calls.push(`seek ${placeOf(topic, partition)} ${offset}`)
      member.seeks.set(placeOf(topic, partition), offset)
    },
    commit: async (offsets, note) => Promise.resolve(commit(offsets, note)),
    async stop() {
      calls.push('stop')
      member.stopped = true
      return Promise.resolve()
    },
  }
}
