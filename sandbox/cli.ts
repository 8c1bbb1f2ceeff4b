import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { customFields } from './demo/setup.ts'
import { messageOf, SandboxError } from './errors.ts'
import { cacheDirOf } from './paths.ts'
import { addressVariable } from './parts/provider.ts'
import { createProgress, type Progress } from './progress.ts'
import { listRunning, noteRunning, pickTarget, type StackLine } from './running.ts'
import {
  startKafka,
  startRegistry,
  startSell,
  startStack,
  type RunningStack,
  type SellOptions,
} from './stack.ts'
import { stayUp } from './stay-up.ts'
import { allowedValues, parseSwitches, switchNames } from './zendesk-sell/switches.ts'

interface PortFlag {
  readonly port?: number
}

interface SellFlags {
  readonly token?: string
  readonly rate?: number
  readonly switch?: readonly string[]
  readonly sample?: boolean
}

interface OneSellFlags extends SellFlags, PortFlag {
  readonly host?: string
}

interface AllFlags extends SellFlags {
  readonly kafkaPort?: number
  readonly registryPort?: number
  readonly sellPort?: number
}

interface LoadFlags {
  readonly brokers?: string
  readonly registry?: string
}

const exitFailed = 1
const exitMisused = 2

/**
 * Runs one sandbox command, given its words without node and script, and returns the exit code: 0, 1 when it failed, or
 * 2 when it was called wrongly. Results go to stdout, everything else to stderr.
 */
export async function main(words: readonly string[]): Promise<number> {
  // A reader that went away is no reason to crash with parts running.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const progress = createProgress(process.stderr, () => Date.now())
  let code = 0
  const program = createProgram(progress, (result) => {
    code = result
  })
  try {
    await program.parseAsync(words, { from: 'user' })
    return code
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitMisused
    progress.say(thrown instanceof SandboxError ? thrown.message : describeDefect(thrown))
    return exitFailed
  }
}

function describeDefect(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown)
}

function createProgram(progress: Progress, exitWith: (code: number) => void): Command {
  const program = new Command('npm run sandbox --')
    .description('A real Kafka broker, a real schema registry and a Zendesk Sell emulator on 127.0.0.1.')
    .showHelpAfterError('(--help shows what there is)')
    // Before the commands, which take it over.
    .exitOverride()
  addParts(program, progress, exitWith)
  addAll(program, progress, exitWith)
  addLoad(program, progress, exitWith)
  addDemo(program, exitWith)
  return program
}

function addParts(program: Command, progress: Progress, exitWith: (code: number) => void): void {
  program
    .command('kafka')
    .description('run a Kafka broker until Ctrl-C')
    .option('--port <number>', 'port of the broker (default: a free one)', readPort)
    .action(async ({ port }: PortFlag) => {
      const start = async (signal: AbortSignal) => await startKafka({ port, progress, signal })
      exitWith(
        await stayUp(
          start,
          ({ brokers }) => print({ part: 'kafka', brokers, port: portOf(brokers[0]) }),
          progress,
        ),
      )
    })
  program
    .command('registry')
    .description('run a schema registry until Ctrl-C')
    .option('--port <number>', 'port of the registry (default: a free one)', readPort)
    .action(async ({ port }: PortFlag) => {
      const start = async (signal: AbortSignal) => await startRegistry({ port, progress, signal })
      exitWith(
        await stayUp(start, ({ url }) => print({ part: 'registry', url, port: portOf(url) }), progress),
      )
    })
  addSellOptions(program.command('sell').description('run the Zendesk Sell emulator until Ctrl-C'))
    .option('--port <number>', 'port of the emulator (default: a free one)', readPort)
    .option('--host <address>', 'address to listen on, as 0.0.0.0 in a container (default: 127.0.0.1)')
    .action(async (flags: OneSellFlags) => {
      const options = sellOptions(flags)
      const start = async () => await startSell({ ...options, port: flags.port, host: flags.host, progress })
      exitWith(
        await stayUp(
          start,
          ({ url, token }) => print({ part: 'sell', url, token, port: portOf(url) }),
          progress,
        ),
      )
    })
}

function addAll(program: Command, progress: Progress, exitWith: (code: number) => void): void {
  addSellOptions(program.command('all').description('run all three until Ctrl-C'))
    .option('--kafka-port <number>', 'port of the broker (default: a free one)', readPort)
    .option('--registry-port <number>', 'port of the registry (default: a free one)', readPort)
    .option('--sell-port <number>', 'port of the emulator (default: a free one)', readPort)
    .action(async (flags: AllFlags) => {
      const sell = { ...sellOptions(flags), port: flags.sellPort }
      let takeBack = (): void => undefined
      const start = async (signal: AbortSignal) =>
        await startStack({
          progress,
          signal,
          kafka: { port: flags.kafkaPort },
          registry: { port: flags.registryPort },
          sell,
        })
      const announce = (running: RunningStack): void => {
        const line = lineOf(running)
        takeBack = noteRunning(cacheDirOf(process.env), line)
        print(line)
      }
      exitWith(await stayUp(start, announce, progress).finally(() => takeBack()))
    })
}

function addLoad(program: Command, progress: Progress, exitWith: (code: number) => void): void {
  program
    .command('load')
    .description('put records from files into the topics of a running sandbox')
    .argument('<files...>', 'files with records')
    .option(
      '--brokers <list>',
      `brokers, with commas (default: ${addressVariable.kafka}, else the running sandbox)`,
    )
    .option('--registry <url>', `registry (default: ${addressVariable.registry}, else the running sandbox)`)
    .action(async (files: string[], flags: LoadFlags) => {
      const given = {
        brokers: flags.brokers ?? nonEmpty(process.env[addressVariable.kafka]),
        registry: flags.registry ?? nonEmpty(process.env[addressVariable.registry]),
      }
      const target = pickTarget(given, await listRunning(cacheDirOf(process.env)))
      // Only now: it brings more than starting a part needs.
      const { load } = await import('./load.ts')
      const result = await load({ files, ...target, report: (line) => progress.say(line) })
      exitWith(result.rejected.length === 0 ? 0 : exitFailed)
    })
}

function addDemo(program: Command, exitWith: (code: number) => void): void {
  program
    .command('demo')
    .description('see it work: everything started, filled and shown (demo --help for its own options)')
    .argument('[words...]')
    // Its options are its own, --help too.
    .helpOption(false)
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const { demo } = await import('./demo.ts')
      exitWith(await demo(words))
    })
}

function addSellOptions(command: Command): Command {
  const switches = switchNames.map((name) => `  ${name}=${allowedValues(name)}`)
  return command
    .option('--token <text>', 'bearer token that the emulator accepts, 64 characters (default: a random one)')
    .option('--rate <number>', 'requests that the emulator takes in a second, 0 for no limit', readRate)
    .option('--sample', 'with the custom fields that sandbox/sample needs, instead of others')
    .option('--switch <name=value>', "position of one of the emulator's switches; may be repeated", collect)
    .addHelpText('after', ['\nSwitches:', ...switches].join('\n'))
}

function sellOptions({ token, rate, switch: texts = [], sample = false }: SellFlags): SellOptions {
  const read = parseSwitches(texts)
  if (!read.ok) throw new CommanderError(exitMisused, 'sandbox.switch', refuse(read.problems))
  const fields = sample ? { customFields } : {}
  return { token, ratePerSecond: rate, switches: read.switches, ...fields }
}

/** Commander prints its own errors; this one is ours. */
function refuse(problems: readonly string[]): string {
  const message = problems.map((problem) => `error: ${problem}\n`).join('')
  process.stderr.write(message)
  return message
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('A port is 1 to 65535.')
  return port
}

function readRate(text: string): number {
  const rate = Number(text)
  if (!Number.isFinite(rate) || rate < 0)
    throw new InvalidArgumentError('A rate is a number, 0 for no limit.')
  return rate
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}

function portOf(address = ''): number {
  return Number(/:(\d+)(?:\/|$)/.exec(address)?.[1])
}

function lineOf({ kafka, registry, sell }: RunningStack): StackLine {
  return {
    part: 'all',
    kafka: { brokers: kafka.brokers },
    registry: { url: registry.url },
    sell: { url: sell.url, token: sell.token },
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
