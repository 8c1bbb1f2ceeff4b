import { makePlan } from './make-plan.ts'
import type { Mutation } from './mutations.ts'
import type { Plan } from './plan.ts'
import { runPlan, type RunResult } from './run-plan.ts'
import { shrinkPlan } from './shrink.ts'
import type { Violation } from './violation.ts'

/** A seed that found something: what, and the shortest plan that still does. */
export interface Finding {
  readonly seed: number
  readonly violation: Violation
  readonly shortest: RunResult
}

/** Runs the plan of a seed; `twice` also looks whether both runs did the same (I13). */
export async function simulateSeed(
  seed: number,
  mutation: Mutation,
  twice: boolean,
): Promise<{ readonly result: RunResult; readonly violation: Violation | null }> {
  const result = await runPlan(makePlan(seed), mutation)
  const found = findViolation(result, mutation)
  if (found !== null || !twice) return { result, violation: found }
  const again = await runPlan(makePlan(seed), mutation)
  const difference = firstDifference(result, again)
  if (difference === null) return { result, violation: null }
  return { result, violation: { invariant: 'I13', atMs: 0, what: difference } }
}

/** The first violation of a run; of a broken one, the first of what it breaks. */
function findViolation({ violations }: RunResult, { breaks }: Mutation): Violation | null {
  return violations.find(({ invariant }) => breaks === null || invariant === breaks) ?? null
}

function firstDifference(first: RunResult, second: RunResult): string | null {
  if (first.hash === second.hash) return null
  const index = first.trace.findIndex((line, at) => line !== second.trace[at])
  const lines = `"${first.trace[index] ?? 'the end'}" and "${second.trace[index] ?? 'the end'}"`
  return `two runs of the same seed did not do the same, among the last effects for example ${lines}`
}

/** Leaves out what does not matter for a violation. */
export async function shorten(seed: number, violation: Violation, mutation: Mutation): Promise<Finding> {
  const plan = makePlan(seed)
  if (violation.invariant === 'I13') return { seed, violation, shortest: await runPlan(plan, mutation) }
  const fails = async (shorter: Plan): Promise<boolean> =>
    (await runPlan(shorter, mutation)).violations.some(({ invariant }) => invariant === violation.invariant)
  const shortest = await shrinkPlan(plan, fails)
  return { seed, violation, shortest: await runPlan(shortest, mutation) }
}

/** The seeds whose number says so are run twice. */
export function isRunTwice(seed: number, mutation: Mutation): boolean {
  return mutation.breaks === 'I13' || seed % 10 === 0
}
