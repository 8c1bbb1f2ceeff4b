// `npm run alerts:fire [-- scenario ...]`: a real Prometheus loads the rules, scrapes programs that work on real parts, and each
// alert fires of its cause.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stringify } from 'yaml'

import { buildProgram } from '../support/build-program.ts'
import { createTable, seconds } from '../support/chaos/table.ts'
import { peopleOf } from '../support/people.ts'
import { findPrometheus } from '../support/prometheus.ts'
import { readYaml, type Rules, rulesFile } from '../support/promql/rules.ts'
import { scaleRules } from '../support/promql/scale-rules.ts'
import { startSharedServers } from '../support/shared-servers.ts'
import { broker } from './fire/broker-scenario.ts'
import { data, reading } from './fire/data-scenarios.ts'
import { createDisposals } from './fire/disposals.ts'
import { install, type Installation } from './fire/installation.ts'
import { loadShippedRules } from './fire/load-rules.ts'
import { restarts, starting, stopped, stores } from './fire/process-scenarios.ts'
import { createTargets, intervalMs, startPrometheus } from './fire/prometheus-server.ts'
import { runScenario, type Surroundings } from './fire/run-scenario.ts'
import type { Scenario } from './fire/scenario.ts'
import { keysOf, objections, type Shown } from './fire/verdict.ts'
import { startWatch } from './fire/watch.ts'
import { backlog, outage, throttled, tokens } from './fire/zendesk-scenarios.ts'

/** An hour of the rules is a minute here. */
const factor = 60
const usualLookbackMs = 300_000
const longestMs = 15 * 60_000

/** Those of one line come one after another; two cores take that many lines at once. */
const lanes: readonly (readonly Scenario[])[] = [
  [outage, reading, restarts],
  [tokens, throttled, starting],
  [data, stores, stopped],
  [broker, backlog],
]

const rules = readYaml(rulesFile) as Rules
const print = (line: string): void => console.log(line)
const disposals = createDisposals()

/** What goes on all the time, and must fire nothing: an installation in which all is well. */
async function startCalm({ targets }: Pick<Surroundings, 'targets'>): Promise<Installation> {
  const calm = await install('calm', targets, {})
  disposals.add(async () => calm.dispose())
  const people = peopleOf('calm', 5)
  await calm.app.load(people)
  const program = await calm.start()
  await program.until('all is well', async () => (await calm.app.differencesFrom(people)).length === 0)
  return calm
}

function sayWhatIsScaled(): void {
  print(
    [
      `Time is scaled by ${factor}: each duration of the rules (\`for\`, \`[10m]\`, \`offset\`) is divided by it, and so is how long a`,
      `series without samples counts (5m). Scrapes and evaluations every ${intervalMs / 1000} s. Not scaled: every threshold, also those that`,
      'are seconds (60 s, 300 s, a day, 90 days), and how long the program starts, pauses and waits: an alert can end before',
      'its cause, or fire for a start or a pause that is in order. What fired beside the alerts of a scenario is told for that.',
      'Not shown: that half of TaskRestarts which is about outage and lease_lost. Its causes bring ten in half an hour, not in 30 s.',
    ].join('\n'),
  )
}

async function main(names: readonly string[]): Promise<readonly string[]> {
  const chosen = lanes.map((lane) => lane.filter(({ name }) => names.length === 0 || names.includes(name)))
  const known = lanes.flat().map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) return [`no scenario is ${unknown.join(', ')}; there are ${known.join(', ')}`]
  const found = await findPrometheus(process.env)
  if (found.type === 'missing') return [found.why]
  buildProgram()
  const folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-alerts-'))
  disposals.add(async () => rm(folder, { recursive: true, force: true }))
  const servers = await startSharedServers()
  disposals.add(async () => servers.stop())
  const targets = createTargets(folder)
  const scaledFile = path.join(folder, 'rules.yaml')
  await writeFile(scaledFile, stringify(scaleRules(rules, factor)))
  const prometheus = await startPrometheus({
    command: found.server,
    rulesFile: scaledFile,
    targetsFile: targets.file,
    lookbackMs: usualLookbackMs / factor,
  })
  disposals.add(async () => prometheus.stop())
  const watch = startWatch(prometheus)
  disposals.add(async () => watch.stop())

  const calm = await startCalm({ targets })
  const loaded = await loadShippedRules(found.server, targets.file)
  print(`The rules as shipped: ${loaded.ok} loaded and evaluated over a running program, without an error`)
  sayWhatIsScaled()
  const surroundings = { prometheus, targets, watch, print, disposals }
  const outcomes = await Promise.all(chosen.map(async (lane) => runLane(lane, surroundings)))
  const noise = watch.everFired(calm.namespace)
  print(`All the while, where all was well: ${noise.length === 0 ? 'nothing fired' : noise.join(', ')}`)
  const shown = outcomes.flatMap((lane) => lane.shown)
  summarise(shown)
  const expected = names.length === 0 ? keysOf(rules) : chosen.flat().flatMap(({ alerts }) => alerts)
  return [
    ...loaded.problems,
    ...outcomes.flatMap((lane) => lane.failures),
    ...noise.map((key) => `${key} fired where all was well`),
    ...objections(expected, shown),
  ]
}

async function runLane(lane: readonly Scenario[], surroundings: Surroundings) {
  const shown: Shown[] = []
  const failures: string[] = []
  for (const scenario of lane) {
    const outcome = await runScenario(scenario, surroundings)
    shown.push(...outcome.shown)
    if (outcome.failure !== null) failures.push(`${scenario.name} broke off: ${outcome.failure}`)
    if (outcome.others.length > 0) print(`${scenario.name}: there fired, too: ${outcome.others.join(', ')}`)
  }
  return { shown, failures }
}

function summarise(shown: readonly Shown[]): void {
  print('')
  const table = createTable([['alert', 30], ['fired after', 12], ['ended after', 12], ['cause', 40]], print) // prettier-ignore
  for (const key of keysOf(rules)) {
    for (const one of shown.filter((other) => other.key === key)) {
      const fired = one.firedAfterMs === null ? 'NEVER' : seconds(one.firedAfterMs)
      const { endedAfterMs } = one
      const ended =
        endedAfterMs === undefined ? 'not awaited' : endedAfterMs === null ? 'NEVER' : seconds(endedAfterMs)
      table.row([key, fired, ended, one.cause])
    }
  }
}

async function end(code: number): Promise<never> {
  const problems = await disposals.run()
  for (const problem of problems) print(problem)
  process.exit(problems.length > 0 ? 1 : code)
}

const startedAtMs = performance.now()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130))
setTimeout(() => {
  print(`FAILED: not through after ${seconds(longestMs)}`)
  void end(1)
}, longestMs).unref()
const failures = await main(process.argv.slice(2)).catch((error: unknown) => [String(error)])
for (const failure of failures) print(`FAILED: ${failure}`)
print(
  `${failures.length === 0 ? 'All as it should be' : `${failures.length} failures`}, after ${seconds(performance.now() - startedAtMs)}`,
)
await end(failures.length === 0 ? 0 : 1)
