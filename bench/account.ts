import { setTimeout as pause } from 'node:timers/promises'
import { loadConfig } from '../src/config/load.ts'
import type { Application, ApplicationProgram } from '../test/support/application.ts'
import type { Changes } from '../test/support/configuration.ts'
import { isQuiet, stagePositions } from '../test/support/progress-in-kafka.ts'
import { until } from '../test/support/until.ts'
import { writeContacts } from './written-contacts.ts'

/** Lines of the inputs; the assemble stage reads them in this order. */
export interface Stretch {
  /** What the group steps over, since an operator reset its offsets behind them: it is in the topic, and never was read. */
  readonly skipped: readonly object[]
  readonly read: readonly object[]
}

const filledWithinMs = 600_000

/**
 * Fills the inputs, has the assemble stage of the program read them, and makes Zendesk hold what comes of it. Gives the number
 * of contacts and the directory with the stores.
 */
export async function fillAccount(
  app: Application,
  stretches: readonly Stretch[],
  changes: Changes,
): Promise<{ readonly contacts: number; readonly stateDirectory: string }> {
  const { file, stateDirectory } = await app.writeConfiguration(changes)
  for (const { skipped, read } of stretches) {
    if (skipped.length > 0) await skip(app, skipped)
    await app.load(read)
    const program = await app.start({ stage: 'assemble', changes, stateDirectory })
    await program.until('the inputs are read', async () => isAssembled(app), filledWithinMs)
    await program.terminate()
  }
  const loaded = await loadConfig(file)
  if (loaded.type === 'invalid') throw new Error('the configuration of the benchmark is wrong')
  return { contacts: await writeContacts(app, loaded.config), stateDirectory }
}

/** Loads lines and resets the group to their end, as an operator does with Kafka's tools. */
async function skip({ id, admin, topics, ...app }: Application, lines: readonly object[]): Promise<void> {
  await app.load(lines)
  const partitions = (await admin.fetchTopicOffsets(topics.profiles)).map(({ partition, high }) => {
    return { partition, offset: high }
  })
  await admin.setOffsets({ groupId: `${id}.assemble`, topic: topics.profiles, partitions })
}

async function isAssembled(app: Application): Promise<boolean> {
  // Rarely: the group's offsets are asked for while it works.
  await pause(500)
  const positions = await stagePositions(app, 'assemble')
  return positions.every(({ committed, end }) => committed >= end)
}

/** Resolves when all that was loaded and copied has gone through the program, and nothing waits to be sent. */
export async function untilQuiet(
  app: Application,
  program: ApplicationProgram,
  withinMs = filledWithinMs,
): Promise<void> {
  await until(
    'nothing is to be done any more',
    async () => {
      await pause(500)
      return (await copiesAreRead(app)) && (await isQuiet(app, [program]))
    },
    withinMs,
  )
}

async function copiesAreRead({ id, admin, topics }: Application): Promise<boolean> {
  const topic = topics.assembleReplay
  const committed = await admin.fetchOffsets({ groupId: `${id}.assemble`, topics: [topic] })
  const offsets = new Map(
    committed.flatMap(({ partitions }) => partitions.map((at) => [at.partition, Number(at.offset)])),
  )
  return (await admin.fetchTopicOffsets(topic)).every(
    ({ partition, low, high }) => Math.max(Number(low), offsets.get(partition) ?? 0) >= Number(high),
  )
}
