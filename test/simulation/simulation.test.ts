import { describe, expect, it } from '@jest/globals'
import { makePlan } from '../support/simulation/make-plan.ts'
import { mutations, sound } from '../support/simulation/mutations.ts'
import { isRunTwice, simulateSeed } from '../support/simulation/simulate-seed.ts'
import { shrinkPlan } from '../support/simulation/shrink.ts'
import { corpus } from './corpus.ts'

describe('the program in a simulated world', () => {
  it.each(corpus)('keeps its promises with seed $seed: $why', async ({ seed }) => {
    const { violation } = await simulateSeed(seed, sound, isRunTwice(seed, sound))
    expect(violation).toBeNull()
  })

  it('does the same again with the same seed', async () => {
    const { violation } = await simulateSeed(7, sound, true)
    expect(violation).toBeNull()
  })
})

/** Seeds that a mutation has to be found within, and how long they may take on a machine that does much else. */
const enough = 60
const patienceMs = 600_000

describe('a simulated world in which something is wrong', () => {
  it.each(Object.entries(mutations))(
    'is found to break %s',
    async (_name, mutation) => {
      let found: unknown
      for (let seed = 1; seed <= enough && found === undefined; seed += 1) {
        const { violation } = await simulateSeed(seed, mutation, mutation.breaks === 'I13')
        found = violation?.invariant
      }
      expect(found).toBe(mutation.breaks)
    },
    patienceMs,
  )
})

describe('the shortest plan that fails', () => {
  it('has the faults and inputs alone without which it succeeds', async () => {
    const plan = makePlan(204)
    const [fault] = plan.faults.slice(-1)
    const [input] = plan.inputs.slice(2)
    const shortest = await shrinkPlan(plan, async ({ faults, inputs }) =>
      Promise.resolve(faults.some((left) => left === fault) && inputs.some((left) => left === input)),
    )
    expect(shortest).toStrictEqual({ ...plan, faults: [fault], inputs: [input] })
  })
})
