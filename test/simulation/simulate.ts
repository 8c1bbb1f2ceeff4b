// `npm run simulate -- --seeds 500 [--from N] [--break I1|I2|...] [--json] [--trace]`
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { mutations, type Mutation, sound } from '../support/simulation/mutations.ts'
import { type Finding, isRunTwice, shorten, simulateSeed } from '../support/simulation/simulate-seed.ts'
import { corpus } from './corpus.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string' },
    break: { type: 'string' },
    json: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
})

const progressEveryMs = 5000

process.exitCode = await main()

/** 0 where nothing was found, 1 where something was, 2 where it was asked for in a way that is none. */
async function main(): Promise<number> {
  const count = wholeNumber(values.seeds)
  const mutation = mutationOf(values.break)
  const from = values.from === undefined ? null : wholeNumber(values.from)
  if (count === null || mutation === null || (from === null && values.from !== undefined)) {
    const names = Object.keys(mutations).join(', ')
    console.error(`simulate: --seeds and --from take whole numbers, --break one of ${names}`)
    return 2
  }
  const began = performance.now()
  let told = began
  let done = 0
  let finding: Finding | null = null
  for (const seed of seedsToRun(count, from)) {
    const { violation } = await simulateSeed(seed, mutation, isRunTwice(seed, mutation))
    done += 1
    if (violation !== null) {
      console.log(`seed ${seed} violates ${violation.invariant}: ${violation.what}`)
      console.log('looking for the shortest plan that still does ...')
      finding = await shorten(seed, violation, mutation)
      tell(finding)
      break
    }
    if (performance.now() - told < progressEveryMs) continue
    told = performance.now()
    console.log(`${done} of ${count} seeds, ${Math.round((told - began) / done)} ms each, no violation`)
  }
  conclude(done, finding)
  return finding === null ? 0 : 1
}

function wholeNumber(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null
}

function mutationOf(name: string | undefined): Mutation | null {
  if (name === undefined) return sound
  const mutation = Object.entries(mutations).find(([breaks]) => breaks === name)?.[1]
  if (mutation !== undefined) console.log(`broken on purpose: ${mutation.what}`)
  return mutation ?? null
}

function seedsToRun(count: number, from: number | null): readonly number[] {
  if (from !== null) return Array.from({ length: count }, (_, index) => from + index)
  const known = corpus.slice(0, count).map(({ seed }) => seed)
  const base = randomInt(2 ** 31)
  console.log(`${known.length} seeds of the corpus, then those from ${base} on`)
  return [...known, ...Array.from({ length: count - known.length }, (_, index) => base + index)]
}

function tell({ seed, violation, shortest }: Finding): void {
  const { plan, violations, trace } = shortest
  const { processes, partitions, faults, inputs } = plan
  console.log(`\nseed ${seed}: ${violation.invariant} does not hold`)
  console.log(`${processes.length} processes, ${partitions} partitions, started at ${list(processes)}`)
  console.log(`shortest list of faults:${list(faults)}`)
  console.log(`inputs left:${list(inputs)}`)
  console.log(`what is wrong then:${list(violations)}`)
  console.log(values.trace ? trace.join('\n') : `trace (--trace for more):\n${trace.slice(-40).join('\n')}`)
  console.log('')
}

function list(items: readonly object[]): string {
  return items.length === 0 ? ' none' : items.map((item) => `\n  ${JSON.stringify(item)}`).join('')
}

function conclude(seeds: number, finding: Finding | null): void {
  const violations = finding === null ? 0 : 1
  if (!values.json) {
    console.log(`seeds ${seeds}, violations ${violations}`)
    return
  }
  const found = finding && { seed: finding.seed, ...finding.violation, faults: finding.shortest.plan.faults }
  console.log(JSON.stringify({ seeds, violations, found }))
}
