import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SandboxError } from '../errors.ts'
import { sandboxFile } from '../paths.ts'
import type { Java } from '../process/tools.ts'
import { type BrokerExtras, createClusterId, metaProperties, serverProperties } from './broker-config.ts'
import { brokerProblem, registryProblem } from './probe.ts'
import type { ServerKind } from './start-server.ts'

// Seconds on an idle machine; a busy one with two cores was seen to take 20.
const deadlineMs = 120_000
// Two parts are stopped at the same time, the emulator before them: all within 10 s.
const graceMs = 5_000

/** For a quick start rather than for top speed: no second compiler, no concurrent collector, no shared statistics. */
const quickStart = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-XX:+UseSerialGC',
  '-XX:-UsePerfData',
]

function javaArgs(dir: string): string[] {
  // Native codecs and web servers unpack files there; they go with the directory.
  return [...quickStart, '-Djava.awt.headless=true', `-Djava.io.tmpdir=${dir}`]
}

/**
 * A broker that is its own controller, run from the jars in `libs`. With `dataDir` its records are kept there and found
 * again at the next start; without, they go when it stops. `extras` come on top of the sandbox's own settings.
 */
export function kafkaServer(
  java: Java,
  libs: string,
  dataDir: string | undefined,
  extras?: BrokerExtras,
): ServerKind {
  return {
    part: 'kafka',
    ports: 2,
    deadlineMs,
    graceMs,
    plan: async (dir, [port = 0, controllerPort = 0]) => {
      const data = dataDir ?? join(dir, 'data')
      await mkdir(data, { recursive: true })
      const meta = join(data, 'meta.properties')
      if (!existsSync(meta)) await writeFile(meta, metaProperties(createClusterId()))
      const config = join(dir, 'server.properties')
      await writeFile(config, serverProperties({ port, controllerPort, dataDir: data, extras }))
      const log4j = `-Dlog4j2.configurationFile=${sandboxFile('kafka-dist/log4j2.properties')}`
      return {
        command: java.command,
        args: [...javaArgs(dir), log4j, '-cp', join(libs, '*'), 'kafka.Kafka', config],
        ready: async () => (await brokerProblem([`127.0.0.1:${port}`])) === undefined,
      }
    },
  }
}

/** A registry with its schemas in memory, run from the unpacked application in `app`. */
export function registryServer(java: Java, app: string): ServerKind {
  return {
    part: 'registry',
    ports: 1,
    deadlineMs,
    graceMs,
    plan: async (dir, [port = 0]) => {
      const runner = (await readdir(app)).find((file) => file.endsWith('-runner.jar'))
      if (runner === undefined)
        throw new SandboxError(`registry: no *-runner.jar in ${app}; remove that directory`)
      const settings = [
        'quarkus.http.host=127.0.0.1',
        `quarkus.http.port=${port}`,
        'apicurio.rest.deletion.artifact.enabled=true',
        'apicurio.rest.deletion.artifact-version.enabled=true',
      ]
      return {
        command: java.command,
        args: [...javaArgs(dir), ...settings.map((setting) => `-D${setting}`), '-jar', join(app, runner)],
        ready: async () => (await registryProblem(registryUrlAt(port))) === undefined,
      }
    },
  }
}

/** The Confluent-compatible API of a registry on 127.0.0.1. */
export function registryUrlAt(port: number): string {
  return `http://127.0.0.1:${port}/apis/ccompat/v7`
}
