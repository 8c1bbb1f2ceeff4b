import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Application, createApplication } from '../support/application.ts'
import { type Change, createChanges } from '../support/chaos/changes.ts'
import { createFleet, type Fleet, type Life } from '../support/chaos/fleet.ts'
import { keepEvidence, settle, type Verdict } from '../support/chaos/settle.ts'
import { startStream } from '../support/chaos/stream.ts'
import type { Changes } from '../support/configuration.ts'
import { stagePositions } from '../support/progress-in-kafka.ts'
import { createDice, type Dice } from '../support/simulation/dice.ts'

/** What every scenario can be told. */
export interface ScenarioOptions {
  readonly seed: number
  /** Takes the lines of its table. */
  readonly print: (line: string) => void
  /** How many people things happen to; 80 when absent. */
  readonly people?: number
}

/** How a scenario ended. */
export interface ScenarioResult {
  readonly name: string
  readonly seed: number
  readonly tookMs: number
  /** What was not as it should be; empty where all was well. */
  readonly violations: readonly string[]
  readonly numbers: Readonly<Record<string, number>>
  /** A folder with logs and requests, where something was violated. */
  readonly evidence: string | null
}

/** What a scenario does its harm with, while changes stream in. */
export interface Chaos {
  readonly app: Application
  readonly fleet: Fleet
  readonly dice: Dice
  /** Notes that a process died without having ended its work. */
  readonly crashed: () => void
  readonly violated: (what: string) => void
  /** Adds a number to the summary. */
  readonly count: (name: string, value: number) => void
}

/** What a scenario needs around its programs. */
export interface Prepared {
  readonly changesOf: (member: string) => Changes
  readonly stop: () => Promise<void>
}

/** What a scenario is made of. */
export interface Scenario {
  readonly name: string
  readonly members: readonly string[]
  /** Resolves with what configures each member, and what ends it. */
  prepare?(app: Application): Promise<Prepared>
  run(chaos: Chaos): Promise<void>
}

/** Of both input topics, and so of all. */
export const partitionCount = 6

/** How long a dead or frozen member keeps its partitions, in milliseconds: what `configurationText` says. */
export const sessionTimeoutMs = 6000

/** A request takes this long, so that some are always under way. */
const answerDelayMs = 120

/** Runs a scenario over a stream of changes; waits for quiet then, and compares everything. */
export async function runScenario(scenario: Scenario, options: ScenarioOptions): Promise<ScenarioResult> {
  const startedAtMs = performance.now()
  const app = await createApplication({ partitions: partitionCount })
  const prepared = await scenario.prepare?.(app)
  try {
    await app.sell.addFault({ kind: 'delay', delayMs: answerDelayMs, match: { path: 'upsert|contacts/\\d' } })
    const fleet = createFleet(app, scenario.members, prepared?.changesOf)
    const { changes, verdict } = await runOver(app, fleet, scenario, options)
    const evidence = verdict.violations.length > 0 ? evidenceFolder(scenario.name, app.id) : null
    if (evidence !== null) await keepEvidence(evidence, app, fleet, changes)
    const tookMs = performance.now() - startedAtMs
    return { name: scenario.name, seed: options.seed, tookMs, ...verdict, evidence }
  } finally {
    await app.dispose()
    await prepared?.stop()
  }
}

async function runOver(
  app: Application,
  fleet: Fleet,
  scenario: Scenario,
  { seed, people = 80 }: ScenarioOptions,
): Promise<{ readonly changes: readonly Change[]; readonly verdict: Verdict }> {
  const violations: string[] = []
  const numbers: Record<string, number> = {}
  let crashes = 0
  const stream = await startStream(app, createChanges(seed, people), createDice(seed, 'stream'))
  const chaos: Chaos = {
    app,
    fleet,
    dice: createDice(seed, scenario.name),
    crashed: () => (crashes += 1),
    violated: (what) => violations.push(what),
    count: (name, value) => (numbers[name] = value),
  }
  await scenario
    .run(chaos)
    .catch((error: unknown) => chaos.violated(`the scenario broke off: ${String(error)}`))
  await stream.stop()
  const verdict = await settle(app, fleet, stream.sent(), crashes)
  return {
    changes: stream.sent(),
    verdict: {
      violations: [...violations, ...verdict.violations],
      numbers: { ...numbers, ...verdict.numbers },
    },
  }
}

function evidenceFolder(name: string, id: string): string {
  return path.join(tmpdir(), `zendesk-activation-chaos-${name}-${id}`)
}

/** Records that are in the inputs of both stages and not committed. */
export async function lagOf(app: Application): Promise<number> {
  const positions = await Promise.all([stagePositions(app, 'assemble'), stagePositions(app, 'deliver')])
  return positions.flat().reduce((sum, { committed, end }) => sum + end - committed, 0)
}

/** Waits until a life is ready; tells what happened where it ends before that, and notes nothing. */
export async function isBack({ program }: Life): Promise<boolean> {
  return program.untilReady().then(
    () => true,
    () => false,
  )
}
