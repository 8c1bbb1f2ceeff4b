import { randomBytes } from 'node:crypto'
import { sandboxFile } from '../paths.ts'
import type { Part } from './provider.ts'
import { brokerProblem, registryProblem } from './probe.ts'
import { registryUrlAt } from './java-servers.ts'
import type { ServerKind } from './start-server.ts'

/**
 * A part in a container of `compose.yaml`, in a project of its own so that several sandboxes do not meet. Pulling the
 * image counts as starting, hence the long deadline. Not exercised by this project's CI, which has no Docker engine.
 */
export function composeServer(part: Part): ServerKind {
  const file = sandboxFile('compose.yaml')
  return {
    part,
    ports: 1,
    deadlineMs: 600_000,
    graceMs: 9_000,
    plan: async (_dir, [port = 0]) => {
      const project = `sandbox-${part}-${process.pid}-${randomBytes(3).toString('hex')}`
      const compose = ['compose', '--project-name', project, '--file', file]
      return await Promise.resolve({
        command: 'docker',
        args: [...compose, 'up', '--no-color', '--abort-on-container-exit', '--timeout', '4', part],
        env: { SANDBOX_PORT: String(port) },
        // `up` only stops its containers; a killed sandbox would leave them lying about.
        afterwards: ['docker', ...compose, 'down', '--volumes', '--timeout', '4'],
        ready: async () => (await problemAt(part, port)) === undefined,
      })
    },
  }
}

async function problemAt(part: Part, port: number): Promise<string | undefined> {
  return part === 'kafka'
    ? await brokerProblem([`127.0.0.1:${port}`])
    : await registryProblem(registryUrlAt(port))
}
