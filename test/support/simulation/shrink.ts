import type { Plan } from './plan.ts'

/** Says whether a plan still fails as the one did that is being made shorter. */
export type Fails = (plan: Plan) => Promise<boolean>

/**
 * The shortest plan that still fails, by delta debugging: faults that can be left out are, then inputs. Which of several it
 * finds is chance; leaving out any one fault of it makes it succeed.
 */
export async function shrinkPlan(plan: Plan, fails: Fails): Promise<Plan> {
  const faults = await shrinkList(plan.faults, async (left) => fails({ ...plan, faults: left }))
  const short = { ...plan, faults }
  const inputs = await shrinkList(short.inputs, async (left) => fails({ ...short, inputs: left }))
  return { ...short, inputs }
}

/** The shortest list that still fails: first halves are left out, then quarters, down to single items. */
async function shrinkList<T>(
  items: readonly T[],
  fails: (left: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let left = items
  let size = Math.ceil(left.length / 2)
  while (size >= 1 && left.length > 0) {
    let isShorter = false
    for (let start = 0; start < left.length; start += size) {
      const without = [...left.slice(0, start), ...left.slice(start + size)]
      if (!(await fails(without))) continue
      left = without
      isShorter = true
      start -= size
    }
    if (!isShorter || size > left.length) {
      if (size === 1 && !isShorter) break
      size = Math.max(1, Math.min(Math.floor(size / 2), left.length))
    }
  }
  return left
}
