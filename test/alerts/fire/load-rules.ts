import path from 'node:path'

import { root, rulesFile } from '../../support/promql/rules.ts'
import { until } from '../../support/until.ts'
import { intervalMs, startPrometheus } from './prometheus-server.ts'

/** How many rules a Prometheus has evaluated without an error. */
export interface LoadedRules {
  readonly ok: number
  /** The others, with what is wrong. */
  readonly problems: readonly string[]
}

const usualLookbackMs = 300_000

/**
 * Has a Prometheus load the rules as they are shipped, with the durations that they have, and evaluate each over the targets
 * in `targetsFile`.
 */
export async function loadShippedRules(command: string, targetsFile: string): Promise<LoadedRules> {
  const prometheus = await startPrometheus({
    command,
    rulesFile: path.join(root, rulesFile),
    targetsFile,
    lookbackMs: usualLookbackMs,
  })
  try {
    // Every rule is evaluated once in an interval: by then, each has seen what was scraped.
    const scraped = `zendesk_activation_build_info offset ${2 * intervalMs}ms`
    await until('it scraped two intervals ago', async () => (await prometheus.count(scraped)) > 0)
    const isEvaluated = async (): Promise<boolean> =>
      (await prometheus.rules()).every(({ health }) => health !== 'unknown')
    await until('it evaluates every rule', isEvaluated)
    const found = await prometheus.rules()
    const bad = found.filter(({ health, lastError }) => health !== 'ok' || lastError !== '')
    return {
      ok: found.length - bad.length,
      problems: bad.map(({ name, health, lastError }) => `${name} is ${health}: ${lastError}`),
    }
  } finally {
    await prometheus.stop()
  }
}
