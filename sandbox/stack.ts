import { messageOf, SandboxError } from './errors.ts'
import { composeServer } from './parts/compose-servers.ts'
import {
  ensureDistribution,
  isCached,
  kafkaDistribution,
  registryDistribution,
  type Distribution,
} from './parts/distribution.ts'
import type { BrokerExtras } from './parts/broker-config.ts'
import { kafkaServer, registryServer, registryUrlAt } from './parts/java-servers.ts'
import type { PartContext, StartedPart } from './parts/options.ts'
import { brokerProblem, lastProblem, registryProblem } from './parts/probe.ts'
import { addressVariable, chooseProvider, createMachine, type Part, type Provider } from './parts/provider.ts'
import { startServer, type ServerKind } from './parts/start-server.ts'
import { cacheDirOf } from './paths.ts'
import { silent, type Progress } from './progress.ts'
import type { CustomFieldInput } from './zendesk-sell/custom-fields.ts'
import type { SellSwitches } from './zendesk-sell/switches.ts'

/** How a part is started; everything has a default. */
export interface StartOptions {
  /** The port on 127.0.0.1; a free one when absent. */
  readonly port?: number | undefined
  /** Nothing is shown when absent. */
  readonly progress?: Progress
  /** Where the addresses, the cache and the tools are looked up; this process's own when absent. */
  readonly env?: NodeJS.ProcessEnv
  /** Aborting it ends the start, with a rejection, and leaves nothing running. */
  readonly signal?: AbortSignal | undefined
}

/** How Kafka is started. */
export interface KafkaOptions extends StartOptions {
  /** Keeps the broker's records here (Java provider only), so that another start on it finds them again. */
  readonly dataDir?: string
  /** Secured listeners and settings on top (Java provider only: with another a start is refused). */
  readonly extras?: BrokerExtras
}

/** How the Zendesk Sell emulator is started. */
export interface SellOptions extends StartOptions {
  readonly token?: string | undefined
  /** The address to listen on; 127.0.0.1 when absent. */
  readonly host?: string | undefined
  /** Default: the emulator's own. */
  readonly customFields?: readonly CustomFieldInput[] | undefined
  /** Requests that the emulator takes in a second. */
  readonly ratePerSecond?: number | undefined
  readonly switches?: Partial<SellSwitches>
}

/** What every running part promises. */
export interface RunningPart {
  /** Settles, with the reason, when the part ends without `stop`; a part found running never does. */
  readonly died: Promise<string>
  /** Ends what was started, within 10 s, and removes its files; may be called often. */
  stop: () => Promise<void>
}

/** A Kafka cluster. */
export interface RunningKafka extends RunningPart {
  readonly brokers: readonly string[]
  readonly provider: Provider['kind']
  /** The broker's own process (Java provider only), for faults: SIGKILL, SIGSTOP, SIGCONT. */
  readonly pid: number | undefined
}

/** A schema registry with the Confluent API under `url`. */
export interface RunningRegistry extends RunningPart {
  readonly url: string
  readonly provider: Provider['kind']
  readonly pid: number | undefined
}

/** A Zendesk Sell emulator, within this process. */
export interface RunningSell extends RunningPart {
  readonly url: string
  readonly token: string
}

/** All three. */
export interface RunningStack extends RunningPart {
  readonly kafka: RunningKafka
  readonly registry: RunningRegistry
  readonly sell: RunningSell
}

const never = new Promise<never>(() => undefined)
const addressPatienceMs = 3_000

/** A Kafka broker, started or taken from `SANDBOX_KAFKA_BROKERS`. Throws a `SandboxError` that says what to do. */
export async function startKafka(options: KafkaOptions = {}): Promise<RunningKafka> {
  const context = contextOf(options)
  const provider = await providerOf('kafka', kafkaDistribution, context)
  if (options.extras !== undefined && provider.kind !== 'java')
    throw new SandboxError('kafka: listeners of its own take Java; set SANDBOX_PROVIDER=java')
  if (provider.kind === 'address') {
    const brokers = provider.address.split(',').map((broker) => broker.trim())
    await expectAnswer('kafka', provider.address, async () => await brokerProblem(brokers))
    return { brokers, provider: provider.kind, ...foundRunning }
  }
  const server = await startWith(provider, 'kafka', kafkaDistribution, context, (java, dir) =>
    kafkaServer(java, dir, options.dataDir, options.extras),
  )
  const { died, stop } = server
  const pid = provider.kind === 'java' ? server.pid : undefined
  return { brokers: [`127.0.0.1:${server.port}`], provider: provider.kind, pid, died, stop }
}

/** A schema registry, started or taken from `SANDBOX_REGISTRY_URL`. Throws a `SandboxError` that says what to do. */
export async function startRegistry(options: StartOptions = {}): Promise<RunningRegistry> {
  const context = contextOf(options)
  const provider = await providerOf('registry', registryDistribution, context)
  if (provider.kind === 'address') {
    const url = provider.address.replace(/\/$/, '')
    await expectAnswer('registry', url, async () => await registryProblem(url))
    return { url, provider: provider.kind, ...foundRunning }
  }
  const server = await startWith(provider, 'registry', registryDistribution, context, registryServer)
  const { died, stop } = server
  const pid = provider.kind === 'java' ? server.pid : undefined
  return { url: registryUrlAt(server.port), provider: provider.kind, pid, died, stop }
}

/** The Zendesk Sell emulator. Throws a `SandboxError` when a setting is wrong or the port is taken. */
export async function startSell(options: SellOptions = {}): Promise<RunningSell> {
  const { port, host, token, ratePerSecond, switches, customFields } = options
  // Loaded only here: Kafka alone starts without it.
  const { startZendeskSell } = await import('./zendesk-sell/server.ts')
  const sell = await startZendeskSell({
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(token === undefined ? {} : { token }),
    ...(customFields === undefined ? {} : { customFields }),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(switches === undefined ? {} : { switches }),
  }).catch((thrown: unknown) => {
    // It rejects for its settings alone, and for the port.
    throw new SandboxError(`sell: ${messageOf(thrown)}`)
  })
  options.progress?.say(`sell: ready on ${sell.url}`)
  return { url: sell.url, token: sell.token, died: never, stop: async () => await sell.stop() }
}

/** Options of `startStack`: those of all parts in common, and each part's own. */
export interface StackOptions extends Omit<StartOptions, 'port'> {
  readonly kafka?: KafkaOptions
  readonly registry?: StartOptions
  readonly sell?: SellOptions
}

/** All parts at the same time. When one cannot be started the others are stopped, and a `SandboxError` names it. */
export async function startStack({
  kafka,
  registry,
  sell,
  ...common
}: StackOptions = {}): Promise<RunningStack> {
  const failure = new AbortController()
  const signals = common.signal === undefined ? [failure.signal] : [common.signal, failure.signal]
  const shared = { ...common, signal: AbortSignal.any(signals) }
  const starts = [
    startKafka({ ...kafka, ...shared }),
    startRegistry({ ...registry, ...shared }),
    startSell({ ...sell, ...shared }),
  ] as const
  try {
    const [runningKafka, runningRegistry, runningSell] = await Promise.all(starts)
    return joinStack(runningKafka, runningRegistry, runningSell)
  } catch (thrown) {
    failure.abort()
    const settled = await Promise.allSettled(starts)
    await Promise.all(
      settled.map(async (part) => (part.status === 'fulfilled' ? await part.value.stop() : undefined)),
    )
    throw thrown
  }
}

function joinStack(kafka: RunningKafka, registry: RunningRegistry, sell: RunningSell): RunningStack {
  return {
    kafka,
    registry,
    sell,
    died: Promise.race([
      kafka.died.then((reason) => `kafka ${reason}`),
      registry.died.then((reason) => `registry ${reason}`),
    ]),
    stop: async () => {
      await sell.stop()
      await Promise.all([kafka.stop(), registry.stop()])
    },
  }
}

/**
 * What this machine lacks to run Kafka or the registry in any way, in words; `undefined` where it has all. Where the
 * environment asks for a certain way, nothing counts as lacking: its start says what is wrong with it.
 */
export async function missingProviders(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if ((env['SANDBOX_PROVIDER'] ?? '').trim() !== '') return undefined
  const cacheDir = cacheDirOf(env)
  for (const [part, distribution] of [
    ['kafka', kafkaDistribution],
    ['registry', registryDistribution],
  ] as const) {
    const machine = createMachine(env, async () => await isCached(distribution, cacheDir))
    const choice = await chooseProvider(part, env, machine)
    if (choice.kind === 'none') return choice.problem
  }
  return undefined
}

const foundRunning = { pid: undefined, died: never, stop: async (): Promise<void> => await Promise.resolve() }

function contextOf({ port, progress, env, signal }: StartOptions): PartContext {
  const environment = env ?? process.env
  return { port, progress: progress ?? silent, env: environment, cacheDir: cacheDirOf(environment), signal }
}

async function providerOf(
  part: Part,
  distribution: Distribution,
  { env, cacheDir }: PartContext,
): Promise<Provider> {
  const machine = createMachine(env, async () => await isCached(distribution, cacheDir))
  const choice = await chooseProvider(part, env, machine)
  if (choice.kind === 'none') throw new SandboxError(choice.problem)
  return choice
}

async function startWith(
  provider: Exclude<Provider, { kind: 'address' }>,
  part: Part,
  distribution: Distribution,
  context: PartContext,
  javaServer: (java: Extract<Provider, { kind: 'java' }>['java'], dir: string) => ServerKind,
): Promise<StartedPart> {
  if (provider.kind === 'docker') return await startServer(composeServer(part), context)
  const dir = await ensureDistribution(distribution, context)
  return await startServer(javaServer(provider.java, dir), context)
}

async function expectAnswer(
  part: Part,
  address: string,
  problemNow: () => Promise<string | undefined>,
): Promise<void> {
  const problem = await lastProblem(problemNow, addressPatienceMs).catch(messageOf)
  if (problem === undefined) return
  throw new SandboxError(
    `${part}: ${addressVariable[part]} is ${address}, but it does not answer: ${problem}`,
  )
}
