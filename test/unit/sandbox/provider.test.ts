import { describe, expect, it } from '@jest/globals'
import { chooseProvider, type Machine } from '../../../sandbox/parts/provider.ts'
import { readJavaVersion } from '../../../sandbox/process/tools.ts'

interface Has {
  readonly docker?: boolean
  readonly java?: number
  readonly maven?: boolean
  readonly cached?: boolean
}

function createMachine(has: Has) {
  const asked: string[] = []
  const answer = async <T>(name: string, value: T): Promise<T> => {
    asked.push(name)
    return await Promise.resolve(value)
  }
  const machine: Machine = {
    docker: async () => await answer('docker', has.docker ?? false),
    java: async () =>
      await answer('java', has.java === undefined ? undefined : { command: 'java', version: has.java }),
    maven: async () => await answer('maven', has.maven ?? false),
    cached: async () => await answer('cached', has.cached ?? false),
  }
  return { machine, asked }
}

const everything: Has = { docker: true, java: 21, maven: true, cached: true }

describe('the choice of a provider', () => {
  it('takes an address in the environment and asks nothing of the machine', async () => {
    const { machine, asked } = createMachine(everything)
    const env = { SANDBOX_KAFKA_BROKERS: ' broker:9092 ' }
    expect(await chooseProvider('kafka', env, machine)).toEqual({ kind: 'address', address: 'broker:9092' })
    expect(asked).toEqual([])
  })

  it("does not take another part's address, nor an empty one", async () => {
    const { machine } = createMachine(everything)
    const env = { SANDBOX_KAFKA_BROKERS: 'broker:9092', SANDBOX_REGISTRY_URL: ' ' }
    expect(await chooseProvider('registry', env, machine)).toEqual({ kind: 'docker' })
  })

  it.each([
    { has: everything, kind: 'docker' },
    { has: { java: 17, maven: true }, kind: 'java' },
    { has: { java: 25, cached: true }, kind: 'java' },
    { has: { java: 17 }, kind: 'none' },
    { has: { java: 11, maven: true, cached: true }, kind: 'none' },
    { has: { maven: true, cached: true }, kind: 'none' },
    { has: {}, kind: 'none' },
  ])('with $has it is $kind', async ({ has, kind }) => {
    expect(await chooseProvider('kafka', {}, createMachine(has).machine)).toMatchObject({ kind })
  })

  it('does not run Maven, which is slow, when the part is in the cache', async () => {
    const { machine, asked } = createMachine({ java: 17, cached: true, maven: true })
    await chooseProvider('kafka', {}, machine)
    expect(asked).toEqual(['docker', 'java', 'cached'])
  })

  it.each([
    { wanted: 'java', kind: 'java' },
    { wanted: 'docker', kind: 'docker' },
    { wanted: 'podman', kind: 'none' },
  ])('SANDBOX_PROVIDER=$wanted leaves $kind', async ({ wanted, kind }) => {
    const choice = await chooseProvider(
      'kafka',
      { SANDBOX_PROVIDER: wanted },
      createMachine(everything).machine,
    )
    expect(choice).toMatchObject({ kind })
  })

  it('says what is missing, what to install and which variable spares it', async () => {
    const choice = await chooseProvider('registry', {}, createMachine({ java: 11 }).machine)
    const problem = choice.kind === 'none' ? choice.problem : ''
    expect(problem.split('\n')).toEqual([
      'registry: nothing on this machine can run it.',
      '  - no Docker engine with compose answers (docker info, docker compose version)',
      '  - java is version 11 (it must be 17 or newer) and no mvn answers (Maven loads the part once)',
      'Start Docker, or install Java 17 or newer and Maven, or give the address of a running one in SANDBOX_REGISTRY_URL.',
    ])
  })
})

describe('the version of a Java', () => {
  it.each([
    { text: 'openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime', version: 17 },
    { text: 'java version "1.8.0_392"', version: 8 },
    { text: 'Picked up JAVA_TOOL_OPTIONS: -Dx\nopenjdk version "25" 2025-09-16', version: 25 },
    { text: 'java: command not found', version: undefined },
  ])('is $version in $text', ({ text, version }) => {
    expect(readJavaVersion(text)).toBe(version)
  })
})
