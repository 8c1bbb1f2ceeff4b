import { effects, moments } from '../../src/cli/failpoints.ts'
import type { Member } from '../support/chaos/fleet.ts'
import { createTable, seconds } from '../support/chaos/table.ts'
import type { Dice } from '../support/simulation/dice.ts'
import {
  type Chaos,
  isBack,
  lagOf,
  runScenario,
  type ScenarioOptions,
  type ScenarioResult,
} from './scenario.ts'

/** How long a failpoint may take until its process is killed where it is. */
const patienceMs = 15_000

/** Who is to die in a round, and where. */
type Round = ReadonlyMap<Member, string>

/**
 * In each round one or two of three processes die at a failpoint, or where they are when they do not get there, and come
 * back over their own stores. Those that are to die in the next round, too, come back armed: they may die while restoring.
 */
export async function kill(options: ScenarioOptions & { readonly rounds: number }): Promise<ScenarioResult> {
  return runScenario(
    { name: 'kill', members: ['a', 'b', 'c'], run: async (chaos) => runRounds(chaos, options) },
    options,
  )
}

async function runRounds(
  chaos: Chaos,
  { rounds, print }: ScenarioOptions & { readonly rounds: number },
): Promise<void> {
  const { fleet, dice, app } = chaos
  const table = createTable(
    [['round', 5], ['process', 7], ['failpoint', 26], ['died', 12], ['back after', 10], ['lag', 5]],
    print,
  ) // prettier-ignore
  let next = drawRound(fleet.members, dice)
  await Promise.all(fleet.members.map(async (member) => isBack(await member.start(next.get(member)))))
  for (let number = 1; number <= rounds; number += 1) {
    const round = next
    next = number === rounds ? new Map<Member, string>() : drawRound(fleet.members, dice)
    const deaths = [...round].map(async ([member, failpoint]) => {
      const isReached = await member.diesWithin(patienceMs)
      if (!isReached) await member.kill()
      chaos.crashed()
      const diedAtMs = performance.now()
      const life = await member.start(next.get(member))
      const back = (await isBack(life)) ? seconds(performance.now() - diedAtMs) : 'died again'
      table.row([number, member.name, failpoint, isReached ? 'there' : 'after 15 s', back, await lagOf(app)])
    })
    await Promise.all(deaths)
    await rearm(next, round)
  }
}

function drawRound(members: readonly Member[], dice: Dice): Round {
  const first = dice.pick(members)
  const victims = dice.chance(0.4)
    ? [first, dice.pick(members.filter((member) => member !== first))]
    : [first]
  return new Map(victims.map((member) => [member, drawFailpoint(dice)]))
}

function drawFailpoint(dice: Dice): string {
  const effect = dice.pick(effects)
  // Bad records are rare, and what one process reads or sends is a third.
  return `${dice.pick(moments)} ${effect} ${effect === 'dead-letter' ? 1 : dice.int(1, 15)}`
}

/** Those that did not die in the last round have to be started anew, to be armed. */
async function rearm(next: Round, last: Round): Promise<void> {
  const whole = [...next].filter(([member]) => !last.has(member))
  await Promise.all(
    whole.map(async ([member, failpoint]) => {
      await member.terminate()
      await isBack(await member.start(failpoint))
    }),
  )
}
