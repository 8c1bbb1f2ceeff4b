import { messageOf } from '../../../sandbox/errors.ts'
import type { ApplicationOptions } from '../../support/application.ts'
import { until } from '../../support/until.ts'
import { createDisposals, type Disposals } from './disposals.ts'
import { install, type Installation } from './installation.ts'
import type { RunningPrometheus, Targets } from './prometheus-server.ts'
import type { Scenario, Stage } from './scenario.ts'
import { show } from './show.ts'
import type { Shown } from './verdict.ts'
import type { Watch } from './watch.ts'

/** What scenarios share. */
export interface Surroundings {
  readonly prometheus: RunningPrometheus
  readonly targets: Targets
  readonly watch: Watch
  readonly print: (line: string) => void
  /** Takes what a scenario made, for a run that is interrupted. */
  readonly disposals: Disposals
}

/** How a scenario ended. */
export interface ScenarioOutcome {
  readonly shown: readonly Shown[]
  /** What else fired in its installations. */
  readonly others: readonly string[]
  /** Why it broke off, or `null`. */
  readonly failure: string | null
}

const foundWithinMs = 60_000

/** Runs a scenario; disposes of all that it made, in reverse order, however it ends. */
export async function runScenario(
  scenario: Scenario,
  { prometheus, targets, watch, print, disposals: ofAll }: Surroundings,
): Promise<ScenarioOutcome> {
  const shown: Shown[] = []
  const namespaces: string[] = []
  const disposals = createDisposals()
  ofAll.add(async () => disposals.run())
  const stage: Stage = {
    async install(options: ApplicationOptions = {}, part): Promise<Installation> {
      const namespace = part === undefined ? scenario.name : `${scenario.name}-${part}`
      const installation = await install(namespace, targets, options)
      namespaces.push(namespace)
      disposals.add(async () => installation.dispose())
      return installation
    },
    async show({ namespace }, showing) {
      shown.push(...(await show({ ...showing, namespace }, watch, print)))
    },
    isFiring: ({ namespace }, key) => watch.firing(namespace, key) !== undefined,
    async untilFound(expr) {
      await until(expr, async () => (await prometheus.count(expr)) > 0, foundWithinMs)
    },
    defer: (dispose) => disposals.add(dispose),
  }
  const failures: string[] = []
  await scenario.run(stage).catch((error: unknown) => failures.push(messageOf(error)))
  // Before it is disposed of, of which Prometheus sees the beginning.
  const fired = namespaces.flatMap((namespace) => watch.everFired(namespace))
  failures.push(...(await disposals.run()))
  const others = [...new Set(fired)].filter((key) => !scenario.alerts.includes(key)).sort()
  return { shown, others, failure: failures.length === 0 ? null : failures.join('\n') }
}
