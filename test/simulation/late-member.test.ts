import { describe, expect, it } from '@jest/globals'
import { createDice, type Dice } from '../support/simulation/dice.ts'
import { sound } from '../support/simulation/mutations.ts'
import type { Fault, Input, Plan } from '../support/simulation/plan.ts'
import { runPlan } from '../support/simulation/run-plan.ts'

const rebalanceMs = 31_000

function makeInputs(dice: Dice, untilMs: number): readonly Input[] {
  const inputs: Input[] = []
  for (let atMs = 3000; atMs < untilMs; atMs += dice.pick([50, 400, 3000])) {
    const common = { atMs, person: dice.pick(['p1', 'p2']), ageMs: 0 }
    const firstName = dice.pick(['Ann', 'Bea', 'Cleo'])
    const [audience, status] = [
      dice.pick(['vip', 'newsletter'] as const),
      dice.pick(['realized', 'exited'] as const),
    ]
    inputs.push(
      dice.chance(0.5)
        ? {
            ...common,
            type: 'profile',
            email: dice.pick(['a', 'b']),
            hasLastName: true,
            firstName,
            tier: null,
          }
        : { ...common, type: 'membership', audience, status, validForMs: null },
    )
  }
  return inputs
}

/**
 * Two processes share one partition. One of them stands still from its request for an assignment until the group has long
 * given the partition to the other, and hears the answer then. Soon after, all that is not in Kafka is lost.
 */
function makeLatePlan(seed: number): Plan {
  const dice = createDice(seed, 'late member')
  const forMs = dice.pick([33_000, 40_000, 50_000])
  const endMs = rebalanceMs + forMs + dice.int(1000, 9000)
  const faults: readonly Fault[] = [
    ...[1, 2].map((nth) => ({ atMs: 30_000, type: 'freeze at' as const, process: seed % 2, what: 'sync' as const, nth, forMs })),
    ...(['deliver', 'assemble'] as const).map((group) => ({ atMs: rebalanceMs, type: 'rebalances' as const, group, count: 1, everyMs: 1 })),
    ...[0, 1].flatMap((process): Fault[] => [
      { atMs: endMs, type: 'crash', process, downMs: 500, machine: true, share: 1 },
      ...(['assemble', 'deliver'] as const).map((stage): Fault => ({ atMs: endMs + 50, type: 'store', process, stage, partition: 0, damage: 'lost', forMs: 1 })),
    ]),
  ] // prettier-ignore
  return {
    seed,
    partitions: 1,
    processes: [
      { startMs: 0, skewMs: 0 },
      { startMs: 100, skewMs: 0 },
    ],
    spanMs: 150_000,
    inputs: makeInputs(dice, rebalanceMs + forMs + 8000),
    faults,
  }
}

describe('a member that hears of its assignment when it is no member any more', () => {
  it('writes nothing for a partition that another member has by then', async () => {
    const found: unknown[] = []
    for (let seed = 1; seed <= 20; seed += 1)
      found.push(...(await runPlan(makeLatePlan(seed), sound)).violations)
    expect(found).toStrictEqual([])
  })
})
