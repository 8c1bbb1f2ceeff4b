import type { Application } from './application.ts'
import { sumOf } from '../../sandbox/demo/scrape.ts'
import type { Program } from './program.ts'

/** How far one stage got in one partition of one of its inputs. */
export interface StagePosition {
  readonly topic: string
  readonly partition: number
  /** 0 where nothing was committed. */
  readonly committed: number
  readonly end: number
}

/** The committed offsets of a stage's group, and the ends of the logs, for every partition of its inputs. */
export async function stagePositions(
  { id, topics, admin }: Application,
  stage: 'assemble' | 'deliver',
): Promise<readonly StagePosition[]> {
  const inputs = stage === 'assemble' ? [topics.profiles, topics.memberships] : [topics.contacts]
  const committed = await admin.fetchOffsets({ groupId: `${id}.${stage}`, topics: inputs })
  const positions = committed.map(async ({ topic, partitions }) => {
    const ends = await admin.fetchTopicOffsets(topic)
    return ends.map(({ partition, high }) => {
      const offset = partitions.find((other) => other.partition === partition)?.offset
      return { topic, partition, committed: Math.max(0, Number(offset ?? 0)), end: Number(high) }
    })
  })
  return (await Promise.all(positions)).flat()
}

/** The number of records ever written to a topic. */
export async function recordCount({ admin }: Application, topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic)
  return offsets.reduce((sum, { high }) => sum + Number(high), 0)
}

/**
 * True when all that was loaded has gone through all of `programs`: both stages committed the ends of their inputs, and
 * no contact waits to be sent. In this order: what a stage has not committed can still make work for the next.
 */
export async function isQuiet(
  app: Application,
  programs: readonly Pick<Program, 'url' | 'metrics'>[],
): Promise<boolean> {
  for (const stage of ['assemble', 'deliver'] as const) {
    const positions = await stagePositions(app, stage)
    if (positions.some(({ committed, end }) => committed < end)) return false
  }
  for (const program of programs) {
    if (!(await fetch(`${program.url}/ready`)).ok) return false
    if (sumOf(await program.metrics(), 'zendesk_activation_dirty_contacts') > 0) return false
  }
  return true
}
