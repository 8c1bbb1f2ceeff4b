import type { GroupListener, RecordBatch } from '../../src/runtime/ports.ts'

/** What a listener was told, as one line each: `assigned {"a":[0]}`, `suspended`, `batch a/0 0-2`. */
export interface RecordingListener extends GroupListener {
  readonly events: string[]
  /** Values of the records that were taken, by topic and partition. */
  taken(topic: string, partition: number): readonly string[]
  /** Errors that ended the consumer. */
  readonly crashes: unknown[]
  /** Ages of the heartbeats in milliseconds. */
  readonly heartbeatAges: number[]
  /** Ages of the assignments in milliseconds. */
  readonly assignmentAges: number[]
}

/** A listener that writes down what it hears. `decide` says how a batch ends; without it every batch is taken. */
export function createRecordingListener(hooks: {
  readonly assigned?: (assignment: ReadonlyMap<string, readonly number[]>) => void
  readonly suspended?: () => void
  readonly decide?: (batch: RecordBatch) => Promise<number | null> | number | null
}): RecordingListener {
  const events: string[] = []
  const crashes: unknown[] = []
  const heartbeatAges: number[] = []
  const assignmentAges: number[] = []
  const taken = new Map<string, string[]>()

  return {
    events,
    crashes,
    heartbeatAges,
    assignmentAges,
    taken: (topic, partition) => taken.get(`${topic}/${partition}`) ?? [],
    assigned(assignment, ageMs) {
      assignmentAges.push(ageMs)
      events.push(`assigned ${JSON.stringify(Object.fromEntries(assignment))}`)
      hooks.assigned?.(assignment)
    },
    lost: () => events.push('lost'),
    suspended() {
      events.push('suspended')
      hooks.suspended?.()
    },
    async batch(batch) {
      const { topic, partition, records, nextOffset } = batch
      const [first] = records
      events.push(`batch ${topic}/${partition} ${first?.offset ?? 'none'}-${nextOffset - 1}`)
      const answer = hooks.decide === undefined ? nextOffset : await hooks.decide(batch)
      if (answer === null) return null
      const values = records
        .filter(({ offset }) => offset < answer)
        .map(({ value }) => Buffer.from(value ?? '').toString())
      taken.set(`${topic}/${partition}`, [...(taken.get(`${topic}/${partition}`) ?? []), ...values])
      return answer
    },
    alive: (ageMs: number) => heartbeatAges.push(ageMs),
    polled: () => undefined,
    crashed: (error) => crashes.push(error),
  }
}
