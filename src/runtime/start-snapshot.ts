import type { OffsetReader } from './ports.ts'
import type { StageDefinition } from './stage-definition.ts'
import type { InputFacts, StartFacts } from './start-plan.ts'

/** What Kafka says of a partition's topics, as of one moment. */
export type StartSnapshot = (partition: number) => Pick<StartFacts, 'changelog' | 'inputs'>

/** Asks Kafka. To be called after the assignment: what is written to the changelog later is written by this member. */
export async function readStartFacts(
  definition: StageDefinition,
  offsets: OffsetReader,
): Promise<StartSnapshot> {
  const { changelog, inputs, restoredInputs } = definition
  const committed = await offsets.committedOffsets(definition.groupId, inputs)
  const bounds = new Map(
    await Promise.all(
      [changelog, ...inputs].map(async (topic) => [topic, await offsets.logBounds(topic)] as const),
    ),
  )

  function logOf(topic: string, partition: number) {
    const log = bounds.get(topic)?.get(partition)
    if (log === undefined) throw new Error(`${topic} has no partition ${partition}`)
    return log
  }

  return (partition) => ({
    changelog: { topic: changelog, log: logOf(changelog, partition) },
    inputs: new Map(
      inputs.map((topic): [string, InputFacts] => [
        topic,
        {
          log: logOf(topic, partition),
          committed: committed.get(topic)?.get(partition),
          isRestored: restoredInputs.includes(topic),
        },
      ]),
    ),
  })
}
