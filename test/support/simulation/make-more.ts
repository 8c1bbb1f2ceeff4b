import type { Dice } from './dice.ts'
import type { Answer, Fault, Input, Plan } from './plan.ts'

const minuteMs = 60_000

/**
 * Adds to a plan what takes longer or more than a race: many contacts at once, long outages of Zendesk and what changes
 * meanwhile, contacts that are removed by hand, persons who share an e-mail, and values that tell which record they are of.
 */
export function addMore(plan: Plan, dice: Dice): Plan {
  const faults = [...plan.faults, ...makeLongFaults(dice, plan.spanMs), ...makeRemovals(dice, plan.spanMs)]
  const added = [...makeCrowds(dice, faults, plan.spanMs), ...makeChangesDuring(dice, faults)]
  const inputs = [...plan.inputs, ...added]
  const spanMs = Math.max(plan.spanMs, ...inputs.map(({ atMs }) => atMs))
  return mark(share({ ...plan, faults: byTime(faults), inputs: byTime(inputs), spanMs }, dice), dice)
}

function byTime<T extends { readonly atMs: number }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => a.atMs - b.atMs)
}

const longAnswers: readonly Answer[] = [
  'throttled', 'throttled', 'throttled for 3 s', 'unreachable', 'unanswered', 'unauthorised', 'ambiguous, never carried out',
  'ambiguous, carried out later', 'ambiguous, carried out later', 'ambiguous, carried out',
] // prettier-ignore

function makeLongFaults(dice: Dice, spanMs: number): readonly Fault[] {
  return Array.from({ length: dice.int(0, 2) }, () => ({
    atMs: dice.int(1000, spanMs),
    type: 'zendesk',
    answer: dice.pick(longAnswers),
    forMs: dice.int(1, 8) * minuteMs,
    share: dice.pick([0.3, 0.7, 1]),
  }))
}

function makeRemovals(dice: Dice, spanMs: number): readonly Fault[] {
  return Array.from({ length: dice.pick([0, 0, 1, 3]) }, () => ({
    atMs: dice.int(10_000, spanMs),
    type: 'removal',
    which: dice.fraction(),
  }))
}

/** Persons of whom there are many, each with a contact of their own: at any time, or when a trouble begins. */
function makeCrowds(dice: Dice, faults: readonly Fault[], spanMs: number): readonly Input[] {
  if (dice.chance(0.5)) return []
  const count = dice.int(12, 50)
  return Array.from({ length: dice.int(1, 3) }, () => {
    const atMs = faults.length > 0 && dice.chance(0.6) ? dice.pick(faults).atMs : dice.int(5000, spanMs)
    return Array.from({ length: count }, (_, index) => ({
      ...makeProfile(dice, `c${index + 1}`, Math.max(0, atMs + dice.int(-4000, 4000))),
      hasLastName: true,
    }))
  }).flat()
}

/** Changes of a few persons, all through a trouble of Zendesk. */
function makeChangesDuring(dice: Dice, faults: readonly Fault[]): readonly Input[] {
  return faults.flatMap((fault) => {
    if (fault.type !== 'zendesk' && fault.type !== 'removal') return []
    const forMs = fault.type === 'zendesk' ? fault.forMs : 5000
    return Array.from({ length: dice.int(1, 8) }, () =>
      makeProfile(dice, dice.pick(['p1', 'p2']), fault.atMs + dice.int(0, forMs)),
    )
  })
}

function makeProfile(dice: Dice, person: string, atMs: number): Input & { readonly type: 'profile' } {
  return {
    atMs,
    person,
    type: 'profile',
    email: dice.pick(['a', 'a', 'a', 'b']),
    hasLastName: dice.chance(0.9),
    firstName: dice.pick(['Ann', 'Bea', 'Cleo']),
    tier: null,
    ageMs: dice.pick([0, 0, 0, 400, 60_000]),
  }
}

/**
 * In some plans, some of the first persons come to share an e-mail, and stay: no erasure. Where one of them left it again
 * before it was written, the stage would take it for an e-mail that everybody left. Nor is the contacts topic compacted then:
 * it keeps one record of each e-mail, and so what one person said of it.
 */
function share(plan: Plan, dice: Dice): Plan {
  if (!dice.chance(0.35)) return plan
  const from = new Map(['p1', 'p2', 'p3', 'p4'].map((person) => [person, dice.int(0, plan.spanMs)]))
  const mayStay = ({ person, type }: Input): boolean => !(type === 'erasure' && from.has(person))
  const inputs = plan.inputs.filter(mayStay).map((input): Input => {
    if (input.type !== 'profile' || input.email === 'none') return input
    return input.atMs - input.ageMs >= (from.get(input.person) ?? Infinity)
      ? { ...input, email: 'shared' }
      : input
  })
  const faults = plan.faults.filter((fault) => !(fault.type === 'compact' && fault.topic === 'contacts'))
  return { ...plan, inputs, faults }
}

/** In most plans, every profile record has a value of its own. */
function mark(plan: Plan, dice: Dice): Plan {
  if (!dice.chance(0.7)) return plan
  const inputs = plan.inputs.map((input, index): Input => {
    return input.type === 'profile' ? { ...input, tier: `tier ${index + 1}` } : input
  })
  return { ...plan, inputs }
}
