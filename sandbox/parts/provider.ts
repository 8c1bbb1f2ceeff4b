import { ask, findJava, type Java } from '../process/tools.ts'

/** A part that comes from one of several providers. */
export type Part = 'kafka' | 'registry'

/** Who provides a part; `address` is what the environment says. */
export type Provider =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'docker' }
  | { readonly kind: 'java'; readonly java: Java }

/** A provider, or what to install. */
export type ProviderChoice = Provider | { readonly kind: 'none'; readonly problem: string }

/** The questions that decide; each is asked only when the answers before leave it open. */
export interface Machine {
  /** Whether a Docker engine with compose answers. */
  readonly docker: () => Promise<boolean>
  readonly java: () => Promise<Java | undefined>
  readonly maven: () => Promise<boolean>
  /** Whether the part is in the cache, so that Java alone is enough. */
  readonly cached: () => Promise<boolean>
}

/** The lowest Java that the broker and the registry run on. */
export const neededJava = 17

/** The variable that holds a part's address. */
export const addressVariable: Readonly<Record<Part, string>> = {
  kafka: 'SANDBOX_KAFKA_BROKERS',
  registry: 'SANDBOX_REGISTRY_URL',
}

/** Asks this machine's own commands. */
export function createMachine(env: NodeJS.ProcessEnv, cached: () => Promise<boolean>): Machine {
  return {
    docker: async () =>
      (await ask('docker', ['info'], env, 4_000)).ok &&
      (await ask('docker', ['compose', 'version'], env, 4_000)).ok,
    java: async () => await findJava(env),
    maven: async () => (await ask('mvn', ['--version'], env, 20_000)).ok,
    cached,
  }
}

/**
 * Chooses the provider of a part: an address in the environment, else Docker, else Java 17 or newer with Maven (or with
 * a filled cache). `SANDBOX_PROVIDER=docker|java` leaves only that one.
 */
export async function chooseProvider(
  part: Part,
  env: NodeJS.ProcessEnv,
  machine: Machine,
): Promise<ProviderChoice> {
  const address = env[addressVariable[part]]?.trim()
  if (address !== undefined && address !== '') return { kind: 'address', address }
  const wanted = env['SANDBOX_PROVIDER']?.trim() ?? ''
  if (!['', 'docker', 'java'].includes(wanted)) {
    return { kind: 'none', problem: `SANDBOX_PROVIDER is '${wanted}'; it can be docker or java` }
  }
  const missing: string[] = []
  if (wanted !== 'java') {
    if (await machine.docker()) return { kind: 'docker' }
    missing.push('no Docker engine with compose answers (docker info, docker compose version)')
  }
  if (wanted !== 'docker') {
    const java = await machine.java()
    const lacks = await javaProblem(java, machine)
    if (lacks === undefined && java !== undefined) return { kind: 'java', java }
    missing.push(lacks ?? '')
  }
  return { kind: 'none', problem: describeMissing(part, missing) }
}

async function javaProblem(java: Java | undefined, machine: Machine): Promise<string | undefined> {
  const problems = [
    ...(java === undefined ? [`no java answers (it must be ${neededJava} or newer)`] : []),
    ...(java !== undefined && java.version < neededJava
      ? [`java is version ${java.version} (it must be ${neededJava} or newer)`]
      : []),
    ...((await machine.cached()) || (await machine.maven())
      ? []
      : ['no mvn answers (Maven loads the part once)']),
  ]
  return problems.length === 0 ? undefined : problems.join(' and ')
}

function describeMissing(part: Part, missing: readonly string[]): string {
  return [
    `${part}: nothing on this machine can run it.`,
    ...missing.map((what) => `  - ${what}`),
    `Start Docker, or install Java ${neededJava} or newer and Maven, or give the address of a running one in ${addressVariable[part]}.`,
  ].join('\n')
}
