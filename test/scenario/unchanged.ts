import { audiences } from '../support/topology/configuration.ts'
import type { ScenarioResult } from '../support/scenario/result.ts'
import { createScenarioWorld, type ScenarioWorld } from '../support/scenario/world.ts'

/** How much of it. */
export interface UnchangedSize {
  readonly persons: number
  /** Records of each that are in the topics when they are read again; as many come once more. */
  readonly recordsEach: number
}

const full: UnchangedSize = { persons: 2000, recordsEach: 25 }
const startsWithinMs = 10_000

/**
 * Records that change nothing: first the group is set back and reads all of the topics again, then the newest of every
 * person is said once more, and once more. Not one request may come of it.
 */
export async function unchanged(size: UnchangedSize = full): Promise<ScenarioResult> {
  const world = await createScenarioWorld({ partitions: 4, machines: 1 })
  writeHistory(world, size)
  world.start(0)
  await world.until('all is written', () => isQuiet(world), size.persons * 1000)

  const [requestsBefore, recordsBefore] = [world.zendesk.requests.length, world.reads.records()]
  const unchangedBefore = world.reads.unchanged()
  world.stop(0)
  await world.until('the process has ended', () => world.running().length === 0, 60_000)
  readAgain(world)
  world.start(0)
  const total = 2 * size.persons * size.recordsEach
  const read = (): number => world.reads.records() - recordsBefore
  await world.until('all is read again', () => read() >= total / 2, 600_000)
  for (let round = 0; round < size.recordsEach; round += 1) {
    for (let person = 1; person <= size.persons; person += 1) world.inputs.repeat(`p${person}`)
    await world.run(1000)
  }
  await world.until('all is read that was said once more', () => read() >= total, 600_000)
  await world.until('nothing is left to do', () => isQuiet(world), 600_000)
  // Whatever should be sent is sent by then.
  await world.run(startsWithinMs)

  const figures = {
    persons: size.persons,
    records: read(),
    recordsThatFoldedNothing: world.reads.unchanged() - unchangedBefore,
    requestsBefore,
    requests: world.zendesk.requests.length - requestsBefore,
    deadLetters: world.deadLetters(),
    lost: world.inputs.lost(world.zendesk),
  }
  return {
    scenario: 'unchanged',
    figures,
    bounds: [
      { what: `${total} records are read`, holds: figures.records === total },
      { what: 'no request is sent', holds: figures.requests === 0 },
      { what: 'nothing is lost', holds: figures.lost === 0 && figures.deadLetters === 0 },
    ],
    virtualMs: world.nowMs(),
  }
}

/** Of every person all records but one are profiles, each newer than the one before. */
function writeHistory({ inputs }: ScenarioWorld, { persons, recordsEach }: UnchangedSize): void {
  for (let person = 1; person <= persons; person += 1) {
    inputs.membership(`p${person}`, { audience: audiences.vip, status: 'realized' })
    for (let record = 1; record < recordsEach; record += 1) inputs.event(`p${person}`)
  }
}

function isQuiet(world: ScenarioWorld): boolean {
  const isReady = world.running().length > 0 && world.running().every((process) => process.isRestored())
  return isReady && world.reads.records() >= world.inputs.written() && world.dirtyContacts() === 0
}

/** As an operator does, with Kafka's own tools. */
function readAgain({ kafka, config }: ScenarioWorld): void {
  const group = kafka.group(`${config().applicationId}.assemble`)
  for (const topic of ['profiles', 'segment-memberships']) {
    const positions = kafka.topics
      .logs(topic)
      .map((log, partition) => ({ topic, partition, offset: log.bounds().startOffset }))
    group.reset(positions)
  }
}
