import type { Dice } from './dice.ts'
import type { Effect, When } from './life.ts'
import type { Answer, Asked, Fault } from './plan.ts'

/** What faults are chosen for. */
export interface FaultRange {
  readonly spanMs: number
  readonly processes: number
  readonly partitions: number
}

type Body = Fault extends infer Each ? (Each extends Fault ? Omit<Each, 'atMs'> : never) : never

/** Where a fault strikes. */
interface Target {
  readonly dice: Dice
  readonly process: number
  readonly partition: number
}

const effects: readonly (Effect | 'any')[] = [
  'any', 'any', 'persons', 'contacts', 'ledger', 'dead letters', 'commit', 'store', 'request',
] // prettier-ignore

const answers: readonly Answer[] = [
  'throttled', 'throttled for 3 s', 'unreachable', 'unauthorised', 'ambiguous, never carried out',
  'ambiguous, carried out', 'ambiguous, carried out later', 'ambiguous, carried out later', 'slow',
] // prettier-ignore

const asked: readonly Asked[] = [
  'sync', 'sync', 'join', 'heartbeat', 'produce', 'produce', 'commit', 'offsets', 'fetch', 'request', 'store', 'leave',
] // prettier-ignore

const whens: readonly When[] = ['before', 'midway', 'after']
const stages = ['assemble', 'deliver'] as const

/** How a process comes back from a crash. */
function comeBack(dice: Dice) {
  return {
    downMs: dice.pick([0, 500, 3000, 20_000, 45_000]),
    machine: dice.chance(0.4),
    share: dice.fraction(),
  }
}

const kinds: readonly { readonly weight: number; readonly make: (target: Target) => Body }[] = [
  { weight: 8, make: ({ dice, process }) => ({ type: 'crash', process, ...comeBack(dice) }) },
  {
    weight: 26,
    make: ({ dice, process }) => ({
      type: 'crash at',
      process,
      effect: dice.pick(effects),
      nth: dice.int(1, 5),
      when: dice.pick(whens),
      ...comeBack(dice),
    }),
  },
  { weight: 6, make: ({ dice, process }) => ({ type: 'stop', process, downMs: comeBack(dice).downMs }) },
  {
    weight: 5,
    make: ({ dice, process }) => ({
      type: 'freeze',
      process,
      forMs: dice.pick([500, 5000, 16_000, 31_000, 45_000, 60_000]),
    }),
  },
  {
    weight: 10,
    make: ({ dice, process }) => ({
      type: 'freeze at',
      process,
      what: dice.pick(asked),
      nth: dice.int(1, 4),
      forMs: dice.pick([5000, 16_000, 25_000, 31_000, 45_000, 60_000]),
    }),
  },
  {
    weight: 6,
    make: ({ dice }) => ({
      type: 'rebalances',
      group: dice.pick(stages),
      count: dice.int(1, 5),
      everyMs: dice.int(100, 4000),
    }),
  },
  {
    weight: 7,
    make: ({ dice }) => ({ type: 'compact', topic: dice.pick(['persons', 'contacts', 'ledger']) }),
  },
  {
    weight: 6,
    make: ({ dice }) => ({
      type: 'slow',
      operation: dice.pick(['produce', 'commit', 'fetch', 'heartbeat', 'any']),
      forMs: dice.int(1000, 40_000),
      latencyMs: dice.pick([300, 2000, 9000, 25_000]),
    }),
  },
  { weight: 5, make: ({ dice }) => ({ type: 'lost acknowledgements', count: dice.int(1, 4) }) },
  { weight: 3, make: ({ dice }) => ({ type: 'stale commits', count: dice.int(1, 4) }) },
  {
    weight: 5,
    make: ({ dice, process }) => ({
      type: 'outage',
      forMs: dice.pick([2000, 20_000, 70_000]),
      process: dice.pick([null, process]),
    }),
  },
  {
    weight: 10,
    make: ({ dice }) => ({
      type: 'zendesk',
      answer: dice.pick(answers),
      forMs: dice.int(500, 40_000),
      share: dice.pick([0.3, 1]),
    }),
  },
  { weight: 2, make: ({ dice }) => ({ type: 'registry', forMs: dice.int(1000, 20_000) }) },
  {
    weight: 5,
    make: ({ dice, process, partition }) => ({
      type: 'store',
      process,
      stage: dice.pick(stages),
      partition,
      damage: dice.pick(['lost', 'corrupt', 'full']),
      forMs: dice.int(1000, 20_000),
    }),
  },
  {
    weight: 2,
    make: ({ dice }) => ({ type: 'reset', group: dice.pick(stages), by: dice.pick([1, 3, 1000]) }),
  },
]

/** A fault of any kind, some more often than others. */
export function makeFault(dice: Dice, { spanMs, processes, partitions }: FaultRange): Fault {
  const atMs = dice.int(1000, spanMs)
  const target = { dice, process: dice.int(0, processes - 1), partition: dice.int(0, partitions - 1) }
  let left = dice.int(
    1,
    kinds.reduce((sum, { weight }) => sum + weight, 0),
  )
  const kind = kinds.find(({ weight }) => (left -= weight) <= 0)
  if (kind === undefined) throw new Error('no kind of fault was chosen')
  return { atMs, ...kind.make(target) }
}
