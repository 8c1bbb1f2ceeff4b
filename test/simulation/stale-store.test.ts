import { describe, expect, it } from '@jest/globals'
import { sound } from '../support/simulation/mutations.ts'
import type { Fault, Input, Plan } from '../support/simulation/plan.ts'
import { runPlan } from '../support/simulation/run-plan.ts'

const person = 'p1'
const runsOutMs = 26_000

const inputs: readonly Input[] = [
  {
    atMs: 5000,
    person,
    type: 'profile',
    email: 'a',
    hasLastName: true,
    firstName: 'Ann',
    tier: null,
    ageMs: 0,
  },
  {
    atMs: 6000,
    person,
    type: 'membership',
    audience: 'vip',
    status: 'realized',
    ageMs: 0,
    validForMs: runsOutMs - 6000,
  },
]

/** Right after a membership ran out and that was written, the process crashes, and its disk is gone. */
function makePlan(seed: number, crashMs: number): Plan {
  const faults: readonly Fault[] = [
    { atMs: crashMs, type: 'crash', process: 0, downMs: 500, machine: true, share: 1 },
    {
      atMs: crashMs + 100,
      type: 'store',
      process: 0,
      stage: 'deliver',
      partition: 0,
      damage: 'lost',
      forMs: 1,
    },
  ]
  return {
    seed,
    partitions: 1,
    processes: [{ startMs: 0, skewMs: 0 }],
    spanMs: 60_000,
    inputs,
    faults,
  }
}

describe('a task that begins with contacts older than what was written last', () => {
  it('writes nothing of them that a record it has not read yet has replaced', async () => {
    const found: unknown[] = []
    for (let crashMs = runsOutMs + 200; crashMs <= runsOutMs + 1200; crashMs += 200)
      for (const seed of [1, 2]) found.push(...(await runPlan(makePlan(seed, crashMs), sound)).violations)
    expect(found).toStrictEqual([])
  })
})
