import { createDice, type Dice } from '../support/simulation/dice.ts'
import { rounded, type ScenarioResult } from '../support/scenario/result.ts'
import { createScenarioWorld, type ScenarioWorld } from '../support/scenario/world.ts'

/** How much of it. */
export interface SharingSize {
  readonly contacts: number
  readonly partitions: number
  /** How long each number of processes stays. */
  readonly phaseMs: number
}

const full: SharingSize = { contacts: 10_000, partitions: 12, phaseMs: 120_000 }

/** Which machines start or stop at the beginning of each phase. */
const turns: readonly { readonly starts?: readonly number[]; readonly stops?: readonly number[] }[] = [
  { starts: [0] },
  { starts: [1] },
  { starts: [2] },
  { starts: [3, 4] },
  { stops: [1, 3] },
  { stops: [0] },
  { stops: [4] },
]
const machines = 5

/** After a join or a leave, the share of the rate that changes hands may lie idle for this long. */
const turnMs = 20_000
const leastUtilisation = 0.95

/**
 * One, two, three and five processes share the rate, over partitions of which some have many contacts and most have few:
 * those whose own contacts are all written must not leave their part of the rate to nobody.
 */
export async function sharing(size: SharingSize = full): Promise<ScenarioResult> {
  const world = await createScenarioWorld({ partitions: size.partitions, machines })
  const measured = measure(world)
  for (const person of makeSkewedPersons(world, createDice(1, 'sharing'), size)) world.inputs.event(person)
  for (const { starts = [], stops = [] } of turns) {
    measured.turned()
    for (const machine of starts) world.start(machine)
    for (const machine of stops) world.stop(machine)
    await world.run(size.phaseMs)
  }
  const { requestsPerSecond } = world.config().zendesk
  const utilisation = (seconds: readonly Second[]): number =>
    rounded(seconds.reduce((sum, { requests }) => sum + requests, 0) / (seconds.length * requestsPerSecond))
  const withBacklog = measured.seconds.filter(({ hasBacklog }) => hasBacklog)
  const settled = withBacklog.filter(({ sinceTurnMs }) => sinceTurnMs > turnMs)
  const figures = {
    contacts: size.contacts,
    partitions: size.partitions,
    maxInAnySecond: world.zendesk.maxInAnySecond(0),
    utilisation: utilisation(settled),
    utilisationWithJoinsAndLeaves: utilisation(withBacklog),
    ...Object.fromEntries(
      [...new Set(settled.map(({ processes }) => processes))].map((processes) => [
        `utilisationOf${processes}`,
        utilisation(settled.filter((second) => second.processes === processes)),
      ]),
    ),
    secondsWithBacklog: withBacklog.length,
    throttled: world.zendesk.requests.filter(({ outcome }) => outcome === 'throttled').length,
    orderViolations: world.zendesk.orderViolations(),
    backlogAtEndContacts: world.freshness().waiting(),
  }
  return {
    scenario: 'sharing',
    figures,
    bounds: [
      { what: 'at most 10 requests in any second', holds: figures.maxInAnySecond <= 10 },
      {
        what: `at least ${leastUtilisation * 100} % of the rate is used`,
        holds: figures.utilisation >= leastUtilisation,
      },
      { what: 'no older state after a newer one', holds: figures.orderViolations === 0 },
    ],
    virtualMs: world.nowMs(),
  }
}

/** What went on in one second of the run. */
interface Second {
  readonly requests: number
  readonly hasBacklog: boolean
  readonly processes: number
  readonly sinceTurnMs: number
}

function measure(world: ScenarioWorld): { readonly seconds: readonly Second[]; turned(): void } {
  const seconds: Second[] = []
  let turnedMs = 0
  let before = 0
  world.watch(1000, () => {
    const sent = world.zendesk.requests.length
    seconds.push({
      requests: sent - before,
      hasBacklog: world.freshness().waiting() > 0,
      processes: world.running().length,
      sinceTurnMs: world.nowMs() - turnedMs,
    })
    before = sent
  })
  return { seconds, turned: () => (turnedMs = world.nowMs()) }
}

/** Persons whose contacts are dealt to the partitions by Zipf's law: half as many in the second as in the first, and so on. */
function makeSkewedPersons(
  { kafka, topics }: ScenarioWorld,
  dice: Dice,
  { contacts, partitions }: SharingSize,
): readonly string[] {
  const weights = Array.from({ length: partitions }, (_, rank) => 1 / (rank + 1))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const partitionOf = (email: string): number =>
    kafka.topics.partitionFor(topics.contacts, new TextEncoder().encode(email))
  return Array.from({ length: contacts }, (_, index) => {
    let left = dice.fraction() * total
    const wanted = weights.findIndex((weight) => (left -= weight) <= 0)
    for (let attempt = 0; ; attempt += 1) {
      const email = `s${index}-${attempt}@example.com`
      if (partitionOf(email) === Math.max(0, wanted)) return email
    }
  })
}
