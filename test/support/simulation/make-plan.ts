import { createDice, type Dice } from './dice.ts'
import { makeFault } from './make-faults.ts'
import { addMore } from './make-more.ts'
import type { Fault, Input, Plan } from './plan.ts'

const minuteMs = 60_000

/** The plan of a seed. Every other has more in it than the few persons and short troubles that races need. */
export function makePlan(seed: number): Plan {
  const plan = makeShortPlan(seed)
  const dice = createDice(seed, 'many')
  return dice.chance(0.5) ? addMore(plan, dice) : plan
}

function makeShortPlan(seed: number): Plan {
  const dice = createDice(seed, 'plan')
  const partitions = dice.pick([1, 1, 2, 3, 4, 6])
  const spanMs = dice.int(2, 12) * minuteMs
  const count = dice.pick([1, 1, 2, 2, 3, 4])
  const isSkewed = dice.chance(0.3)
  const processes = Array.from({ length: count }, (_, index) => ({
    startMs: index === 0 || dice.chance(0.5) ? dice.int(0, 2000) : dice.int(0, spanMs / 2),
    skewMs: isSkewed ? dice.int(-800, 800) : 0,
  }))
  const persons = Array.from({ length: dice.int(1, 4) }, (_, index) => `p${index + 1}`)
  const hasErasures = dice.chance(0.3)
  const faults = dice.chance(0.2)
    ? []
    : Array.from({ length: dice.int(1, 10) }, () => makeFault(dice, { spanMs, processes: count, partitions }))
  const inputs = [
    ...makeInputs(dice, persons, spanMs, hasErasures),
    ...faults.flatMap((fault) => makeInputsAround(dice, fault, persons, hasErasures)),
  ]
  return {
    seed,
    partitions,
    processes,
    // The last fault may outlast the span, and inputs may come until then.
    spanMs: Math.max(spanMs, ...inputs.map(({ atMs }) => atMs)),
    inputs: byTime(inputs),
    faults: byTime(faults),
  }
}

function byTime<T extends { readonly atMs: number }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => a.atMs - b.atMs)
}

/** Inputs come in bursts: what happens at once is what races. */
function makeInputs(
  dice: Dice,
  persons: readonly string[],
  spanMs: number,
  hasErasures: boolean,
): readonly Input[] {
  const count = dice.int(5, 25)
  let atMs = dice.int(0, 20_000)
  const inputs: Input[] = []
  while (inputs.length < count && atMs < spanMs) {
    inputs.push(makeInput(dice, dice.pick(persons), atMs, hasErasures))
    atMs += dice.chance(0.6) ? dice.int(0, 300) : dice.int(0, (2 * spanMs) / count)
  }
  return inputs
}

/** What comes in while trouble begins, and when it ends: a process that stood still, or is back, and one in its place. */
function makeInputsAround(
  dice: Dice,
  fault: Fault,
  persons: readonly string[],
  hasErasures: boolean,
): readonly Input[] {
  const lastsMs = 'forMs' in fault ? fault.forMs : 'downMs' in fault ? fault.downMs : 0
  const beginning = Array.from({ length: dice.int(0, 2) }, () => fault.atMs + dice.int(-1000, 3000))
  const end = Array.from({ length: dice.int(0, 2) }, () => fault.atMs + lastsMs + dice.int(-1000, 6000))
  return [...beginning, ...end].map((atMs) =>
    makeInput(dice, dice.pick(persons), Math.max(0, atMs), hasErasures),
  )
}

function makeInput(dice: Dice, person: string, atMs: number, hasErasures: boolean): Input {
  const ageMs = dice.pick([0, 0, 0, 1, 400, 5000, 60_000])
  const which = dice.int(1, 100)
  if (which <= 45) {
    return {
      atMs,
      person,
      type: 'profile',
      email: dice.pick(['a', 'a', 'a', 'b', 'b', 'c', 'none']),
      hasLastName: dice.chance(0.85),
      firstName: dice.pick(['Ann', 'Bea', 'Cleo']),
      tier: null,
      ageMs,
    }
  }
  if (which <= 82) {
    return {
      atMs,
      person,
      type: 'membership',
      audience: dice.pick(['vip', 'newsletter']),
      status: dice.pick(['realized', 'existing', 'exited']),
      ageMs,
      validForMs: dice.pick([null, null, 700, 20_000, 90_000]),
    }
  }
  if (which <= 88) return { atMs, person, type: 'again' }
  if (which <= 92 && hasErasures) return { atMs, person, type: 'erasure' }
  return {
    atMs,
    person,
    type: 'bad',
    topic: dice.pick(['profiles', 'segment-memberships']),
    badness: dice.pick(['no avro', 'unknown schema', 'truncated', 'no key', 'unknown status']),
  }
}
