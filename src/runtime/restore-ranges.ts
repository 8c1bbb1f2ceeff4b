import type { OffsetReader } from './ports.ts'
import type { StageDefinition } from './stage-definition.ts'
import type { RestoreRange } from './task-runner.ts'

/** Where the past of each topic begins and ends, for every partition, as of one moment. */
export type RestoreSnapshot = (partition: number) => ReadonlyMap<string, RestoreRange>

/**
 * Reads how far the past reaches: a changelog to its end, an input whose past is state to the committed offset. Take it
 * after the assignment: what is written later is written by this member.
 */
export async function readRestoreSnapshot(
  definition: StageDefinition,
  offsets: OffsetReader,
): Promise<RestoreSnapshot> {
  const topics = [...definition.changelogs, ...definition.restoredInputs]
  const committed = await offsets.committedOffsets(definition.groupId, definition.restoredInputs)
  const bounds = new Map(
    await Promise.all(topics.map(async (topic) => [topic, await offsets.logBounds(topic)] as const)),
  )
  return (partition) => {
    const ranges = new Map<string, RestoreRange>()
    for (const topic of topics) {
      const log = bounds.get(topic)?.get(partition)
      if (log === undefined) throw new Error(`${topic} has no partition ${partition}`)
      const { startOffset, endOffset } = log
      const past = definition.changelogs.includes(topic)
        ? endOffset
        : (committed.get(topic)?.get(partition) ?? startOffset)
      ranges.set(topic, { startOffset, untilOffset: Math.min(past, endOffset) })
    }
    return ranges
  }
}
