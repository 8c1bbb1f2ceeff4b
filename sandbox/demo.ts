import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { expectContacts } from './demo/expectation.ts'
import { type DemoParts, startDemoParts } from './demo/parts.ts'
import type { DemoProgram } from './demo/program.ts'
import { scrape, sumOf } from './demo/scrape.ts'
import { customFields, demoConfig } from './demo/setup.ts'
import { contactTable, differences, readContacts, readRequests } from './demo/zendesk-view.ts'
import { messageOf } from './errors.ts'
import { sandboxFile } from './paths.ts'
import { freePorts } from './process/ports.ts'
import { createProgress, type Progress } from './progress.ts'
import type { RunningPart } from './stack.ts'
import { stayUp } from './stay-up.ts'

const usage = `npm run demo [-- --exit]
Starts Kafka, a schema registry, a Zendesk Sell emulator and the program, loads sandbox/sample/people.ndjson and shows
the contacts that Zendesk holds then.
  --exit   stop everything then; exit code 1 where a contact is not what the sample says`

const patienceMs = 120_000

/** Runs the demo with its words; resolves with the exit code. */
export async function demo(given: unknown): Promise<number> {
  const words = Array.isArray(given) ? given.map(String) : []
  let exit = false
  try {
    const { values } = parseArgs({
      args: words,
      options: { exit: { type: 'boolean' }, help: { type: 'boolean' } },
    })
    if (values.help === true) {
      console.log(usage)
      return 0
    }
    exit = values.exit === true
  } catch (error) {
    console.error(`${messageOf(error)}\n${usage}`)
    return 2
  }
  const progress = createProgress(process.stderr, () => Date.now())
  // Interrupted before the contacts were compared, nothing is known to be right.
  let wrong = 1
  const start = async (signal: AbortSignal): Promise<RunningPart> => {
    const running = await startDemo(progress, signal, exit)
    wrong = running.problems
    // Asked to exit: done at once, like any other end.
    if (!exit) progress.say('everything stays up until Ctrl-C')
    return exit ? { ...running, died: Promise.resolve('the demo is done') } : running
  }
  const code = await stayUp(start, () => undefined, progress)
  return exit ? Math.min(1, wrong) : code
}

/** Everything up, the sample in, and shown. `problems`: how many things are not what the sample says. */
async function startDemo(
  progress: Progress,
  signal: AbortSignal,
  exit: boolean,
): Promise<RunningPart & { problems: number }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zendesk-activation-demo-'))
  const parts = await startDemoParts(progress, signal)
  let program: DemoProgram | undefined
  // The log stays where something went wrong: somebody will want to read it.
  let wentWell = false
  const stop = async (): Promise<void> => {
    await program?.stop()
    await parts.stop()
    if (wentWell) await rm(folder, { recursive: true, force: true })
  }
  try {
    const [httpPort = 0] = await freePorts(1)
    const configFile = await prepareFiles(folder, parts, httpPort)
    await parts.load(sampleFile, (line) => progress.say(`load: ${path.relative(process.cwd(), line)}`))
    program = await parts.startProgram({
      configFile,
      logFile: path.join(folder, 'program.log'),
      progress,
      signal,
    })
    const problems = await showResult(parts, program, httpPort, progress)
    wentWell = problems === 0
    // What is about to stop has no address worth telling.
    if (!exit) console.log(`\ncontacts  ${parts.sell.url}/\nmetrics   ${metricsUrlAt(httpPort)}`)
    if (!exit || !wentWell) console.log(`log       ${program.logFile}`)
    return { problems, stop, died: Promise.race([parts.died, program.died]) }
  } catch (error) {
    await stop()
    throw error
  }
}

async function prepareFiles(folder: string, parts: DemoParts, httpPort: number): Promise<string> {
  const { brokers, registryUrl, sell } = parts
  await putJson(`${sell.url}/_control/custom-fields`, { custom_fields: customFields })
  const tokenFile = path.join(folder, 'token')
  const configFile = path.join(folder, 'config.yaml')
  await writeFile(tokenFile, sell.token, { mode: 0o600 })
  const addresses = { brokers, registryUrl, sellUrl: sell.url, tokenFile, httpPort }
  await writeFile(configFile, demoConfig(addresses))
  return configFile
}

const sampleFile = sandboxFile('sample/people.ndjson')

async function showResult(
  parts: DemoParts,
  program: DemoProgram,
  httpPort: number,
  progress: Progress,
): Promise<number> {
  const metricsUrl = metricsUrlAt(httpPort)
  const startedAtMs = Date.now()
  let problems = await compare(parts.sell.url)
  let busy = true
  while ((problems.length > 0 || busy) && Date.now() - startedAtMs < patienceMs) {
    const ended = await Promise.race([program.died, sleep(250)])
    if (ended !== undefined) throw new Error(ended)
    problems = await compare(parts.sell.url)
    busy = await isBusy(metricsUrl)
    progress.update('zendesk', `${(await readContacts(parts.sell.url)).length} contacts`)
  }
  progress.done('zendesk')
  await print(parts, metricsUrl, (Date.now() - startedAtMs) / 1000)
  for (const problem of problems) console.log(`NOT as the sample says: ${problem}`)
  console.log(
    problems.length === 0
      ? 'Zendesk holds exactly what the sample says.'
      : `Zendesk does not hold what the sample says: ${problems.length} differences.`,
  )
  if (parts.note !== null) console.log(`\n${parts.note}`)
  return problems.length
}

function metricsUrlAt(httpPort: number): string {
  return `http://127.0.0.1:${httpPort}/metrics`
}

async function compare(sellUrl: string): Promise<readonly string[]> {
  const expected = expectContacts(await readFile(sampleFile, 'utf8'), Date.now())
  return differences(expected, await readContacts(sellUrl))
}

/** Something is still to be read or sent: the counts are not final. */
async function isBusy(metricsUrl: string): Promise<boolean> {
  const samples = await scrape(metricsUrl).catch(() => [])
  const received = sumOf(samples, 'zendesk_activation_profiles_received_total')
  const open =
    sumOf(samples, 'zendesk_activation_dirty_contacts') +
    sumOf(samples, 'zendesk_activation_consumer_lag_records')
  return received === 0 || open > 0
}

async function print(parts: DemoParts, metricsUrl: string, seconds: number): Promise<void> {
  const contacts = await readContacts(parts.sell.url)
  const { writes, throttled } = await readRequests(parts.sell.url)
  const samples = await scrape(metricsUrl)
  const sum = (name: string): number => sumOf(samples, `zendesk_activation_${name}`)
  console.log(`\n${contactTable(contacts)}\n`)
  const row = (name: string, count: number, meaning: string): void =>
    console.log(`${name.padEnd(16)}  ${String(count).padStart(4)}   ${meaning}`)
  row(
    'activated',
    sum('identities_activated_total'),
    `writes that Zendesk acknowledged, in ${seconds.toFixed(1)} s`,
  )
  row('excluded', sum('identities_excluded'), 'people without e-mail or last name, until the data arrives')
  row('failed', sum('identities_failed_total'), 'contacts that Zendesk refused')
  row(
    'dead letters',
    sum('dead_letters_total'),
    'records that could not be used as they are, kept byte for byte',
  )
  row('requests', writes, `sent to Zendesk (${throttled} of them throttled)`)
  row('requests avoided', sum('requests_avoided_total'), 'changes that needed no request of their own')
  console.log()
}

async function putJson(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`PUT ${url} answered ${response.status}: ${await response.text()}`)
}
