import { parseArgs } from 'node:util'
import { messageOf } from '../../sandbox/errors.ts'
import { buildProgram } from '../support/build-program.ts'
import { startSharedServers } from '../support/shared-servers.ts'
import { disks } from './disks.ts'
import { freeze } from './freeze.ts'
import { kill } from './kill.ts'
import type { ScenarioResult } from './scenario.ts'
import { storm } from './storm.ts'

const usage = `npm run chaos -- kill|storm|disks|freeze|all [--rounds N] [--seconds N] [--seed N] [--json]
Harms programs that work on a real Kafka and the Zendesk Sell emulator, and compares what Zendesk holds at the end with
what was said. Starts Kafka and a registry unless SANDBOX_KAFKA_BROKERS and SANDBOX_REGISTRY_URL name them.
  kill     one or two of three processes die at a failpoint, --rounds times (20)
  storm    members join and leave for --seconds (120)
  disks    stores are deleted and damaged while their processes are down, --rounds times (1)
  freeze   a process stands still for longer than the session timeout, --rounds times (3)
  --seed   of the changes and the harm (random); times still differ from run to run
  --json   ends with a line of JSON
Exit code 1 where anything is not as it should be.`

const names = ['kill', 'storm', 'disks', 'freeze'] as const
type Name = (typeof names)[number]

interface Wanted {
  readonly scenarios: readonly Name[]
  readonly rounds: number | undefined
  readonly seconds: number | undefined
  readonly seed: number
  readonly json: boolean
}

/** Runs the scenarios that the words name; resolves with the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const wanted = readWords(words)
  if (typeof wanted === 'string') {
    console.error(`${wanted}\n${usage}`)
    return 2
  }
  buildProgram()
  const servers = await startSharedServers()
  try {
    const results: ScenarioResult[] = []
    for (const name of wanted.scenarios) results.push(await runOne(name, wanted))
    summarise(results)
    const ok = results.every(({ violations }) => violations.length === 0)
    if (wanted.json) console.log(JSON.stringify({ ok, results }))
    return ok ? 0 : 1
  } finally {
    await servers.stop()
  }
}

function readWords(words: readonly string[]): Wanted | string {
  try {
    const option = { type: 'string' } as const
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { rounds: option, seconds: option, seed: option, json: { type: 'boolean' } },
    })
    const [word = '', ...more] = positionals
    const scenarios = names.filter((name) => word === 'all' || name === word)
    if (scenarios.length === 0 || more.length > 0) return 'Name one scenario, or all.'
    const seed = whole(values.seed) ?? Math.floor(Math.random() * 1_000_000)
    const [rounds, seconds] = [whole(values.rounds), whole(values.seconds)]
    return { scenarios, rounds, seconds, seed, json: values.json === true }
  } catch (error) {
    return messageOf(error)
  }
}

function whole(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,6}$/.test(text)) throw new Error(`"${text}" is no whole number`)
  return Number(text)
}

async function runOne(name: Name, { rounds, seconds = 120, seed }: Wanted): Promise<ScenarioResult> {
  const options = { seed, print: (line: string) => console.log(line) }
  console.log(`\n${name}, seed ${seed}`)
  switch (name) {
    case 'kill':
      return kill({ ...options, rounds: rounds ?? 20 })
    case 'storm':
      return storm({ ...options, seconds })
    case 'disks':
      return disks({ ...options, rounds: rounds ?? 1 })
    case 'freeze':
      return freeze({ ...options, rounds: rounds ?? 3 })
  }
}

function summarise(results: readonly ScenarioResult[]): void {
  for (const { name, seed, tookMs, numbers, violations, evidence } of results) {
    console.log(`\n${name}, seed ${seed}, ${Math.round(tookMs / 1000)} s: ${violations.length} violations`)
    const width = Math.max(...Object.keys(numbers).map(({ length }) => length))
    for (const [what, value] of Object.entries(numbers))
      console.log(`  ${what.padEnd(width)}  ${String(value).padStart(6)}`)
    for (const violation of violations) console.log(`  VIOLATED ${violation}`)
    if (evidence === null) continue
    console.log(`  logs, changes and requests: ${evidence}`)
    console.log(`  again: npm run chaos -- ${name} --seed ${seed}`)
  }
}
