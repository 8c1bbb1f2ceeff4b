import type { OutputRecord, SourceRecord } from '../../domain/record.ts'
import type { CommitRead } from '../../kafka/log-reader.ts'
import type { KafkaTools } from '../outside.ts'
import { type CopyPace, createCopier } from './copy-records.ts'
import { writeProgressNote } from './progress-note.ts'
import type { Replay } from './replay-state.ts'
import type { AudiencesOf } from './select.ts'

/** What carrying out a replay needs of the outside. */
export interface ReplayPorts {
  readonly kafka: Pick<KafkaTools, 'readLog' | 'produce' | 'offsets'>
  /** `null` where records are copied whichever audiences they name. */
  readonly audiencesOf: AudiencesOf | null
  readonly monotonicMs: () => number
  readonly pause: (delayMs: number) => Promise<void>
}

/** What is carried out, and how. */
export interface ReplayRun {
  readonly chosen: Replay
  readonly copyOf: (record: SourceRecord) => OutputRecord
  /** Group of the stage that reads the copies. */
  readonly groupId: string
  readonly pace: CopyPace
  readonly signal: AbortSignal
}

/** What came of it. */
export interface ReplayResult {
  /** `interrupted`: it can be gone on with; `not_begun`: interrupted before anything was copied or remembered. */
  readonly outcome: 'complete' | 'interrupted' | 'not_begun'
  readonly read: number
  readonly copied: number
}

/**
 * Copies what is left of a replay, and tells how far it is. Interrupted by the signal, or by the end of the process at any
 * moment, it can be found by its id and goes on where it was.
 */
export async function runReplay(
  { kafka, audiencesOf, ...time }: ReplayPorts,
  { chosen, copyOf, groupId, pace, signal }: ReplayRun,
  told: (read: number, backlog: number | null) => void,
): Promise<ReplayResult> {
  const { task, ranges, ends } = chosen
  const note = (partition: number): string => writeProgressNote(task, ends.get(partition) ?? 0)
  let commitRead: CommitRead = async () => Promise.resolve()
  const commit = async (partition: number, offset: number): Promise<void> =>
    commitRead({ topic: task.source, partition, offset }, note(partition))
  const sum = { read: 0, copied: 0, backlog: null as number | null, remembered: false }

  async function select(records: readonly SourceRecord[]): Promise<readonly OutputRecord[]> {
    const copies: OutputRecord[] = []
    for (const record of records) {
      const isMeant =
        task.audience === null || audiencesOf === null || (await audiencesOf(record)).includes(task.audience)
      if (isMeant) copies.push(copyOf(record))
    }
    return copies
  }

  const copy = createCopier(
    {
      ...time,
      select,
      produce: async (records) => {
        await kafka.produce(records, () => true)
      },
      commit,
      async backlog() {
        sum.backlog = await backlogOf(kafka, groupId, task.target)
        told(sum.read, sum.backlog)
        return sum.backlog
      },
    },
    pace,
    signal,
  )
  try {
    await kafka.readLog({
      topic: task.source,
      from: new Map([...ranges].map(([partition, { from }]) => [partition, from])),
      to: new Map([...ranges].map(([partition, { to }]) => [partition, to])),
      groupId: chosen.groupId,
      signal,
      async onRecords(records, commitOfRead) {
        commitRead = commitOfRead
        // Of every partition, before anything is copied: what is not remembered could not be gone on with.
        if (!sum.remembered) for (const [partition, { from }] of ranges) await commit(partition, from)
        sum.remembered = true
        const { read, copied } = await copy(records)
        sum.read += read
        sum.copied += copied
        told(sum.read, sum.backlog)
      },
    })
  } catch (error) {
    if (!signal.aborted) throw error
    return { outcome: sum.remembered ? 'interrupted' : 'not_begun', read: sum.read, copied: sum.copied }
  }
  return { outcome: 'complete', read: sum.read, copied: sum.copied }
}

const lookEveryMs = 500

/** What waiting needs. */
export interface WaitPorts {
  readonly signal: AbortSignal
  pause(delayMs: number): Promise<void>
  tell(text: string): void
}

/** Resolves when the stage has read all that lies in `topic` now, or with `interrupted` where the signal comes before. */
export async function waitUntilRead(
  kafka: Pick<KafkaTools, 'offsets' | 'groups'>,
  groupId: string,
  topic: string,
  { signal, ...ports }: WaitPorts,
): Promise<'read' | 'interrupted'> {
  const bounds = await kafka.offsets.logBounds(topic)
  let told = false
  while (!signal.aborted) {
    const committed = (await kafka.offsets.committedOffsets(groupId, [topic])).get(topic)
    const isRead = [...bounds].every(
      ([partition, { startOffset, endOffset }]) =>
        (committed?.get(partition)?.offset ?? startOffset) >= endOffset,
    )
    if (isRead) return 'read'
    const [group] = await kafka.groups.describe([groupId])
    if (!told && (group?.members ?? 0) === 0) {
      ports.tell(`no process is in the group ${groupId}: the copies wait for one`)
      told = true
    }
    await ports.pause(lookEveryMs)
  }
  return 'interrupted'
}

/** Records of `topic` that the group has not read; `null` where Kafka does not say now. */
async function backlogOf(
  { offsets }: Pick<KafkaTools, 'offsets'>,
  groupId: string,
  topic: string,
): Promise<number | null> {
  try {
    const [bounds, committed] = await Promise.all([
      offsets.logBounds(topic),
      offsets.committedOffsets(groupId, [topic]),
    ])
    return [...bounds].reduce((sum, [partition, { startOffset, endOffset }]) => {
      const position = committed.get(topic)?.get(partition)?.offset ?? startOffset
      return sum + Math.max(0, endOffset - Math.max(startOffset, position))
    }, 0)
  } catch {
    return null
  }
}
