import type { Config } from '../../config/config.ts'
import { internalTopics } from '../../config/topics.ts'
import type { KafkaTools } from '../outside.ts'
import { readProgressNote, type ReplayTask } from './progress-note.ts'
import { type OffsetRange, type Place, resolveRanges } from './range.ts'

/** A replay, and what is left of it. */
export interface Replay {
  readonly id: string
  /** The group in which Kafka remembers how far it is. */
  readonly groupId: string
  readonly task: ReplayTask
  /** By partition; those that are done are left out. */
  readonly ranges: ReadonlyMap<number, OffsetRange>
  /** Where the parts of all partitions end, those that are done included. */
  readonly ends: ReadonlyMap<number, number>
}

/** A replay, or why there is none, in words for people. */
export type ChosenReplay =
  { readonly type: 'replay'; readonly replay: Replay } | { readonly type: 'failed'; readonly problem: string }

/** The replay with this id that was begun before; `null` where none was, or its group has expired. */
export async function findReplay(
  config: Config,
  kafka: Pick<KafkaTools, 'offsets' | 'groups'>,
  id: string,
): Promise<ChosenReplay | null> {
  const groupId = groupOf(config.applicationId, id)
  const { profiles, segmentMemberships } = config.inputs
  const sources = [profiles.topic, segmentMemberships.topic, internalTopics(config.applicationId).contacts]
  const committed = await kafka.offsets.committedOffsets(groupId, sources)
  for (const [source, partitions] of committed) {
    const noted = [...partitions].flatMap(([partition, { offset, note }]) => {
      const read = readProgressNote(note)
      return read === null ? [] : [{ partition, from: offset, ...read }]
    })
    const [first] = noted
    if (first === undefined) continue
    const [group] = await kafka.groups.describe([groupId])
    if (group !== undefined && group.members > 0)
      return { type: 'failed', problem: `the replay "${id}" is being carried out by another process.` }
    const { target, audience, force } = first
    const open = noted.filter(({ from, to }) => from < to)
    return {
      type: 'replay',
      replay: {
        id,
        groupId,
        task: { source, target, audience, force },
        ranges: new Map(open.map(({ partition, from, to }) => [partition, { from, to }])),
        ends: new Map(noted.map(({ partition, to }) => [partition, to])),
      },
    }
  }
  return null
}

/** A new replay of what lies between two places of a topic now. Nothing of it is remembered yet. */
export async function startReplay(
  { applicationId }: Pick<Config, 'applicationId'>,
  kafka: Pick<KafkaTools, 'offsets' | 'offsetsAtTime' | 'topics'>,
  id: string,
  task: ReplayTask,
  { from, to }: { readonly from: Place; readonly to: Place },
): Promise<ChosenReplay> {
  const counts = await kafka.topics.partitionCounts([task.source, task.target])
  for (const topic of [task.source, task.target]) {
    if (!counts.has(topic))
      return { type: 'failed', problem: `there is no topic "${topic}". Create our own with: topics --create` }
  }
  const atTime = async (place: Place): Promise<ReadonlyMap<number, number>> =>
    place.type === 'time' ? kafka.offsetsAtTime(task.source, place.timeMs) : new Map()
  const [bounds, atFrom, atTo] = [
    await kafka.offsets.logBounds(task.source),
    await atTime(from),
    await atTime(to),
  ]
  const ranges = resolveRanges(bounds, { place: from, atTime: atFrom }, { place: to, atTime: atTo })
  const ends = new Map([...ranges].map(([partition, range]) => [partition, range.to]))
  return { type: 'replay', replay: { id, groupId: groupOf(applicationId, id), task, ranges, ends } }
}

function groupOf(applicationId: string, id: string): string {
  return `${applicationId}.replay.${id}`
}
