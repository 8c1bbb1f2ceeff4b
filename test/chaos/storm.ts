import { setTimeout as pause } from 'node:timers/promises'
import type { Member } from '../support/chaos/fleet.ts'
import { overlapsOf } from '../support/chaos/ownership.ts'
import { createTable, seconds } from '../support/chaos/table.ts'
import {
  type Chaos,
  isBack,
  lagOf,
  runScenario,
  type ScenarioOptions,
  type ScenarioResult,
  sessionTimeoutMs,
} from './scenario.ts'

/** For some time a member joins or leaves every few seconds; there are one to five of them. */
export async function storm(
  options: ScenarioOptions & { readonly seconds: number },
): Promise<ScenarioResult> {
  return runScenario(
    { name: 'storm', members: ['a', 'b', 'c', 'd', 'e'], run: async (chaos) => rage(chaos, options) },
    options,
  )
}

async function rage(
  chaos: Chaos,
  { seconds: durationS, print }: ScenarioOptions & { readonly seconds: number },
): Promise<void> {
  const { fleet, dice, app } = chaos
  const table = createTable([['at', 8], ['process', 7], ['what', 8], ['members', 7], ['lag', 5]], print) // prettier-ignore
  const startedAtMs = performance.now()
  const leaving: Promise<void>[] = []
  const isUp = (member: Member): boolean => member.life() !== null
  let up = fleet.members.slice(0, 2)
  // Ready: the topics that the lag is read from exist.
  await Promise.all(up.map(async (member) => isBack(await member.start())))
  while (performance.now() - startedAtMs < durationS * 1000) {
    await pause(dice.int(2000, 5000))
    const free = fleet.members.filter((member) => !isUp(member) && !up.includes(member))
    const joins = free.length > 0 && (up.length <= 1 || dice.chance(0.5))
    const member = dice.pick(joins ? free : up)
    if (!joins && up.length <= 1) continue
    const what = joins ? 'joins' : dice.pick(['SIGTERM', 'SIGKILL'])
    up = joins ? [...up, member] : up.filter((other) => other !== member)
    if (joins) await member.start()
    else if (what === 'SIGTERM') leaving.push(member.terminate())
    else {
      chaos.crashed()
      await member.kill()
    }
    const atMs = performance.now() - startedAtMs
    table.row([seconds(atMs), member.name, what, up.length, await lagOf(app)])
  }
  await Promise.all(leaving)
  judgeOwnership(chaos)
}

function judgeOwnership({ fleet, violated, count }: Chaos): void {
  const overlaps = overlapsOf(fleet.lives(), Date.now())
  count(
    'assignments',
    fleet.lives().flatMap(({ program }) => program.log().filter(({ msg }) => msg === 'assigned')).length,
  )
  count('longest double ownership ms', overlaps[0]?.overlapMs ?? 0)
  for (const { members, place, overlapMs } of overlaps.filter(
    (overlap) => overlap.overlapMs > sessionTimeoutMs,
  ))
    violated(`${members.join(' and ')} both owned ${place} for ${overlapMs} ms`)
}
