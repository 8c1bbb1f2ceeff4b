// `npm run scenario -- overload|unchanged|backfill|outage|sharing|expired-token|all [--json]`
import { parseArgs } from 'node:util'
import { asJson, asTable, type ScenarioResult } from '../support/scenario/result.ts'
import { backfill } from './backfill.ts'
import { expiredToken } from './expired-token.ts'
import { outage } from './outage.ts'
import { overload } from './overload.ts'
import { sharing } from './sharing.ts'
import { unchanged } from './unchanged.ts'

const scenarios: Readonly<Record<string, () => Promise<ScenarioResult>>> = {
  overload,
  unchanged,
  backfill,
  outage,
  sharing,
  'expired-token': expiredToken,
}

const usage = `npm run scenario -- ${Object.keys(scenarios).join('|')}|all [--json]
The production stages and runtime in virtual time, on a Kafka in memory and a Zendesk that takes 10 requests per second.
  --json   ends with a line of JSON for each scenario
Exit code 1 where a bound does not hold.`

process.exitCode = await main(process.argv.slice(2))

/** 0 where all bounds hold, 1 where one does not, 2 where nothing was asked for that is there. */
async function main(words: readonly string[]): Promise<number> {
  const wanted = readWords(words)
  if (typeof wanted === 'string') {
    console.error(`${wanted}\n${usage}`)
    return 2
  }
  const results: ScenarioResult[] = []
  for (const run of wanted.scenarios) {
    const began = performance.now()
    const result = await run()
    results.push(result)
    console.log(
      `${asTable(result)}\n  took ${((performance.now() - began) / 1000).toFixed(1)} s of real time`,
    )
  }
  if (wanted.json) for (const result of results) console.log(asJson(result))
  return results.every(({ bounds }) => bounds.every(({ holds }) => holds)) ? 0 : 1
}

interface Wanted {
  readonly scenarios: readonly (() => Promise<ScenarioResult>)[]
  readonly json: boolean
}

function readWords(words: readonly string[]): Wanted | string {
  try {
    const options = { json: { type: 'boolean', default: false } } as const
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true })
    const [name = ''] = positionals
    if (positionals.length !== 1) return 'scenario: name one scenario'
    if (name === 'all') return { scenarios: Object.values(scenarios), json: values.json }
    const scenario = scenarios[name]
    return scenario === undefined
      ? `scenario: there is none of the name ${name}`
      : { scenarios: [scenario], json: values.json }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
