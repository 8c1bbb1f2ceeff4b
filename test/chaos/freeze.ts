import { setTimeout as pause } from 'node:timers/promises'
import type { Application } from '../support/application.ts'
import type { Life } from '../support/chaos/fleet.ts'
import { timeOf } from '../support/chaos/ownership.ts'
import { createTable, seconds } from '../support/chaos/table.ts'
import { startWatchedProxy, type WatchedProxy } from '../support/chaos/watched-proxy.ts'
import {
  type Chaos,
  isBack,
  lagOf,
  runScenario,
  type Scenario,
  type ScenarioOptions,
  type ScenarioResult,
  sessionTimeoutMs,
} from './scenario.ts'

const members = ['a', 'b', 'c']

/** In each round one of three processes stands still for longer than the session timeout; it may send nothing then. */
export async function freeze(
  options: ScenarioOptions & { readonly rounds: number },
): Promise<ScenarioResult> {
  const proxies = new Map<string, WatchedProxy>()
  const scenario: Scenario = {
    name: 'freeze',
    members,
    prepare: async (app) => prepare(app, proxies),
    run: async (chaos) => runRounds(chaos, options, proxies),
  }
  return runScenario(scenario, options)
}

/** A way to Zendesk for each member, so that its requests can be told from the others'. */
async function prepare(app: Application, proxies: Map<string, WatchedProxy>) {
  for (const name of members) proxies.set(name, await startWatchedProxy(app.sell.url))
  return {
    changesOf: (name: string) => ({ zendesk: { origin: proxies.get(name)?.url } }),
    async stop() {
      await Promise.all([...proxies.values()].map(async (proxy) => proxy.stop()))
    },
  }
}

async function runRounds(
  chaos: Chaos,
  { rounds, print }: ScenarioOptions & { readonly rounds: number },
  proxies: ReadonlyMap<string, WatchedProxy>,
): Promise<void> {
  const { fleet, dice, app } = chaos
  const table = createTable(
    [['round', 5], ['process', 7], ['stood still', 11], ['assigned after', 14], ['sent before that', 16], ['sends after', 11], ['lag', 5]],
    print,
  ) // prettier-ignore
  await Promise.all(fleet.members.map(async (member) => isBack(await member.start())))
  for (let round = 1; round <= rounds; round += 1) {
    const member = dice.pick(fleet.members)
    const life = member.life()
    const proxy = proxies.get(member.name)
    if (life === null || proxy === undefined) throw new Error(`${member.name} does not run`)
    const frozenMs = await standStill(life, dice.int(sessionTimeoutMs + 1000, 2 * sessionTimeoutMs))
    const wokeAtMs = Date.now()
    process.kill(life.program.pid, 'SIGCONT')
    const assignedAtMs = await nextAssignment(life, wokeAtMs)
    const sent = (fromMs: number, toMs: number): number =>
      proxy.requestTimes().filter((time) => time >= fromMs && time < toMs).length
    const early = sent(wokeAtMs, assignedAtMs)
    if (early > 0)
      chaos.violated(
        `${member.name} sent ${early} requests between waking and its assignment, round ${round}`,
      )
    // Without that, nobody would know that its requests can be seen.
    await life.program.until('it sends again', () => sent(assignedAtMs, Infinity) > 0)
    const sendsAfterMs = firstRequest(proxy, assignedAtMs) - assignedAtMs
    table.row([
      round, member.name, seconds(frozenMs), seconds(assignedAtMs - wokeAtMs), early, seconds(sendsAfterMs), await lagOf(app),
    ]) // prettier-ignore
  }
}

/** When the first request from a time on came. */
function firstRequest(proxy: WatchedProxy, fromMs: number): number {
  return proxy.requestTimes().find((time) => time >= fromMs) ?? Infinity
}

/** SIGSTOP for a while; returns for how long. */
async function standStill({ program }: Life, forMs: number): Promise<number> {
  const fromMs = performance.now()
  process.kill(program.pid, 'SIGSTOP')
  await pause(forMs)
  return performance.now() - fromMs
}

/** When the deliver stage said that it has an assignment again, in epoch milliseconds. */
async function nextAssignment({ program }: Life, afterMs: number): Promise<number> {
  const find = () =>
    program
      .log()
      .find((line) => line['msg'] === 'assigned' && line['stage'] === 'deliver' && timeOf(line) >= afterMs)
  await program.until('it is assigned partitions again', () => find() !== undefined)
  return timeOf(find() ?? {})
}
